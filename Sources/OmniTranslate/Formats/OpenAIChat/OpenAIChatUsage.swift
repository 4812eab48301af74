public import OmniJSON

/// Token counts as chat answers give them: `prompt_tokens` includes cached ones, `completion_tokens` includes reasoning.
public enum OpenAIChatUsage {
    /// - Parameter value: the `usage` object.
    /// - Returns: nil when it is absent, null or gives no count at all.
    public static func decode(_ value: JSONValue?) -> Usage? {
        guard let value, value.kind == .object else { return nil }
        let promptDetails = value.present("prompt_tokens_details")
        let completionDetails = value.present("completion_tokens_details")
        let prompt = count(value["prompt_tokens"]) ?? count(value["input_tokens"])
        let completion = count(value["completion_tokens"]) ?? count(value["output_tokens"])
        guard prompt != nil || completion != nil else { return nil }
        var usage = Usage()
        // The spellings after the first of each line are those of DeepSeek, Moonshot and routers in front of Claude.
        usage.cacheRead =
            count(promptDetails?["cached_tokens"]) ?? count(value["prompt_cache_hit_tokens"])
            ?? count(value["cached_tokens"]) ?? 0
        usage.cacheWrite =
            count(promptDetails?["cache_write_tokens"]) ?? count(promptDetails?["cache_creation_tokens"])
            ?? count(value["cache_creation_input_tokens"]) ?? 0
        let total = prompt ?? 0
        usage.cacheRead = min(usage.cacheRead, total)
        usage.cacheWrite = min(usage.cacheWrite, total - usage.cacheRead)
        usage.cacheWriteOneHour = min(
            usage.cacheWrite, count(value.present("cache_creation")?["ephemeral_1h_input_tokens"]) ?? 0)
        usage.input = total - usage.cacheRead - usage.cacheWrite
        let output = completion ?? 0
        usage.reasoning = count(completionDetails?["reasoning_tokens"]) ?? count(value["reasoning_tokens"]) ?? 0
        // xAI counts reasoning beside completion_tokens; its total gives it away.
        let isBeside = usage.reasoning > 0 && count(value["total_tokens"]) == total + output + usage.reasoning
        if !isBeside { usage.reasoning = min(usage.reasoning, output) }
        usage.output = isBeside ? output : output - usage.reasoning
        return usage
    }

    /// Writes the `usage` object as the next value.
    public static func write(_ usage: Usage, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("prompt_tokens")
        writer.value(usage.totalInput)
        writer.key("completion_tokens")
        writer.value(usage.totalOutput)
        writer.key("total_tokens")
        writer.value(usage.totalInput + usage.totalOutput)
        writer.key("prompt_tokens_details")
        writer.beginObject()
        writer.key("cached_tokens")
        writer.value(usage.cacheRead)
        if usage.cacheWrite > 0 {
            writer.key("cache_write_tokens")
            writer.value(usage.cacheWrite)
        }
        writer.endObject()
        writer.key("completion_tokens_details")
        writer.beginObject()
        writer.key("reasoning_tokens")
        writer.value(usage.reasoning)
        writer.endObject()
        writer.endObject()
    }

    /// Bounded, so that sums of hostile counts cannot overflow.
    static func count(_ value: JSONValue?) -> Int? {
        value?.int.map { min(max(0, $0), 1 << 48) }
    }
}
