import OmniJSON

/// `done_reason` in both directions.
enum OllamaFinish {
    /// - Parameter value: the reason; absent from older servers. hasToolCalls: Ollama ends such turns with `stop` too.
    static func decode(_ value: JSONValue?, hasToolCalls: Bool) -> Finish {
        var finish = Finish(.stop)
        if let text = value?.text, !text.isEmpty, !text.equals("stop") {
            finish = text.equals("length") ? Finish(.length) : Finish(.unknown, details: value)
        }
        if hasToolCalls, finish.reason == .stop || finish.reason == .unknown { finish.reason = .toolUse }
        return finish
    }

    /// Only two ends are known here; the report tells of those that would look like a complete answer.
    static func name(of reason: Finish.Reason, report: inout TranslationReport) -> StaticString {
        switch reason {
        case .length, .contextFull: return "length"
        case .stop, .stopSequence, .toolUse, .refusal, .unknown: return "stop"
        case .contentFilter: report.add("finish_reason", "content_filter")
        case .pause: report.add("pause_turn")
        case .malformedTool: report.add("finish_reason", "malformed_tool")
        }
        return "stop"
    }
}
