import OmniJSON

/// Token counts as Gemini gives them: `promptTokenCount` includes the cache, `candidatesTokenCount` excludes thoughts.
enum GeminiUsage {
    /// - Parameter value: `usageMetadata`.
    /// - Returns: nil when it is absent or gives no count at all.
    static func decode(_ value: JSONValue?) -> Usage? {
        guard let value, value.kind == .object else { return nil }
        var prompt: Int?
        var cached = 0
        var candidates: Int?
        var thoughts = 0
        var toolUse = 0
        for member in value.members {
            guard let count = OpenAIChatUsage.count(member.value) else { continue }
            if member.isNamed("promptTokenCount") {
                prompt = count
            } else if member.isNamed("candidatesTokenCount") {
                candidates = count
            } else if member.isNamed("thoughtsTokenCount") {
                thoughts = count
            } else if member.isNamed("cachedContentTokenCount") {
                cached = count
            } else if member.isNamed("toolUsePromptTokenCount") {
                toolUse = count
            }
        }
        guard prompt != nil || candidates != nil else { return nil }
        var usage = Usage()
        let total = prompt ?? 0
        usage.cacheRead = min(cached, total)
        // What Google's tools read comes beside the prompt and is input all the same.
        usage.input = total - usage.cacheRead + toolUse
        usage.output = candidates ?? 0
        usage.reasoning = thoughts
        return usage
    }

    /// Writes the `usageMetadata` object as the next value; counts of nothing are left out, as Google does.
    static func write(_ usage: Usage, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("promptTokenCount")
        writer.value(usage.totalInput)
        writer.key("candidatesTokenCount")
        writer.value(usage.output)
        if usage.reasoning > 0 {
            writer.key("thoughtsTokenCount")
            writer.value(usage.reasoning)
        }
        if usage.cacheRead > 0 {
            writer.key("cachedContentTokenCount")
            writer.value(usage.cacheRead)
        }
        writer.key("totalTokenCount")
        writer.value(usage.totalInput + usage.totalOutput)
        writer.endObject()
    }
}
