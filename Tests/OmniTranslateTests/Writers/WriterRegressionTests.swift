import OmniJSON
import Testing

@testable import OmniTranslate

/// Illegal streams that writers once wrote for answers upstreams do give.
@Suite struct WriterRegressionTests {
    private func events(_ events: [StreamEvent], to client: WireFormat) -> [UInt8] {
        var encoder = StreamEncoder(to: client, context: .sample(includesStreamUsage: true))
        var output: [UInt8] = []
        for event in events { encoder.encode(event, into: &output) }
        return output
    }

    @Test("C092 every choice of a chat stream begins with its role")
    func rolePerChoice() {
        let candidates = (0..<2).map { #"{"index":\#($0),"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}"# }
        let run = PairRun(
            "data: {\"candidates\":[\(candidates.joined(separator: ","))]}\n\n", from: .gemini, to: .openAIChat)
        #expect(run.text.split(separator: #""role":"assistant""#).count == 3)
        #expect(ChatGrammar(run.output).problems == [])
    }

    @Test("a call whose arguments stand on several lines is one line of a Gemini stream")
    func argumentsOnSeveralLines() throws {
        let call = #"{"index":0,"id":"c","function":{"name":"t","arguments":"{\n  \"a\": 1\r\n}"}}"#
        let run = PairRun(
            StreamSample.chat(StreamSample.call(call), StreamSample.delta("{}", finish: "tool_calls"))
                + StreamSample.done, from: .openAIChat, to: .gemini)
        #expect(GeminiGrammar(run.output).problems == [])
        #expect(run.text.contains(#""args":{   "a": 1  }"#))
    }

    @Test(
        "log probabilities of an event of several lines are one line",
        arguments: [WireFormat.openAIResponses, .gemini, .ollama])
    func logprobsOnSeveralLines(client: WireFormat) throws {
        let lines = [
            #"data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop","logprobs":{"content":["#,
            #"data: {"token":"a","#, #"data: "logprob":-1,"bytes":[97],"top_logprobs":[]}]}}]}"#, "", StreamSample.done,
        ]
        let run = PairRun(lines.joined(separator: "\n"), from: .openAIChat, to: client)
        let target = try #require(WriterTarget.all.first { $0.client == client })
        #expect(run.progress.isComplete && target.grammar.init(run.output).problems == [])
        #expect(run.text.contains(#""token":"a""#))
    }

    @Test("C052 a text block without words is no block of an Anthropic stream")
    func emptyText() {
        let output = events(
            [
                .start(id: nil, model: nil, created: nil), .blockStart(choice: 0, .text), .text(choice: 0, ""),
                .blockEnd(choice: 0), .finish(choice: 0, Finish(.stop)), .end,
            ], to: .anthropicMessages)
        #expect(!String(decoding: output, as: UTF8.self).contains("content_block"))
        #expect(AnthropicGrammar(output).problems == [])
    }

    @Test("C104 of two states in a thought a Gemini client gets both")
    func severalStates() {
        let states = ["QQ==", "Qg=="].map { OpaqueState(kind: .thoughtSignature, origin: .gemini, payload: $0) }
        let output = events(
            [
                .start(id: nil, model: nil, created: nil), .blockStart(choice: 0, .reasoning),
                .reasoning(choice: 0, "hm"), .state(choice: 0, states[0]), .state(choice: 0, states[1]),
                .blockEnd(choice: 0), .finish(choice: 0, Finish(.stop)), .end,
            ], to: .gemini)
        let text = String(decoding: output, as: UTF8.self)
        #expect(text.contains(#""thoughtSignature":"QQ==""#) && text.contains(#""thoughtSignature":"Qg==""#))
        #expect(GeminiGrammar(output).problems == [])
    }

    @Test("C073 a Responses stream that fails before it began has its start")
    func earlyFault() {
        var translator = StreamTranslator(from: .openAIChat, to: .openAIResponses, context: .sample())
        var output: [UInt8] = []
        translator.fail(UpstreamFault(.timeout, message: "no answer"), into: &output)
        translator.fail(UpstreamFault(.timeout, message: "again"), into: &output)
        let grammar = ResponsesGrammar(output)
        #expect(grammar.problems == [] && grammar.ending == "response.failed")
        #expect(
            StreamRun.events(in: output).map(\.name) == [
                "response.created", "response.in_progress", "error", "response.failed",
            ])
    }
}
