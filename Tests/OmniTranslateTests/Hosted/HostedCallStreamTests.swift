import OmniJSON
import Testing

@testable import OmniTranslate

/// What hosted tools did, in streams: legal ones that say what the complete answer says.
@Suite struct HostedCallStreamTests {
    private typealias Sample = HostedSample

    static let claude = Sample.claude(
        Sample.claudeSearch, Sample.claudeShell, Sample.claudeSearchResult, Sample.claudeShellResult,
        Sample.claudePython, Sample.claudePythonResult, Sample.claudeServer, Sample.claudeServerFailure,
        Sample.claudeText)

    @Test func claudesCallsForResponses() throws {
        let run = PairRun(
            try Sample.stream(ofClaude: Self.claude), from: .anthropicMessages, to: .openAIResponses)
        let grammar = ResponsesGrammar(run)
        #expect(grammar.problems == [])
        let whole = try translated(Self.claude, from: .anthropicMessages, to: .openAIResponses)
        #expect(grammar.items == whole.body["output"]?.elements.map(\.rawText))
        #expect(run.losses == [] && run.progress.isComplete)
        #expect(run.events.contains { $0.name == "response.mcp_call.failed" })
    }

    @Test func aPausedCallForResponses() throws {
        let paused = Sample.claude(Sample.claudeText, Sample.claudeSearch, stop: "pause_turn")
        let run = PairRun(try Sample.stream(ofClaude: paused), from: .anthropicMessages, to: .openAIResponses)
        #expect(ResponsesGrammar(run).problems == [])
        let output = ResponsesGrammar(run).response?["output"]
        #expect(output?.table("type", "status") == ["message completed", "web_search_call incomplete"])
        #expect(run.losses == ["pause_turn"])
    }

    @Test func googlesCallsForResponses() throws {
        let run = PairRun(
            Sample.stream(ofGoogle: Sample.python, Sample.pythonResult), from: .gemini, to: .openAIResponses)
        let grammar = ResponsesGrammar(run)
        #expect(grammar.problems == [])
        // What was looked up is known at the end only.
        #expect(
            grammar.response?["output"]?.table("type", "action.type") == [
                "code_interpreter_call -", "message -", "web_search_call search", "web_search_call open_page",
            ])
    }

    @Test func openAIsCallsForAnthropic() throws {
        let items = [Sample.search, Sample.page, Sample.code, Sample.server]
        let stream = Sample.stream(ofOpenAI: items[0], items[1], items[2], items[3])
        let run = PairRun(stream, from: .openAIResponses, to: .anthropicMessages)
        let message = MessageAccumulator.anthropic(run.events)
        #expect(message.faults == [])
        let whole = try translated(
            Sample.openAI(items[0], items[1], items[2], items[3]), from: .openAIResponses, to: .anthropicMessages)
        #expect(message.lines == MessageAccumulator.lines(ofMessage: whole.body))
        #expect(Set(run.losses) == Set(whole.losses))
        let results = try run.data("content_block_start").compactMap { $0.value(at: "content_block.content") }
        let blocks = whole.body["content"]?.elements.compactMap { $0["content"] } ?? []
        #expect(results.map(\.rawText) == blocks.map(\.rawText) && !results.isEmpty)
    }

    @Test func callsForGemini() throws {
        let run = GeminiStreamRun(
            Array(try Sample.stream(ofClaude: Self.claude).utf8), from: .anthropicMessages, to: .gemini)
        let parts = run.objects.flatMap { $0.value(at: "candidates.0.content.parts")?.elements.map { $0 } ?? [] }
        #expect(parts.count { $0["executableCode"] != nil } == 2)
        #expect(parts.count { $0["codeExecutionResult"] != nil } == 2)
        #expect(
            run.objects.last?.value(at: "candidates.0.groundingMetadata.webSearchQueries")?.rawText == #"["swift"]"#)
        #expect(run.losses == ["mcp_tool_use:unsupported", "mcp_tool_result:unsupported"])
    }

    @Test(
        "cut anywhere, a stream says the same",
        arguments: [
            (WireFormat.anthropicMessages, WireFormat.openAIResponses), (.openAIResponses, .anthropicMessages),
            (.gemini, .openAIResponses), (.gemini, .anthropicMessages), (.anthropicMessages, .gemini),
        ])
    func cuts(upstream: WireFormat, client: WireFormat) throws {
        let stream =
            switch upstream {
            case .anthropicMessages: try Sample.stream(ofClaude: Self.claude)
            case .gemini: Sample.stream(ofGoogle: Sample.python, Sample.pythonResult)
            default: Sample.stream(ofOpenAI: Sample.search, Sample.code, Sample.server)
            }
        let bytes = Array(stream.utf8)
        let whole = PairRun(bytes, from: upstream, to: client)
        #expect(whole.progress.isComplete)
        for cut in stride(from: 1, to: bytes.count, by: 7) {
            #expect(PairRun(bytes, from: upstream, to: client, cuts: [cut]).output == whole.output)
        }
    }

    @Test("a stream that breaks in the middle of a call tells no call")
    func broken() throws {
        let stream = try Sample.stream(ofClaude: Self.claude)
        let begin = try #require(stream.split(separator: "web_search_tool_result").first)
        let run = PairRun(String(begin), from: .anthropicMessages, to: .openAIResponses)
        #expect(run.progress.failure != nil && !run.text.contains("web_search_call"))
    }

    @Test("an input that is no JSON leaves the block unknown")
    func malformedInput() throws {
        let stream = try Sample.stream(ofClaude: Sample.claude(Sample.claudeSearch, Sample.claudeText))
            .replacing(#"swift\"}"#, with: #"swift"#)
        let run = PairRun(stream, from: .anthropicMessages, to: .openAIResponses)
        #expect(ResponsesGrammar(run).problems == [] && run.losses == ["server_tool_use"])
    }
}
