import OmniJSON

/// `finish_reason` in both directions.
enum OpenAIChatFinish {
    /// - Parameter value: the reason as the upstream wrote it; unknown ones are kept in the details.
    static func decode(_ value: JSONValue) -> Finish? {
        guard let text = value.text, !text.isEmpty else { return nil }
        if text.equals("stop") || text.equals("eos") || text.equals("end_turn") { return Finish(.stop) }
        if text.equals("length") || text.equals("max_tokens") { return Finish(.length) }
        if text.equals("tool_calls") || text.equals("function_call") || text.equals("tool_use") {
            return Finish(.toolUse)
        }
        if text.equals("content_filter") { return Finish(.contentFilter) }
        return Finish(.unknown, details: value)
    }

    static func name(of reason: Finish.Reason) -> StaticString {
        switch reason {
        case .stop, .stopSequence, .refusal, .pause, .malformedTool, .unknown: "stop"
        case .toolUse: "tool_calls"
        case .length, .contextFull: "length"
        case .contentFilter: "content_filter"
        }
    }
}
