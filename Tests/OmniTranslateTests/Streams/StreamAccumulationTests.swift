import OmniJSON
import Testing

@testable import OmniTranslate

/// A translated stream, put together again, says what the translated complete answer says.
@Suite struct StreamAccumulationTests {
    struct Pair: Sendable, CustomTestStringConvertible {
        let name: String
        /// Chat: the message's members and the finish.
        ///
        /// Anthropic: the content blocks.
        let answer: String
        let stream: String

        var testDescription: String { name }
    }

    private typealias Sample = StreamSample

    private static let chatUsage =
        #""usage":{"prompt_tokens":120,"completion_tokens":60,"total_tokens":180,"prompt_tokens_details":{"cached_tokens":64,"cache_write_tokens":32},"completion_tokens_details":{"reasoning_tokens":40}}"#

    private static func chatPair(_ name: String, message: String, finish: String, deltas: [String]) -> Pair {
        let answer =
            #"{"id":"chatcmpl-1","model":"m","choices":[{"index":0,"message":\#(message),"finish_reason":"\#(finish)"}],\#(chatUsage)}"#
        let chunks = deltas.map { Sample.chat(Sample.delta($0)) } + [Sample.chat(Sample.delta("{}", finish: finish))]
        return Pair(
            name: name, answer: answer,
            stream: chunks.joined() + Sample.chat("\"choices\":[],\(chatUsage)") + Sample.done)
    }

    static let chatPairs = [
        chatPair(
            "text", message: #"{"content":"Hi é\n"}"#, finish: "stop",
            deltas: [#"{"role":"assistant","content":""}"#, #"{"content":"Hi "}"#, #"{"content":"é\n"}"#]),
        chatPair(
            "nothing", message: #"{"content":""}"#, finish: "length", deltas: [#"{"role":"assistant","content":""}"#]),
        chatPair(
            "text and tools",
            message:
                #"{"content":"Hi","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\": 1.0}"}},{"id":"b","type":"function","function":{"name":"g","arguments":""}}]}"#,
            finish: "tool_calls",
            deltas: [
                #"{"content":"Hi"}"#,
                #"{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}}]}"#,
                #"{"tool_calls":[{"index":0,"function":{"arguments":" 1.0}"}}]}"#,
                #"{"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":""}}]}"#,
            ]),
        chatPair(
            "a custom tool",
            message:
                #"{"content":null,"tool_calls":[{"id":"a","type":"custom","custom":{"name":"f","input":"say \"x\"\n"}}]}"#,
            finish: "tool_calls",
            deltas: [
                #"{"tool_calls":[{"index":0,"id":"a","type":"custom","custom":{"name":"f","input":"say \"x"}}]}"#,
                #"{"tool_calls":[{"index":0,"custom":{"input":"\"\n"}}]}"#,
            ]),
        chatPair(
            "reasoning", message: #"{"reasoning_content":"Hm.","content":"Hi"}"#, finish: "stop",
            deltas: [#"{"reasoning_content":"Hm"}"#, #"{"reasoning_content":"."}"#, #"{"content":"Hi"}"#]),
        chatPair(
            "reasoning with a signature",
            message: #"{"content":"Hi","reasoning_details":[{"type":"reasoning.text","text":"Hm","signature":"s"}]}"#,
            finish: "stop",
            deltas: [
                #"{"reasoning_details":[{"type":"reasoning.text","text":"Hm","signature":"s"}]}"#, #"{"content":"Hi"}"#,
            ]),
        chatPair(
            "reasoning that is only ciphertext",
            message: #"{"content":"Hi","reasoning_details":[{"type":"reasoning.encrypted","data":"d","id":"r"}]}"#,
            finish: "stop",
            deltas: [
                #"{"reasoning_details":[{"type":"reasoning.encrypted","data":"d","id":"r"}]}"#, #"{"content":"Hi"}"#,
            ]),
        chatPair(
            "reasoning with two states",
            message:
                #"{"content":"Hi","reasoning_details":[{"type":"reasoning.text","text":"Hm","signature":"s"},{"type":"reasoning.encrypted","data":"d"}]}"#,
            finish: "stop",
            deltas: [
                #"{"reasoning_details":[{"type":"reasoning.text","text":"Hm","signature":"s"},{"type":"reasoning.encrypted","data":"d"}]}"#,
                #"{"content":"Hi"}"#,
            ]),
        chatPair(
            "a refusal", message: #"{"content":null,"refusal":"No, sorry"}"#, finish: "stop",
            deltas: [#"{"refusal":"No,"}"#, #"{"refusal":" sorry"}"#]),
        chatPair(
            "filtered text", message: #"{"content":"par"}"#, finish: "content_filter", deltas: [#"{"content":"par"}"#]),
        chatPair("an unknown finish", message: #"{"content":"x"}"#, finish: "odd", deltas: [#"{"content":"x"}"#]),
    ]

    @Test(arguments: chatPairs)
    func aChatStreamSaysWhatTheAnswerSays(pair: Pair) throws {
        let answer = try Translator.translateResponse(
            JSONValue(parsing: Array(pair.answer.utf8)), from: .openAIChat, to: .anthropicMessages, context: .sample())
        let run = StreamRun.translating(pair.stream, from: .openAIChat)
        let message = MessageAccumulator.anthropic(run)
        #expect(message.faults == [])
        #expect(message.lines == MessageAccumulator.lines(ofMessage: try JSONValue(parsing: answer.body)))
        #expect(run.usage == answer.usage && run.report == answer.report)
        let ids = [
            run.events(named: "message_start").first?["message"]?["id"]?.string,
            try JSONValue(parsing: answer.body)["id"]?.string,
        ]
        #expect(ids[0] == ids[1] && ids[0] != nil)
    }

    private static let anthropicUsage =
        #"{"input_tokens":24,"cache_read_input_tokens":64,"cache_creation_input_tokens":32,"output_tokens":60,"output_tokens_details":{"thinking_tokens":40}}"#

    /// - Parameter blocks: each whole block, and the deltas it comes in.
    private static func anthropicPair(
        _ name: String, stop: String, _ blocks: [(whole: String, start: String, deltas: [String])]
    ) -> Pair {
        let content = blocks.map(\.whole).joined(separator: ",")
        let answer =
            #"{"id":"msg_01","type":"message","role":"assistant","model":"m","content":[\#(content)],"stop_reason":"\#(stop)","stop_sequence":null,"usage":\#(anthropicUsage)}"#
        let events = blocks.enumerated().flatMap { index, block in
            [Sample.blockStart(index, block.start)] + block.deltas.map { Sample.blockDelta(index, $0) } + [
                Sample.blockStop(index)
            ]
        }
        let all =
            [Sample.messageStart] + events + [Sample.messageDelta(stop, usage: anthropicUsage), Sample.messageStop]
        return Pair(name: name, answer: answer, stream: all.map { Sample.anthropic($0) }.joined())
    }

    private static let text = (
        whole: #"{"type":"text","text":"Hi é"}"#, start: #"{"type":"text","text":""}"#,
        deltas: [#"{"type":"text_delta","text":"Hi "}"#, #"{"type":"text_delta","text":"é"}"#]
    )
    private static let thinking = (
        whole: #"{"type":"thinking","thinking":"Hm","signature":"s"}"#,
        start: #"{"type":"thinking","thinking":"","signature":""}"#,
        deltas: [#"{"type":"thinking_delta","thinking":"Hm"}"#, #"{"type":"signature_delta","signature":"s"}"#]
    )
    private static let cited = (
        whole:
            #"{"type":"text","text":"ab","citations":[{"type":"web_search_result_location","url":"u","title":"t","encrypted_index":"i"},{"type":"char_location"}]}"#,
        start: #"{"type":"text","text":"","citations":[]}"#,
        deltas: [
            #"{"type":"text_delta","text":"ab"}"#,
            #"{"type":"citations_delta","citation":{"type":"web_search_result_location","url":"u","title":"t","encrypted_index":"i"}}"#,
            #"{"type":"citations_delta","citation":{"type":"char_location"}}"#,
        ]
    )
    private static let tool = (
        whole: #"{"type":"tool_use","id":"toolu_1","name":"f","input":{"x":1.0}}"#,
        start: #"{"type":"tool_use","id":"toolu_1","name":"f","input":{}}"#,
        deltas: [
            #"{"type":"input_json_delta","partial_json":""}"#, #"{"type":"input_json_delta","partial_json":"{\"x\":"}"#,
            #"{"type":"input_json_delta","partial_json":" 1.0}"}"#,
        ]
    )
    private static let bareTool = (
        whole: #"{"type":"tool_use","id":"toolu_2","name":"g","input":{}}"#,
        start: #"{"type":"tool_use","id":"toolu_2","name":"g","input":{}}"#, deltas: [String]()
    )
    private static let hosted = (
        whole: #"{"type":"server_tool_use","id":"s","name":"web_search","input":{"q":1}}"#,
        start: #"{"type":"server_tool_use","id":"s","name":"web_search","input":{}}"#,
        deltas: [#"{"type":"input_json_delta","partial_json":"{\"q\":1}"}"#]
    )
    private static let redacted = (
        whole: #"{"type":"redacted_thinking","data":"d"}"#, start: #"{"type":"redacted_thinking","data":"d"}"#,
        deltas: [String]()
    )

    static let anthropicPairs = [
        anthropicPair("text", stop: "end_turn", [text]), anthropicPair("nothing", stop: "refusal", []),
        anthropicPair("thinking and text", stop: "max_tokens", [thinking, text]),
        anthropicPair("redacted thinking", stop: "end_turn", [redacted, thinking, text]),
        anthropicPair("tools", stop: "tool_use", [text, tool, bareTool]),
        anthropicPair("a tool cut short", stop: "max_tokens", [bareTool]),
        anthropicPair("citations", stop: "end_turn", [text, cited, text, cited]),
        anthropicPair("a hosted tool", stop: "pause_turn", [hosted, text]),
        anthropicPair("everything", stop: "tool_use", [thinking, redacted, hosted, cited, text, tool, bareTool]),
    ]

    @Test(arguments: anthropicPairs)
    func anAnthropicStreamSaysWhatTheAnswerSays(pair: Pair) throws {
        let answer = try Translator.translateResponse(
            JSONValue(parsing: Array(pair.answer.utf8)), from: .anthropicMessages, to: .openAIChat, context: .sample())
        let run = StreamRun.translating(
            pair.stream, from: .anthropicMessages, context: .sample(includesStreamUsage: true))
        let message = MessageAccumulator.chat(run)
        let completion = try JSONValue(parsing: answer.body)
        #expect(message.faults == [])
        #expect(message.lines == MessageAccumulator.lines(ofCompletion: completion))
        #expect(run.usage == answer.usage && Set(run.losses) == Set(answer.report.losses.map(\.field)))
        #expect(run.events(named: "").first?["id"]?.string == completion["id"]?.string)
    }
}
