import OmniJSON

/// `stop_reason` in both directions.
enum AnthropicFinish {
    /// - Parameters:
    ///   - reason: `stop_reason`, not null.
    ///   - holder: the object with `stop_sequence` and `stop_details` beside it.
    static func decode(_ reason: JSONValue, in holder: JSONValue, hasToolCalls: Bool) -> Finish {
        var finish = Finish(.unknown, details: holder.present("stop_details"))
        if let sequence = holder["stop_sequence"]?.text, !sequence.isEmpty { finish.stopSequence = sequence }
        guard let text = reason.text else { return finish }
        if text.equals("end_turn") {
            finish.reason = .stop
        } else if text.equals("tool_use") {
            finish.reason = .toolUse
        } else if text.equals("max_tokens") {
            finish.reason = .length
        } else if text.equals("stop_sequence") {
            finish.reason = .stopSequence
        } else if text.equals("model_context_window_exceeded") {
            finish.reason = .contextFull
        } else if text.equals("refusal") {
            // Anthropic's refusal is its filter at work; the other dialects call that a content filter.
            finish.reason = .contentFilter
        } else if text.equals("pause_turn") {
            finish.reason = .pause
        } else if finish.details == nil {
            finish.details = reason
        }
        if hasToolCalls, finish.reason == .stop || finish.reason == .unknown { finish.reason = .toolUse }
        return finish
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
