import OmniJSON

/// `stop_reason` in both directions.
enum AnthropicFinish {
    /// - Parameters:
    ///   - reason: `stop_reason`, not null.
    ///   - holder: the object with `stop_sequence` and `stop_details` beside it.
    static func decode(_ reason: JSONValue, in holder: JSONValue, hasToolCalls: Bool) -> Finish {
        var finish = Finish(.unknown, details: holder.present("stop_details"))
        if let sequence = holder.present("stop_sequence")?.text, !sequence.isEmpty { finish.stopSequence = sequence }
        guard reason.kind == .string else { return finish }
        finish.reason = self.reason(reason)
        if finish.reason == .unknown, finish.details == nil { finish.details = reason }
        if hasToolCalls, finish.reason == .stop || finish.reason == .unknown { finish.reason = .toolUse }
        return finish
    }

    /// What a `stop_reason` means by itself.
    static func reason(_ value: JSONValue) -> Finish.Reason {
        if value.isString("end_turn") { return .stop }
        if value.isString("tool_use") { return .toolUse }
        if value.isString("max_tokens") { return .length }
        if value.isString("stop_sequence") { return .stopSequence }
        if value.isString("model_context_window_exceeded") { return .contextFull }
        // Anthropic's refusal is its filter at work; the other dialects call that a content filter.
        if value.isString("refusal") { return .contentFilter }
        return value.isString("pause_turn") ? .pause : .unknown
    }

    static func name(of reason: Finish.Reason) -> StaticString {
        switch reason {
        case .stop, .malformedTool, .unknown: "end_turn"
        case .stopSequence: "stop_sequence"
        case .toolUse: "tool_use"
        case .length: "max_tokens"
        case .contextFull: "model_context_window_exceeded"
        case .contentFilter, .refusal: "refusal"
        case .pause: "pause_turn"
        }
    }
}
