import OmniJSON
import Testing

@testable import OmniTranslate

/// Why answers end, in both directions, complete answers and streams alike.
@Suite struct FinishReasonTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let upstream: WireFormat
        let reason: String?
        var hasTool = false
        let expected: String

        var testDescription: String {
            "\(upstream.rawValue) \(reason ?? "null")\(hasTool ? " with a tool" : "") is \(expected)"
        }
    }

    static let table: [Case] =
        [
            ("stop", false, "end_turn"), ("stop", true, "tool_use"), ("length", false, "max_tokens"),
            ("length", true, "max_tokens"),
            ("tool_calls", false, "tool_use"), ("tool_calls", true, "tool_use"), ("function_call", true, "tool_use"),
            ("content_filter", false, "refusal"), ("content_filter", true, "refusal"), ("", false, "end_turn"),
            ("", true, "tool_use"),
            (nil, false, "end_turn"), (nil, true, "tool_use"), ("novel", false, "end_turn"),
            ("novel", true, "tool_use"),
            ("eos", false, "end_turn"), ("max_tokens", false, "max_tokens"), ("end_turn", false, "end_turn"),
            ("tool_use", true, "tool_use"),
        ].map { Case(upstream: .openAIChat, reason: $0, hasTool: $1, expected: $2) }
        + [
            ("end_turn", false, "stop"), ("end_turn", true, "tool_calls"), ("max_tokens", false, "length"),
            ("max_tokens", true, "length"),
            ("stop_sequence", false, "stop"), ("tool_use", true, "tool_calls"), ("tool_use", false, "tool_calls"),
            ("pause_turn", false, "stop"), ("pause_turn", true, "stop"), ("refusal", false, "content_filter"),
            ("refusal", true, "content_filter"), ("model_context_window_exceeded", false, "length"),
            ("model_context_window_exceeded", true, "length"), (nil, false, "stop"), (nil, true, "tool_calls"),
            ("novel", false, "stop"), ("novel", true, "tool_calls"),
        ].map { Case(upstream: .anthropicMessages, reason: $0, hasTool: $1, expected: $2) }

    @Test("A.7 of complete answers", arguments: table)
    func complete(finish: Case) throws {
        if finish.upstream == .openAIChat {
            let tools = finish.hasTool ? #","tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"}}]"# : ""
            let answer = try ResponseTranslation.chat(message: "{\"content\":\"x\"\(tools)}", finish: finish.reason)
            #expect(answer.body["stop_reason"]?.string == finish.expected)
        } else {
            let tools = finish.hasTool ? #",{"type":"tool_use","id":"a","name":"f","input":{}}"# : ""
            let answer = try ResponseTranslation.anthropic(
                content: "[{\"type\":\"text\",\"text\":\"x\"}\(tools)]", stop: finish.reason)
            #expect(answer.choice?["finish_reason"]?.string == finish.expected)
        }
    }

    @Test("A.7 of streams", arguments: table)
    func streamed(finish: Case) {
        if finish.upstream == .openAIChat {
            let tool = StreamSample.call(#"{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}"#)
            let text =
                StreamSample.chat(StreamSample.delta(#"{"content":"x"}"#))
                + (finish.hasTool ? StreamSample.chat(tool) : "")
            let run = StreamRun.translating(
                text + StreamSample.chat(StreamSample.delta("{}", finish: finish.reason)) + StreamSample.done,
                from: .openAIChat)
            #expect(run.events(named: "message_delta").map { $0["delta"]?["stop_reason"]?.string } == [finish.expected])
        } else {
            let tool = [
                StreamSample.blockStart(1, #"{"type":"tool_use","id":"a","name":"f","input":{}}"#),
                StreamSample.blockStop(1),
            ]
            let events =
                [StreamSample.messageStart] + StreamSample.textBlock(0, "x") + (finish.hasTool ? tool : [])
                + [StreamSample.messageDelta(finish.reason), StreamSample.messageStop]
            let run = StreamRun.translating(
                events.map { StreamSample.anthropic($0) }.joined(), from: .anthropicMessages)
            let reasons = run.events(named: "").compactMap {
                $0["choices"]?.elements.first { _ in true }?.present("finish_reason")?.string
            }
            #expect(reasons == [finish.expected])
        }
    }

    @Test func everyReasonHasANameInBothDialects() {
        let reasons: [(Finish.Reason, chat: String, anthropic: String)] = [
            (.stop, "stop", "end_turn"), (.stopSequence, "stop", "stop_sequence"), (.toolUse, "tool_calls", "tool_use"),
            (.length, "length", "max_tokens"), (.contextFull, "length", "model_context_window_exceeded"),
            (.contentFilter, "content_filter", "refusal"), (.refusal, "stop", "refusal"),
            (.pause, "stop", "pause_turn"),
            (.malformedTool, "stop", "end_turn"), (.unknown, "stop", "end_turn"),
        ]
        for (reason, chat, anthropic) in reasons {
            #expect(OpenAIChatFinish.name(of: reason).description == chat)
            #expect(AnthropicFinish.name(of: reason).description == anthropic)
        }
    }

    @Test("C057 the stop sequence is its text or null")
    func c057() throws {
        let holder = try JSONValue(parsing: Array(#"{"stop_sequence":"END","stop_reason":"stop_sequence"}"#.utf8))
        let reason = try #require(holder["stop_reason"])
        let finish = AnthropicFinish.decode(reason, in: holder, hasToolCalls: false)
        #expect(finish.reason == .stopSequence && finish.stopSequence == "END")
        let empty = try JSONValue(parsing: Array(#"{"stop_sequence":""}"#.utf8))
        #expect(AnthropicFinish.decode(reason, in: empty, hasToolCalls: false).stopSequence == nil)
        let answer = try ResponseTranslation.chat(message: #"{"content":"x"}"#)
        #expect(answer.body["stop_sequence"]?.isNull == true)
    }
}
