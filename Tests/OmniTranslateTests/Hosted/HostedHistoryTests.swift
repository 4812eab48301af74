import OmniJSON
import Testing

@testable import OmniTranslate

/// Calls of hosted tools in the history a client sends.
@Suite struct HostedHistoryTests: RequestWording {
    private typealias Sample = HostedSample

    private func claude(
        _ blocks: String..., tools: String = "[]", to target: WireFormat, model: String = "gpt-5.1",
        provider: String = "openai"
    ) throws -> GeminiRequestTranslation {
        let turn = #"{"role":"assistant","content":[\#(blocks.joined(separator: ","))]}"#
        return try GeminiRequestTranslation(
            #"{"model":"m","max_tokens":100,"tools":\#(tools),"messages":[\#(user),\#(turn),\#(user)],\#(HostedToolTests.definition)}"#,
            from: .anthropicMessages, to: target, model: model, provider: provider)
    }

    private func openAI(
        _ items: String..., tools: String = "[]", to target: WireFormat = .anthropicMessages,
        model: String = "claude-sonnet-4-6", provider: String = "anthropic"
    ) throws -> GeminiRequestTranslation {
        let answer = #"{"role":"assistant","content":"a"}"#
        return try GeminiRequestTranslation(
            #"{"model":"m","tools":\#(tools),"input":[\#(([user] + items + [answer, user]).joined(separator: ","))]}"#,
            from: .openAIResponses, to: target, model: model, provider: provider)
    }

    private let toolset = #"[{"type":"mcp_toolset","mcp_server_name":"docs"}]"#
    private let server =
        #"[{"type":"mcp","server_label":"docs","server_url":"https://e","require_approval":"never"}]"#

    @Test func itsOwnDialectGetsEverythingBack() throws {
        let blocks = [Sample.claudeSearch, Sample.claudeSearchResult, Sample.claudeServer, Sample.claudeServerResult]
        let sent = try claude(
            blocks[0], blocks[1], blocks[2], blocks[3], tools: toolset, to: .anthropicMessages,
            model: "claude-sonnet-4-6", provider: "anthropic")
        #expect(sent.body.value(at: "messages.1.content")?.elements.map(\.rawText) == blocks)
        let own = try openAI(Sample.search, Sample.code, to: .openAIResponses, model: "gpt-5.1", provider: "openai")
        #expect(
            own.body["input"]?.elements.map(\.rawText).filter { $0.contains("_call") } == [Sample.search, Sample.code])
        #expect(sent.losses == [] && own.losses == [])
    }

    @Test("what a declared server answered goes on as words, both ways")
    func servers() throws {
        let sent = try claude(
            Sample.claudeServer, Sample.claudeServerResult, text("ok"), tools: toolset, to: .openAIResponses)
        #expect(
            sent.body["input"]?.table("type", "server_label", "arguments", "output", "status")
                == ["message - - - -", #"mcp_call docs {"q":1} found completed"#, "message - - - -", "message - - - -"])
        #expect(sent.losses == [])
        let back = try openAI(Sample.server, tools: server)
        let content = try #require(back.body.value(at: "messages.1.content"))
        #expect(
            content.table("type", "server_name", "input") == [
                #"mcp_tool_use docs {"q":1}"#, "mcp_tool_result - -", "text - -",
            ])
        let id = try #require(content.value(at: "0.id")?.string)
        #expect(id.wholeMatch(of: /mcptoolu_[0-9a-f]{24}/) != nil)
        #expect(content.value(at: "1.tool_use_id")?.string == id && back.losses == [])
    }

    @Test("code goes on where code is run")
    func code() throws {
        let tools = #"[{"type":"code_interpreter","container":{"type":"auto"}}]"#
        let sent = try openAI(Sample.code, tools: tools)
        let content = try #require(sent.body.value(at: "messages.1.content"))
        #expect(
            content.table("type", "name") == [
                "server_tool_use code_execution", "code_execution_tool_result -", "text -",
            ])
        #expect(content.value(at: "0.id")?.string?.wholeMatch(of: /srvtoolu_[0-9a-f]{24}/) != nil)
        let google = try openAI(Sample.code, to: .gemini, model: "gemini-3-flash-preview", provider: "gemini")
        #expect(google.parts(1) == [Sample.python, Sample.pythonResult, #"{"text":"a"}"#] && google.losses == [])
    }

    @Test("what only its origin could check is reported, and nothing is orphaned")
    func reported() throws {
        let search = try openAI(Sample.search, Sample.page, Sample.code, Sample.server)
        #expect(search.body.value(at: "messages.1.content")?.table("type") == ["text"])
        #expect(
            search.losses == [
                "input.web_search_call:unsupported", "input.code_interpreter_call:unsupported",
                "input.mcp_call:unsupported",
            ])
        let blocks = try claude(
            Sample.claudeSearch, Sample.claudeSearchResult, Sample.claudePython, Sample.claudePythonResult, text("a"),
            to: .openAIResponses)
        #expect(blocks.body["input"]?.table("type") == ["message", "message", "message"])
        #expect(
            blocks.losses == [
                "messages.server_tool_use:unsupported", "messages.web_search_tool_result:unsupported",
                "messages.code_execution_tool_result:unsupported",
            ])
        let cut = try claude(
            Sample.claudePython, text("a"), to: .gemini, model: "gemini-3-flash-preview", provider: "gemini")
        #expect(cut.parts(1) == [#"{"text":"a"}"#] && cut.losses == ["messages.server_tool_use:unsupported"])
    }

    @Test("a turn of nothing but such calls leaves no empty turn")
    func emptyTurns() throws {
        let sent = try GeminiRequestTranslation(
            #"{"model":"m","input":[\#(user),\#(Sample.search),\#(user)]}"#, from: .openAIResponses,
            to: .anthropicMessages, model: "claude-sonnet-4-6", provider: "anthropic")
        #expect(sent.body["messages"]?.table("role") == ["user"])
    }

    @Test("Google's code is no longer a reason to refuse")
    func googlesCode() throws {
        let body =
            #""contents":[{"parts":[{"text":"hi"}]},{"role":"model","parts":[\#(Sample.python),\#(Sample.pythonResult),{"text":"a"}]},{"parts":[{"text":"go"}]}]"#
        let plain = try geminiTo(.anthropicMessages, body)
        #expect(plain.body.value(at: "messages.1.content")?.table("type") == ["text"])
        #expect(
            plain.losses == [
                "contents.executableCode:unsupported", "contents.codeExecutionResult:unsupported",
            ])
        let running = try geminiTo(.anthropicMessages, body + #","tools":[{"codeExecution":{}}]"#)
        #expect(
            running.body.value(at: "messages.1.content")?.table("type")
                == ["server_tool_use", "code_execution_tool_result", "text"])
        #expect(try geminiTo(.gemini, body).parts(1).prefix(2) == [Sample.python, Sample.pythonResult])
    }

    @Test("calls told in a foreign dialect never reach a provider that would not know them")
    func removal() throws {
        let claude = try translated(Sample.openAI(Sample.search), from: .openAIResponses, to: .anthropicMessages)
        let turn = try #require(claude.body["content"]?.rawText)
        let message = try JSONValue(
            parsing: Array(#"{"messages":[{"role":"assistant","content":\#(turn)}]}"#.utf8))
        var patch = JSONPatch(message)
        EnvelopeRemoval.remove(from: message, patch: &patch)
        let kept = try JSONValue(parsing: patch.applied())
        #expect(kept.value(at: "messages.0.content")?.table("type") == ["text"])

        let answer = try translated(
            Sample.claude(Sample.claudeSearch, Sample.claudeSearchResult, Sample.claudeText), from: .anthropicMessages,
            to: .openAIResponses)
        let items = try JSONValue(
            parsing: Array(#"{"input":\#(try #require(answer.body["output"]?.rawText))}"#.utf8))
        var itemPatch = JSONPatch(items)
        EnvelopeRemoval.remove(from: items, patch: &itemPatch)
        #expect(try JSONValue(parsing: itemPatch.applied())["input"]?.table("type") == ["message"])
        // Nor does another request's encoder take them for the provider's own.
        let again = try openAI(
            try #require(answer.body.value(at: "output.0")?.rawText), to: .openAIResponses, model: "gpt-5.1",
            provider: "openai")
        #expect(again.body["input"]?.table("type") == ["message", "message", "message"])
    }

    @Test("a paused turn that comes back last is continued", arguments: ["claude-sonnet-4-5", "claude-sonnet-4-6"])
    func pausedTurns(model: String) throws {
        let paused = Sample.claude(#"{"type":"text","text":"Let me see"}"#, Sample.claudeSearch, stop: "pause_turn")
        let answer = try translated(paused, from: .anthropicMessages, to: .openAIResponses)
        let output = try #require(answer.body["output"]?.elements.map(\.rawText).joined(separator: ","))
        let sent = try GeminiRequestTranslation(
            #"{"model":"m","input":[\#(user),\#(output)]}"#, from: .openAIResponses, to: .anthropicMessages,
            model: model, provider: "anthropic")
        let messages = try #require(sent.body["messages"])
        #expect(messages.value(at: "1.content")?.table("type", "text") == ["text Let me see"])
        #expect(messages.table("role").count == (model.hasSuffix("4-5") ? 2 : 3))
        if model.hasSuffix("4-6") {
            #expect(messages.value(at: "2.content.0.text")?.string == "Continue from exactly where you stopped.")
        }
        // Anthropic's own clients go on in the middle of the call.
        let own = try GeminiRequestTranslation(
            #"{"model":"m","max_tokens":9,"messages":[\#(user),{"role":"assistant","content":[\#(Sample.claudeSearch)]}]}"#,
            from: .anthropicMessages, to: .anthropicMessages, model: model, provider: "anthropic")
        #expect(own.body["messages"]?.table("role") == ["user", "assistant"])
    }
}
