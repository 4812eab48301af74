public import OmniJSON

/// Token counts as Responses answers give them: `input_tokens` includes cached ones, `output_tokens` includes reasoning.
public enum OpenAIResponsesUsage {
    /// - Parameter value: the `usage` object.
    /// - Returns: nil when it is absent, null or gives no count at all.
    public static func decode(_ value: JSONValue?) -> Usage? {
        guard let value, value.kind == .object else { return nil }
        let input = OpenAIChatUsage.count(value["input_tokens"])
        let output = OpenAIChatUsage.count(value["output_tokens"])
        // Compatible servers at times count in Chat's words.
        guard input != nil || output != nil else { return OpenAIChatUsage.decode(value) }
        var usage = Usage()
        let total = input ?? 0
        let details = value.present("input_tokens_details")
        usage.cacheRead = min(OpenAIChatUsage.count(details?["cached_tokens"]) ?? 0, total)
        usage.cacheWrite = min(OpenAIChatUsage.count(details?["cache_write_tokens"]) ?? 0, total - usage.cacheRead)
        usage.input = total - usage.cacheRead - usage.cacheWrite
        let thinking = OpenAIChatUsage.count(value.present("output_tokens_details")?["reasoning_tokens"]) ?? 0
        usage.reasoning = min(thinking, output ?? 0)
        usage.output = (output ?? 0) - usage.reasoning
        return usage
    }

    /// Writes the `usage` object as the next value; the details are always there, for strict clients demand them.
    public static func write(_ usage: Usage, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("input_tokens")
        writer.value(usage.totalInput)
        writer.key("input_tokens_details")
        writer.beginObject()
        writer.key("cached_tokens")
        writer.value(usage.cacheRead)
        writer.key("cache_write_tokens")
        writer.value(usage.cacheWrite)
        writer.endObject()
        writer.key("output_tokens")
        writer.value(usage.totalOutput)
        writer.key("output_tokens_details")
        writer.beginObject()
        writer.key("reasoning_tokens")
        writer.value(usage.reasoning)
        writer.endObject()
        writer.key("total_tokens")
        writer.value(usage.totalInput + usage.totalOutput)
        writer.endObject()
    }
}
