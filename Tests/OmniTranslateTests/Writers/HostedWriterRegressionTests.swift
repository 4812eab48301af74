import OmniJSON
import Testing

@testable import OmniTranslate

/// Illegal streams that writers once wrote for calls of hosted tools.
@Suite struct HostedWriterRegressionTests {
    private func write(_ call: HostedCall, to client: WireFormat) -> (bytes: [UInt8], losses: [String]) {
        var encoder = StreamEncoder(to: client, context: .sample(includesStreamUsage: true))
        var output: [UInt8] = []
        let events: [StreamEvent] = [
            .start(id: nil, model: nil, created: nil), .hostedCall(choice: 0, call),
            .finish(choice: 0, Finish(.stop)), .end,
        ]
        for event in events { encoder.encode(event, into: &output) }
        return (output, encoder.report.losses.map(\.field))
    }

    private func piece(_ type: JSONText, _ origin: WireFormat, _ raw: String) throws -> UnknownPart {
        UnknownPart(type: type, origin: origin, raw: try JSONValue(parsing: Array(raw.utf8)))
    }

    private var done: HostedCall.Outcome {
        var outcome = HostedCall.Outcome()
        outcome.text = "1"
        return outcome
    }

    @Test("Google's own parts on several lines are one line of a Gemini stream")
    func googlesPartsOnSeveralLines() throws {
        let pieces = [
            try piece(
                "executableCode", .gemini, "{\n\"executableCode\":{\r\n\"language\":\"PYTHON\",\"code\":\"print(1)\"}}"),
            try piece(
                "codeExecutionResult", .gemini,
                "{\"codeExecutionResult\":{\n\"outcome\":\"OUTCOME_OK\",\"output\":\"1\"}}"),
        ]
        let call = HostedCall(id: "code_1", action: .run(code: "print(1)", .python), outcome: done, pieces: pieces)
        let grammar = GeminiGrammar(write(call, to: .gemini).bytes)
        #expect(grammar.problems == [])
        #expect(grammar.choices[0]?.hosted == ["PYTHON print(1) OUTCOME_OK 1"])
    }

    @Test("Claude's own blocks on several lines are one line each, and the input comes in deltas")
    func claudesBlocksOnSeveralLines() throws {
        let use = #""type":"server_tool_use","name":"code_execution","input":{"code":"print(1)"}"#
        let pieces = [
            try piece("server_tool_use", .anthropicMessages, "{\n\"id\":\"srvtoolu_1\",\r\n\(use)}"),
            try piece(
                "code_execution_tool_result", .anthropicMessages,
                "{\"type\":\"code_execution_tool_result\",\n\"tool_use_id\":\"srvtoolu_1\",\"content\":"
                    + #"{"type":"code_execution_result","stdout":"1","stderr":"","return_code":0,"content":[]}}"#),
        ]
        let call = HostedCall(id: "srvtoolu_1", action: .run(code: "print(1)", .python), outcome: done, pieces: pieces)
        let grammar = AnthropicGrammar(write(call, to: .anthropicMessages).bytes)
        #expect(grammar.problems == [])
        #expect(grammar.choices[0]?.hosted == ["own code_execution print(1) 0 1"])
    }

    @Test("code and arguments of nothing have no deltas in a Responses stream")
    func emptyDeltas() {
        let actions: [HostedCall.Action] = [
            .run(code: "", .python), .server(label: "l", tool: "t", arguments: ""),
        ]
        for action in actions {
            let output = write(HostedCall(id: "c", action: action, outcome: done), to: .openAIResponses).bytes
            #expect(ResponsesGrammar(output).problems == [])
            #expect(!String(decoding: output, as: UTF8.self).contains(".delta"))
        }
    }

    @Test("a search without queries has no blocks at Anthropic, and the report says so")
    func searchForNothing() throws {
        let piece = try piece("web_search_call", .openAIResponses, "{}")
        let call = HostedCall(id: "c", action: .search(queries: []), outcome: done, pieces: [piece])
        let run = write(call, to: .anthropicMessages)
        #expect(AnthropicGrammar(run.bytes).problems == [])
        #expect(run.losses.contains("web_search_call"))
    }

    @Test("what a search found reaches Gemini clients though no text cites it, each page once")
    func uncitedPages() throws {
        var found = HostedCall.Outcome()
        found.sources = [
            .init(url: "https://a.example", title: "A"), .init(url: "https://b.example", title: nil),
            .init(url: "https://a.example", title: "A"),
        ]
        let output = write(HostedCall(id: "c", action: .search(queries: ["q"]), outcome: found), to: .gemini).bytes
        #expect(GeminiGrammar(output).problems == [])
        let chunks =
            #""groundingChunks":[{"web":{"uri":"https://a.example","title":"A"}},"#
            + #"{"web":{"uri":"https://b.example","title":"https://b.example"}}],"groundingSupports":[]"#
        #expect(String(decoding: output, as: UTF8.self).contains(chunks))
    }

    @Test("arguments of a server's tool that are no object reach Anthropic clients wrapped, and the report says so")
    func wrappedArguments() {
        let action = HostedCall.Action.server(label: "l", tool: "t", arguments: "[1]")
        let run = write(HostedCall(id: "c", action: action, outcome: done), to: .anthropicMessages)
        #expect(AnthropicGrammar(run.bytes).problems == [])
        #expect(run.losses.contains("arguments"))
    }
}
