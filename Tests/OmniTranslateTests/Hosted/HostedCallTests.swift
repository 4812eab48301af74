import OmniJSON
import Testing

@testable import OmniTranslate

/// What hosted tools did, in complete answers.
@Suite struct HostedCallTests {
    private typealias Sample = HostedSample

    // MARK: Responses clients

    @Test func claudesCallsAreItems() throws {
        let answer = try translated(
            Sample.claude(
                Sample.claudeSearch, Sample.claudeShell, Sample.claudeSearchResult, Sample.claudeShellResult,
                Sample.claudePython, Sample.claudePythonResult, Sample.claudeText),
            from: .anthropicMessages, to: .openAIResponses)
        let output = try #require(answer.body["output"])
        #expect(
            output.table("type", "status", "code", "outputs.0.logs") == [
                "web_search_call completed - -", "code_interpreter_call completed ls a\noops",
                "code_interpreter_call completed print(1) 1\n", "message completed - -",
            ])
        #expect(
            output.value(at: "0.action")?.rawText
                == #"{"type":"search","query":"swift","queries":["swift"],"sources":[{"type":"url","url":"https://swift.example"}]}"#
        )
        #expect(output.value(at: "1.container_id")?.string == "" && answer.losses == [])
        #expect(Set(output.table("id")).count == 4)
    }

    @Test func serversAnswersAndFailuresAreItems() throws {
        let good = try translated(
            Sample.claude(Sample.claudeServer, Sample.claudeServerResult), from: .anthropicMessages,
            to: .openAIResponses)
        #expect(
            good.body["output"]?.table("type", "server_label", "name", "arguments", "output", "error", "status")
                == [#"mcp_call docs find {"q":1} found null completed"#])
        let bad = try translated(
            Sample.claude(Sample.claudeServer, Sample.claudeServerFailure), from: .anthropicMessages,
            to: .openAIResponses)
        #expect(
            bad.body["output"]?.table("output", "error.type", "error.content.0.text", "status")
                == ["null mcp_tool_execution_error no failed"])
    }

    @Test(
        "a search that failed and a call that has no result say so",
        arguments: [
            (
                #"{"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":{"type":"web_search_tool_result_error","error_code":"max_uses_exceeded"}}"#,
                "failed"
            ), (#"{"type":"text","text":"x"}"#, "incomplete"),
        ])
    func states(block: String, status: String) throws {
        let answer = try translated(
            Sample.claude(Sample.claudeSearch, block, stop: "pause_turn"), from: .anthropicMessages,
            to: .openAIResponses)
        let call = answer.body["output"]?.elements.first { $0["type"]?.string == "web_search_call" }
        #expect(call?["status"]?.string == status && answer.losses == ["pause_turn"])
    }

    @Test func googlesCallsAreItems() throws {
        let answer = try translated(
            Sample.google(Sample.python, Sample.pythonResult), from: .gemini, to: .openAIResponses)
        #expect(
            answer.body["output"]?.table("type", "action.type", "action.queries", "action.url", "outputs.0.logs") == [
                #"web_search_call search ["swift","swift nio"] - -"#,
                "web_search_call open_page - https://page.example -", "code_interpreter_call - - - 1\n",
                "message - - - -",
            ])
        #expect(answer.losses == [])
    }

    // MARK: Anthropic clients

    @Test func openAIsCallsArePairsOfBlocks() throws {
        let answer = try translated(
            Sample.openAI(Sample.search, Sample.code, Sample.server), from: .openAIResponses, to: .anthropicMessages)
        let content = try #require(answer.body["content"])
        #expect(
            content.table("type", "name", "server_name", "input", "is_error") == [
                #"server_tool_use web_search - {"query":"swift"} -"#, "web_search_tool_result - - - -",
                #"server_tool_use web_search - {"query":"swift nio"} -"#, "web_search_tool_result - - - -",
                #"server_tool_use code_execution - {"code":"print(1)"} -"#, "code_execution_tool_result - - - -",
                #"mcp_tool_use find docs {"q":1} -"#, "mcp_tool_result - - - false", "text - - - -",
            ])
        let blocks = content.elements.map { $0 }
        for index in stride(from: 0, to: 8, by: 2) {
            #expect(blocks[index]["id"]?.string == blocks[index + 1]["tool_use_id"]?.string)
        }
        #expect(Set(content.table("id")).count == 5)
        #expect(blocks[1]["content"]?.rawText == "[]")
        #expect(
            blocks[3]["content"]?.rawText
                == #"[{"type":"web_search_result","url":"https://swift.example","title":"https://swift.example","encrypted_content":"","page_age":null}]"#
        )
        #expect(
            blocks[5]["content"]?.rawText
                == #"{"type":"code_execution_result","stdout":"1\n","stderr":"","return_code":0,"content":[]}"#)
        #expect(answer.losses == ["encrypted_content"])
    }

    @Test func whatHasNoLegalBlocksIsReported() throws {
        let answer = try translated(
            Sample.openAI(Sample.page, Sample.drawing, Sample.failure), from: .openAIResponses, to: .anthropicMessages)
        #expect(
            answer.body["content"]?.table("type", "is_error", "content.0.text") == [
                "server_tool_use - -", "code_execution_tool_result - -", "mcp_tool_use - -",
                "mcp_tool_result true down", "text - -",
            ])
        #expect(answer.losses == ["web_search_call", "outputs"])
        let code = try translated(Sample.google(Sample.python), from: .gemini, to: .anthropicMessages)
        #expect(code.losses.contains("executableCode"))
    }

    // MARK: Gemini clients

    @Test func othersCallsArePartsAndMetadata() throws {
        let answer = try translated(
            Sample.openAI(Sample.search, Sample.page, Sample.code, Sample.server), from: .openAIResponses, to: .gemini)
        let candidate = try #require(answer.body.value(at: "candidates.0"))
        #expect(
            candidate.value(at: "content.parts")?.elements.map(\.rawText)
                == [Sample.python, Sample.pythonResult, #"{"text":"Done."}"#])
        #expect(
            candidate.value(at: "groundingMetadata")?.rawText
                == #"{"webSearchQueries":["swift","swift nio"],"groundingChunks":[{"web":{"uri":"https://swift.example","#
                + #""title":"https://swift.example"}}],"groundingSupports":[]}"#)
        #expect(
            candidate.value(at: "urlContextMetadata.urlMetadata")?.table("retrievedUrl", "urlRetrievalStatus")
                == ["https://swift.example URL_RETRIEVAL_STATUS_SUCCESS"])
        #expect(answer.losses == ["mcp_call"])
        let shell = try translated(
            Sample.claude(Sample.claudeShell, Sample.claudeShellResult), from: .anthropicMessages, to: .gemini)
        #expect(
            shell.body.value(at: "candidates.0.content.parts")?.table(
                "executableCode.language", "codeExecutionResult.outcome", "codeExecutionResult.output")
                == ["LANGUAGE_UNSPECIFIED - -", "- OUTCOME_FAILED a\noops"])
    }

    // MARK: Chat and Ollama clients

    @Test(arguments: [WireFormat.openAIChat, .ollama])
    func othersAreToldTheNames(client: WireFormat) throws {
        let claude = try translated(
            Sample.claude(Sample.claudeServer, Sample.claudeServerResult, Sample.claudeText), from: .anthropicMessages,
            to: client)
        #expect(claude.losses == ["mcp_tool_use", "mcp_tool_result"])
        let google = try translated(
            Sample.google(metadata: #""urlContextMetadata":{"urlMetadata":[{"retrievedUrl":"https://p"}]}"#),
            from: .gemini, to: client)
        #expect(google.losses == [])
    }

    @Test("a collected stream of the client's own dialect keeps the blocks as they are")
    func collected() throws {
        let message = Sample.claude(Sample.claudeSearch, Sample.claudeSearchResult, Sample.claudeText)
        let stream = try Sample.stream(ofClaude: message)
        var collector = StreamCollector(from: .anthropicMessages, to: .anthropicMessages, context: .sample())
        _ = Array(stream.utf8).withUnsafeBytes { collector.push($0) }
        let whole = try JSONValue(parsing: try collector.finish().body)
        #expect(
            whole["content"]?.table("type", "input", "content.0.encrypted_content") == [
                #"server_tool_use {"query":"swift"} -"#, "web_search_tool_result - abc", "text - -",
            ])
    }
}
