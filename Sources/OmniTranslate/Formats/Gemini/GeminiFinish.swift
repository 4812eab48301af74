import OmniJSON

/// `finishReason` in both directions.
enum GeminiFinish {
    /// - Parameter reason: as written; nil for an answer without one. Unknown ones are kept in the details.
    static func decode(_ reason: JSONValue?, hasToolCalls: Bool) -> Finish {
        var finish = Finish(Self.reason(named: reason?.string ?? "STOP"))
        if finish.reason == .unknown { finish.details = reason }
        // STOP ends a turn that calls tools too.
        if hasToolCalls, finish.reason == .stop || finish.reason == .unknown { finish.reason = .toolUse }
        return finish
    }

    private static func reason(named name: String) -> Finish.Reason {
        switch name {
        case "STOP", "": .stop
        case "MAX_TOKENS": .length
        case "SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY",
            "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION", "IMAGE_OTHER", "ESCALATION", "MODEL_ARMOR":
            .contentFilter
        case "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "MISSING_THOUGHT_SIGNATURE",
            "MALFORMED_RESPONSE":
            .malformedTool
        case "CONTINUATION": .pause
        default: .unknown
        }
    }

    static func name(of reason: Finish.Reason) -> StaticString {
        switch reason {
        case .stop, .stopSequence, .toolUse: "STOP"
        case .length, .contextFull: "MAX_TOKENS"
        case .contentFilter, .refusal: "SAFETY"
        case .pause: "CONTINUATION"
        case .malformedTool: "MALFORMED_FUNCTION_CALL"
        case .unknown: "OTHER"
        }
    }

    /// What stands for an answer that holds nothing but the model's failure to write a call: worth another try.
    static let malformedCall = UpstreamFault(
        .upstream, message: "the model wrote a tool call that cannot be read", code: "malformed_function_call")
}
