public import OmniJSON

/// Token counts as Anthropic gives them: `input_tokens` excludes the cache, `output_tokens` includes thinking.
public enum AnthropicUsage {
    /// - Parameter value: the `usage` object of an answer or of `message_start`.
    /// - Returns: nil when it is absent, null or gives no count at all.
    public static func decode(_ value: JSONValue?) -> Usage? {
        guard let value else { return nil }
        var counts = AnthropicUsageCounts()
        counts.update(value)
        return counts.usage
    }

    /// Writes the `usage` object as the next value.
    /// - Parameter tier: what the answer was served at, in the words of its origin.
    public static func write(_ usage: Usage, tier: JSONText? = nil, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("input_tokens")
        writer.value(usage.input)
        writer.key("cache_creation_input_tokens")
        writer.value(usage.cacheWrite)
        writer.key("cache_read_input_tokens")
        writer.value(usage.cacheRead)
        if usage.cacheWrite > 0 {
            writer.key("cache_creation")
            writer.beginObject()
            writer.key("ephemeral_5m_input_tokens")
            writer.value(max(0, usage.cacheWrite - usage.cacheWriteOneHour))
            writer.key("ephemeral_1h_input_tokens")
            writer.value(usage.cacheWriteOneHour)
            writer.endObject()
        }
        writer.key("output_tokens")
        writer.value(usage.totalOutput)
        if usage.reasoning > 0 {
            writer.key("output_tokens_details")
            writer.beginObject()
            writer.key("thinking_tokens")
            writer.value(usage.reasoning)
            writer.endObject()
        }
        if let tier = tier.flatMap(AnthropicServiceTier.inUsage) {
            writer.key("service_tier")
            writer.value(tier)
        }
        writer.endObject()
    }
}

/// The counts of one answer as they come in: `message_start` first, then cumulative ones that replace what they name.
struct AnthropicUsageCounts: Sendable {
    private struct Counts {
        var input = 0
        var cacheRead = 0
        var cacheWrite = 0
        var oneHour = 0
        var output = 0
        var thinking = 0
    }

    private var counts = Counts()
    /// What the counts at the top leave out.
    private var compaction = Counts()
    private var hasCounts = false

    mutating func update(_ value: JSONValue) {
        guard value.kind == .object else { return }
        for member in value.members {
            if member.isNamed("input_tokens") {
                replace(\.input, member.value)
            } else if member.isNamed("output_tokens") {
                replace(\.output, member.value)
            } else if member.isNamed("cache_read_input_tokens") {
                replace(\.cacheRead, member.value)
            } else if member.isNamed("cache_creation_input_tokens") {
                replace(\.cacheWrite, member.value)
            } else if member.isNamed("cache_creation") {
                if let value = member.value["ephemeral_1h_input_tokens"] { replace(\.oneHour, value) }
            } else if member.isNamed("output_tokens_details") {
                if let value = member.value["thinking_tokens"] { replace(\.thinking, value) }
            } else if member.isNamed("iterations") {
                updateCompaction(member.value)
            }
        }
    }

    /// Cumulative counts never shrink to nothing, yet some compatible servers send zeros at the end.
    private mutating func replace(_ count: WritableKeyPath<Counts, Int>, _ value: JSONValue) {
        guard let new = OpenAIChatUsage.count(value) else { return }
        hasCounts = true
        if new > 0 { counts[keyPath: count] = new }
    }

    /// The numbers at the top leave compaction out, unless a fallback answered: then they are complete (A.3.4).
    ///
    /// What an advisor used is billed apart.
    private mutating func updateCompaction(_ iterations: JSONValue) {
        compaction = Counts()
        for iteration in iterations.elements {
            guard let type = iteration["type"]?.text else { continue }
            if type.equals("fallback_message") {
                compaction = Counts()
                return
            }
            guard type.equals("compaction") else { continue }
            compaction.input += OpenAIChatUsage.count(iteration["input_tokens"]) ?? 0
            compaction.output += OpenAIChatUsage.count(iteration["output_tokens"]) ?? 0
            compaction.cacheRead += OpenAIChatUsage.count(iteration["cache_read_input_tokens"]) ?? 0
            compaction.cacheWrite += OpenAIChatUsage.count(iteration["cache_creation_input_tokens"]) ?? 0
        }
    }

    /// nil until a count was seen.
    var usage: Usage? {
        guard hasCounts else { return nil }
        var usage = Usage()
        usage.input = counts.input + compaction.input
        usage.cacheRead = counts.cacheRead + compaction.cacheRead
        usage.cacheWrite = counts.cacheWrite + compaction.cacheWrite
        usage.cacheWriteOneHour = min(counts.oneHour, usage.cacheWrite)
        usage.reasoning = min(counts.thinking, counts.output)
        usage.output = counts.output + compaction.output - usage.reasoning
        return usage
    }
}
