import OmniJSON

/// `finish_reason` in both directions.
enum OpenAIChatFinish {
    /// - Parameter value: the reason as the upstream wrote it; unknown ones are kept in the details.
    static func decode(_ value: JSONValue) -> Finish? {
        guard let reason = reason(value) else { return nil }
        return reason == .unknown ? Finish(.unknown, details: value) : Finish(reason)
    }

    /// - Returns: nil for what is no reason: another kind of value or no word.
    static func reason(_ value: JSONValue) -> Finish.Reason? {
        guard value.kind == .string, !value.isEmptyString else { return nil }
        if value.isString("stop") || value.isString("eos") || value.isString("end_turn") { return .stop }
        if value.isString("length") || value.isString("max_tokens") { return .length }
        if value.isString("tool_calls") || value.isString("function_call") || value.isString("tool_use") {
            return .toolUse
        }
        return value.isString("content_filter") ? .contentFilter : .unknown
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
