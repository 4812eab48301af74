import OmniJSON
import Testing

@testable import OmniTranslate

/// Row C040 on the way back: a free-text tool that went out as a function of one string is free text again.
@Suite struct FreeTextToolTests: RequestWording {
    private typealias Sample = StreamSample

    private func context() -> TranslationContext {
        var context = TranslationContext.sample()
        context.renamedTools = ["run_sql": "run sql"]
        context.customTools = ["run_sql"]
        return context
    }

    @Test func theNamesSentAreRemembered() throws {
        let tools =
            #""tools":[{"type":"custom","custom":{"name":"sql"}},{"type":"custom","custom":{"name":"run sql"}},"#
            + #"{"type":"function","function":{"name":"t"}}]"#
        let result = try chatToAnthropic(#""messages":[\#(user)],"# + tools)
        let sent = try #require(result.encoded.renamedTools.first { $0.value == "run sql" }?.key)
        #expect(result.encoded.customTools == ["sql", sent])
        #expect(try chatToChat(#""messages":[\#(user)],"# + tools).encoded.customTools.isEmpty)
    }

    struct Input: Sendable, CustomTestStringConvertible {
        let sent: String
        let text: String

        var testDescription: String { sent }
    }

    static let inputs = [
        Input(sent: #"{"input":"select \"é\\n\"\n1"}"#, text: "select \"é\\n\"\n1"),
        Input(sent: #"{"input":""}"#, text: ""), Input(sent: "{}", text: ""),
        Input(sent: #"{"input":"null"}"#, text: "null"),
        // What does not keep to the schema is shown as it is rather than lost.
        Input(sent: #"{"query":"x"}"#, text: #"{"query":"x"}"#), Input(sent: #"{"input":7}"#, text: #"{"input":7}"#),
    ]

    @Test(arguments: inputs)
    func aCompleteAnswerIsUnwrapped(input: Input) throws {
        let answer = try ResponseTranslation.anthropic(
            content: #"[{"type":"tool_use","id":"a","name":"run_sql","input":\#(input.sent)},"#
                + #"{"type":"tool_use","id":"b","name":"t","input":{"input":"x"}}]"#, stop: "tool_use",
            context: context())
        let calls = answer.message?["tool_calls"]?.elements.map { $0 } ?? []
        try #require(calls.count == 2)
        #expect(calls[0]["type"]?.string == "custom" && calls[0]["function"] == nil)
        #expect(calls[0]["custom"]?["name"]?.string == "run sql" && calls[0]["custom"]?["input"]?.string == input.text)
        #expect(calls[1]["type"]?.string == "function")
        #expect(calls[1]["function"]?["arguments"]?.string == #"{"input":"x"}"#)
        #expect(answer.choice?["finish_reason"]?.string == "tool_calls")
    }

    private func stream(_ pieces: [String], stop: Bool = true, reason: String = "tool_use") -> StreamRun {
        let deltas = pieces.map { piece in
            Sample.anthropic(
                Sample.blockDelta(
                    0, #"{"type":"input_json_delta","partial_json":"\#(JSONText(piece).escapedString)"}"#))
        }
        let start = Sample.blockStart(0, #"{"type":"tool_use","id":"a","name":"run_sql","input":{}}"#)
        return StreamRun.translating(
            Sample.anthropic(Sample.messageStart, start) + deltas.joined()
                + (stop ? Sample.anthropic(Sample.blockStop(0)) : "")
                + Sample.anthropic(
                    Sample.blockStart(1, #"{"type":"tool_use","id":"b","name":"t","input":{}}"#),
                    Sample.blockDelta(1, #"{"type":"input_json_delta","partial_json":"{\"input\":\"x\"}"}"#),
                    Sample.blockStop(1), Sample.messageDelta(reason), Sample.messageStop),
            from: .anthropicMessages, context: context())
    }

    private func calls(_ run: StreamRun) -> [JSONValue] {
        run.events(named: "").flatMap { chunk in
            (chunk["choices"]?.elements.first { _ in true }?["delta"]?["tool_calls"]?.elements.map { $0 }) ?? []
        }
    }

    private func text(_ run: StreamRun) -> String {
        calls(run).compactMap { $0["custom"]?["input"]?.string }.joined()
    }

    @Test(arguments: inputs)
    func aStreamIsUnwrappedWhereverItWasCut(input: Input) {
        for pieces in [[input.sent], input.sent.map(String.init)] {
            let run = stream(pieces)
            #expect(MessageAccumulator.chat(run).faults == [] && run.ending == .complete)
            #expect(text(run) == input.text)
            let heads = calls(run).filter { $0["id"] != nil }
            #expect(heads.map { $0["type"]?.string } == ["custom", "function"])
            #expect(heads[0]["custom"]?["name"]?.string == "run sql")
            let arguments = calls(run).compactMap { $0["function"]?["arguments"]?.string }.joined()
            #expect(arguments == #"{"input":"x"}"#)
        }
    }

    @Test func argumentsSentWithTheBlockCountToo() {
        let run = StreamRun.translating(
            Sample.anthropic(
                Sample.messageStart,
                Sample.blockStart(0, #"{"type":"tool_use","id":"a","name":"run_sql","input":{"input":"x y"}}"#),
                Sample.blockStop(0), Sample.messageDelta("tool_use"), Sample.messageStop),
            from: .anthropicMessages, context: context())
        #expect(text(run) == "x y")
    }

    @Test("a call cut by the output limit gives the text so far, and blocks nobody ended are ended")
    func cutShort() {
        #expect(text(stream([#"{"input":"sel"#, "ect"], reason: "max_tokens")) == "select")
        #expect(text(stream([#"{"input":"a\u00"#], reason: "max_tokens")) == "a")
        #expect(text(stream([#"{"input":"a\"#], reason: "max_tokens")) == "a")
        #expect(text(stream([#"{"inp"#], reason: "max_tokens")) == #"{"inp"#)
        #expect(text(stream([#"{"input":"x"}"#], stop: false)) == "x")
    }

    @Test func textWithoutEndIsAnErrorAndNotEndlessMemory() {
        var decoder = AnthropicStreamDecoder(context: context())
        var events: [StreamEvent] = []
        let piece = String(repeating: "a", count: 1 << 20)
        let frames =
            [Sample.messageStart, Sample.blockStart(0, #"{"type":"tool_use","id":"a","name":"run_sql","input":{}}"#)]
            + Array(
                repeating: Sample.blockDelta(0, #"{"type":"input_json_delta","partial_json":"\#(piece)"}"#), count: 18)
        for frame in frames { decoder.decode(ServerSentEvent(data: Array(frame.utf8)), into: &events) }
        guard case .error(let fault) = events.last else {
            Issue.record("18 MiB were taken in")
            return
        }
        #expect(fault.code == "malformed_answer" && decoder.isOver)
    }
}

extension JSONText {
    fileprivate var escapedString: String { String(decoding: escaped, as: UTF8.self) }
}
