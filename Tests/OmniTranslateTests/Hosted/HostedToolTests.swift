import OmniJSON
import Testing

@testable import OmniTranslate

/// Tools a provider runs itself, asked for in one dialect and sent in another.
@Suite struct HostedToolTests: RequestWording {
    private static let providers: [WireFormat: (model: String, provider: String)] = [
        .openAIChat: ("gpt-4o-search-preview", "openai"), .openAIResponses: ("gpt-5.1", "openai"),
        .anthropicMessages: ("claude-sonnet-4-6", "anthropic"), .gemini: ("gemini-3-flash-preview", "gemini"),
    ]

    /// A request with these tools, or these fields, towards the vendor's own endpoint.
    private func send(
        _ fields: String, from origin: WireFormat, to target: WireFormat, provider: String? = nil
    ) throws -> GeminiRequestTranslation {
        let usual = try #require(Self.providers[target])
        let content =
            switch origin {
            case .gemini: #""contents":[{"parts":[{"text":"hi"}]}]"#
            case .openAIResponses: #""model":"m","input":"hi""#
            default: #""model":"m","max_tokens":100,"messages":[\#(user)]"#
            }
        return try GeminiRequestTranslation(
            "{\(content),\(fields)}", from: origin, to: target, model: usual.model, provider: provider ?? usual.provider
        )
    }

    struct Sent: Sendable, CustomTestStringConvertible {
        let origin: WireFormat
        let tool: String
        let target: WireFormat
        let sent: String
        var losses: [String] = []

        var testDescription: String { "\(origin.rawValue) \(tool.prefix(60)) to \(target.rawValue)" }
    }

    static let place = #"{"type":"approximate","city":"Lyon","country":"FR"}"#
    static let openAISearch =
        #"{"type":"web_search","filters":{"allowed_domains":["a.example"]},"search_context_size":"low","user_location":\#(place),"external_web_access":true}"#
    static let claudeSearch =
        #"{"type":"web_search_20260209","name":"web_search","max_uses":3,"allowed_domains":["a.example"],"user_location":\#(place),"cache_control":{"type":"ephemeral"},"allowed_callers":["direct"]}"#
    static let server =
        #"{"type":"mcp","server_label":"docs","server_url":"https://mcp.example/","authorization":"secret","allowed_tools":["find","read"],"require_approval":"never"}"#
    static let plainServer =
        #"{"type":"mcp","server_label":"docs","server_url":"https://mcp.example/","headers":{"authorization":"Bearer secret","X-Team":"1"},"require_approval":"never"}"#

    static let searches = [
        Sent(
            origin: .openAIResponses, tool: openAISearch, target: .anthropicMessages,
            sent:
                #"[{"type":"web_search_20250305","name":"web_search","user_location":\#(place),"allowed_domains":["a.example"]}]"#,
            losses: ["tools.search_context_size:unsupported"]),
        Sent(
            origin: .openAIResponses, tool: #"{"type":"web_search_preview","external_web_access":false}"#,
            target: .anthropicMessages, sent: #"[{"type":"web_search_20250305","name":"web_search"}]"#,
            losses: ["tools.external_web_access:unsupported"]),
        Sent(
            origin: .openAIResponses, tool: openAISearch, target: .gemini, sent: #"[{"googleSearch":{}}]"#,
            losses: [
                "tools.search_context_size:unsupported", "tools.user_location:unsupported",
                "tools.filters.allowed_domains:unsupported",
            ]),
        Sent(
            origin: .anthropicMessages, tool: claudeSearch, target: .openAIResponses,
            sent:
                #"[{"type":"web_search","filters":{"allowed_domains":["a.example"]},"user_location":\#(place)}]"#,
            losses: ["tools.max_uses:unsupported"]),
        Sent(
            origin: .anthropicMessages,
            tool: #"{"type":"web_search_20250305","name":"web_search","blocked_domains":["b.example"]}"#,
            target: .openAIResponses, sent: #"[{"type":"web_search"}]"#, losses: ["tools.blocked_domains:unsupported"]),
        Sent(
            origin: .gemini, tool: #"{"googleSearch":{}}"#, target: .openAIResponses, sent: #"[{"type":"web_search"}]"#),
        Sent(
            origin: .gemini, tool: #"{"google_search":{"excludeDomains":["b.example"],"timeRangeFilter":{}}}"#,
            target: .anthropicMessages,
            sent: #"[{"type":"web_search_20250305","name":"web_search","blocked_domains":["b.example"]}]"#,
            losses: ["tools.google_search.timeRangeFilter:unsupported"]),
    ]

    static let others = [
        Sent(
            origin: .openAIResponses,
            tool: #"{"type":"code_interpreter","container":{"type":"auto","memory_limit":"4g"}}"#,
            target: .anthropicMessages, sent: #"[{"type":"code_execution_20250825","name":"code_execution"}]"#,
            losses: ["tools.container.memory_limit:unsupported"]),
        Sent(
            origin: .openAIResponses, tool: #"{"type":"code_interpreter","container":{"type":"auto"}}"#,
            target: .gemini, sent: #"[{"codeExecution":{}}]"#),
        Sent(
            origin: .anthropicMessages, tool: #"{"type":"code_execution_20260521","name":"code_execution"}"#,
            target: .openAIResponses, sent: #"[{"type":"code_interpreter","container":{"type":"auto"}}]"#),
        Sent(
            origin: .gemini, tool: #"{"codeExecution":{}}"#, target: .anthropicMessages,
            sent: #"[{"type":"code_execution_20250825","name":"code_execution"}]"#),
        Sent(
            origin: .gemini, tool: #"{"urlContext":{}}"#, target: .anthropicMessages,
            sent: #"[{"type":"web_fetch_20250910","name":"web_fetch"}]"#),
        Sent(
            origin: .anthropicMessages,
            tool: #"{"type":"web_fetch_20250910","name":"web_fetch","max_content_tokens":9}"#,
            target: .gemini, sent: #"[{"urlContext":{}}]"#, losses: ["tools.max_content_tokens:unsupported"]),
        Sent(
            origin: .gemini, tool: #"{"urlContext":{}}"#, target: .openAIResponses, sent: #"[{"type":"web_search"}]"#,
            losses: ["tools.web_fetch:replaced"]),
        Sent(
            origin: .anthropicMessages,
            tool:
                #"{"type":"web_fetch_20250910","name":"web_fetch"},{"type":"web_search_20250305","name":"web_search"}"#,
            target: .openAIResponses, sent: #"[{"type":"web_search"}]"#, losses: ["tools.web_fetch:replaced"]),
    ]

    @Test(arguments: searches + others)
    func isSentAsTheTargetKnowsIt(_ tool: Sent) throws {
        let result = try send(#""tools":[\#(tool.tool)]"#, from: tool.origin, to: tool.target)
        #expect(result.text("tools") == tool.sent)
        #expect(result.losses == tool.losses)
        #expect(result.encoded.betas == [])
    }

    @Test func onlyVertexIsToldWhereNotToSearch() throws {
        let tool = #""tools":[{"type":"web_search_20250305","name":"web_search","blocked_domains":["b.example"]}]"#
        let vertex = try send(tool, from: .anthropicMessages, to: .gemini, provider: "vertex")
        #expect(vertex.text("tools") == #"[{"googleSearch":{"excludeDomains":["b.example"]}}]"# && vertex.losses == [])
        let gemini = try send(tool, from: .anthropicMessages, to: .gemini)
        #expect(gemini.losses == ["tools.blocked_domains:unsupported"])
    }

    @Test("functions stay beside hosted tools")
    func besideFunctions() throws {
        let tools = #""tools":[{"name":"f","input_schema":{"type":"object"}},\#(Self.claudeSearch)]"#
        let result = try send(tools, from: .anthropicMessages, to: .openAIResponses)
        #expect(result.text("tools.0.name") == #""f""# && result.text("tools.1.type") == #""web_search""#)
    }

    @Test("C028 a function of a hosted tool's name stays alone")
    func conflict() throws {
        let tools = #""tools":[{"type":"function","name":"web_search","parameters":{}},{"type":"web_search"}]"#
        let result = try send(tools, from: .openAIResponses, to: .anthropicMessages)
        #expect(result.text("tools.1") == nil && result.losses == ["tools.web_search:conflict"])
    }

    @Test("a search model of OpenAI's takes the search as options, and nothing else")
    func searchModels() throws {
        let result = try send(#""tools":[\#(Self.claudeSearch)]"#, from: .anthropicMessages, to: .openAIChat)
        #expect(
            result.text("web_search_options")
                == #"{"user_location":{"type":"approximate","approximate":{"city":"Lyon","country":"FR"}}}"#)
        #expect(result.text("tools") == nil)
        #expect(result.losses == ["tools.max_uses:unsupported", "tools.allowed_domains:unsupported"])
        let code = #""tools":[\#(Self.claudeSearch),{"type":"code_execution_20250825","name":"code_execution"}]"#
        #expect(geminiFailure { try send(code, from: .anthropicMessages, to: .openAIChat) }?.path == "tools")
    }

    @Test(
        "only the vendors' own endpoints run tools", arguments: [WireFormat.openAIResponses, .anthropicMessages],
        [
            (WireFormat.gemini, #"{"googleSearch":{}}"#), (.openAIResponses, #"{"type":"web_search"}"#),
            (.anthropicMessages, #"{"type":"web_search_20250305","name":"web_search"}"#),
        ])
    func elsewhere(target: WireFormat, tool: (origin: WireFormat, tool: String)) {
        guard tool.origin != target else { return }
        let error = geminiFailure {
            try send(#""tools":[\#(tool.tool)]"#, from: tool.origin, to: target, provider: "acme")
        }
        #expect(error?.code == .unsupported && error?.path == "tools")
    }

    @Test(
        "what names things only its provider keeps is refused",
        arguments: [
            #"{"type":"code_interpreter","container":"cntr_1"}"#,
            #"{"type":"code_interpreter","container":{"type":"auto","file_ids":["file_1"]}}"#,
            #"{"type":"file_search","vector_store_ids":["v"]}"#,
            #"{"type":"mcp","server_label":"d","connector_id":"connector_gmail","require_approval":"never"}"#,
            #"{"type":"mcp","server_label":"d","server_url":"https://e"}"#,
            #"{"type":"mcp","server_label":"d","server_url":"https://e","require_approval":"always"}"#,
            #"{"type":"mcp","server_label":"d","server_url":"https://e","require_approval":"never","allowed_tools":{"read_only":true}}"#,
        ], [WireFormat.anthropicMessages, .gemini])
    func refused(tool: String, target: WireFormat) {
        let error = geminiFailure { try send(#""tools":[\#(tool)]"#, from: .openAIResponses, to: target) }
        #expect(error?.code == .unsupported && error?.path?.hasPrefix("tools") == true)
    }

    // MARK: Servers

    @Test func aServerOfOpenAIsIsAToolsetOfAnthropics() throws {
        let result = try send(#""tools":[\#(Self.server)]"#, from: .openAIResponses, to: .anthropicMessages)
        #expect(
            result.text("tools")
                == #"[{"type":"mcp_toolset","mcp_server_name":"docs","default_config":{"enabled":false},"configs":{"find":{"enabled":true},"read":{"enabled":true}}}]"#
        )
        #expect(
            result.text("mcp_servers")
                == #"[{"type":"url","name":"docs","url":"https://mcp.example/","authorization_token":"secret"}]"#)
        #expect(result.encoded.betas == ["mcp-client-2025-11-20"] && result.losses == [])
        let plain = try send(#""tools":[\#(Self.plainServer)]"#, from: .openAIResponses, to: .anthropicMessages)
        #expect(plain.text("tools") == #"[{"type":"mcp_toolset","mcp_server_name":"docs"}]"#)
        #expect(plain.text("mcp_servers.0.authorization_token") == #""secret""#)
        #expect(plain.losses == ["tools.headers:unsupported"])
    }

    static let definition =
        #""mcp_servers":[{"type":"url","name":"docs","url":"https://mcp.example/","authorization_token":"secret"}]"#

    @Test(
        "a toolset of Anthropic's is a server of OpenAI's",
        arguments: [
            (#"{"type":"mcp_toolset","mcp_server_name":"docs"}"#, ""),
            (
                #"{"type":"mcp_toolset","mcp_server_name":"docs","default_config":{"enabled":false},"configs":{"find":{"enabled":true},"x":{}}}"#,
                #""allowed_tools":["find"],"#
            ),
        ])
    func toolsets(toolset: String, allowed: String) throws {
        let result = try send(
            #"\#(Self.definition),"tools":[\#(toolset)]"#, from: .anthropicMessages, to: .openAIResponses)
        #expect(
            result.text("tools")
                == #"[{"type":"mcp","server_label":"docs","server_url":"https://mcp.example/","authorization":"secret",\#(allowed)"require_approval":"never"}]"#
        )
        #expect(result.losses == [])
    }

    @Test("servers of the first version need no toolset, and may be off")
    func firstVersion() throws {
        let servers =
            #""mcp_servers":[{"type":"url","name":"a","url":"https://a","tool_configuration":{"allowed_tools":["f"]}},{"type":"url","name":"b","url":"https://b","tool_configuration":{"enabled":false}}]"#
        let result = try send(servers, from: .anthropicMessages, to: .openAIResponses)
        #expect(
            result.text("tools")
                == #"[{"type":"mcp","server_label":"a","server_url":"https://a","allowed_tools":["f"],"require_approval":"never"}]"#
        )
    }

    @Test func googleTakesServersAsTheyAre() throws {
        let result = try send(#""tools":[\#(Self.plainServer)]"#, from: .openAIResponses, to: .gemini)
        #expect(
            result.text("tools")
                == #"[{"mcpServers":[{"name":"docs","streamableHttpTransport":{"url":"https://mcp.example/","headers":{"Authorization":"Bearer secret","X-Team":"1"}}}]}]"#
        )
        #expect(result.losses == [])
        let back = try send(
            #""tools":[{"mcpServers":[{"name":"docs","streamableHttpTransport":{"url":"https://mcp.example/","headers":{"Authorization":"Bearer secret"},"timeout":"3s"}}]}]"#,
            from: .gemini, to: .anthropicMessages)
        #expect(back.text("mcp_servers.0.authorization_token") == #""secret""#)
        #expect(back.losses == ["tools.timeout:unsupported"])
    }

    @Test("what a server may not do is never left out", arguments: [WireFormat.gemini, .openAIResponses])
    func restrictions(target: WireFormat) {
        let fields =
            #"\#(Self.definition),"tools":[\#(#"{"type":"mcp_toolset","mcp_server_name":"docs","configs":{"f":{"enabled":false}}}"#)]"#
        #expect(geminiFailure { try send(fields, from: .anthropicMessages, to: target) }?.path == "tools.configs")
        if target == .gemini {
            let error = geminiFailure { try send(#""tools":[\#(Self.server)]"#, from: .openAIResponses, to: .gemini) }
            #expect(error?.path == "tools.allowed_tools")
        }
    }

    @Test("servers are refused where nobody connects to them")
    func noServers() {
        let fields = #"\#(Self.definition),"tools":[{"type":"mcp_toolset","mcp_server_name":"docs"}]"#
        for (target, provider) in [(WireFormat.openAIChat, "openai"), (.openAIResponses, "acme"), (.gemini, "vertex")] {
            let error = geminiFailure { try send(fields, from: .anthropicMessages, to: target, provider: provider) }
            #expect(error?.path == "mcp_servers")
        }
    }

    // MARK: Choices

    @Test func aChoiceOfAHostedToolIsKeptWhereItCanBe() throws {
        let search = #""tools":[{"type":"web_search"}],"tool_choice":{"type":"web_search"}"#
        let claude = try send(search, from: .openAIResponses, to: .anthropicMessages)
        #expect(claude.text("tool_choice") == #"{"type":"tool","name":"web_search"}"# && claude.losses == [])
        let named = #""tools":[\#(Self.claudeSearch)],"tool_choice":{"type":"tool","name":"web_search"}"#
        #expect(
            try send(named, from: .anthropicMessages, to: .openAIResponses).text("tool_choice")
                == #"{"type":"allowed_tools","mode":"required","tools":[{"type":"web_search"}]}"#)
        for (fields, origin) in [(search, WireFormat.openAIResponses), (named, .anthropicMessages)] {
            let gemini = try send(fields, from: origin, to: .gemini)
            #expect(gemini.text("toolConfig") == nil && gemini.losses.contains("tool_choice:unsupported"))
        }
        let server = #""tools":[\#(Self.server)],"tool_choice":{"type":"mcp","server_label":"docs"}"#
        let toolset = try send(server, from: .openAIResponses, to: .anthropicMessages)
        #expect(toolset.text("tool_choice.type") == #""auto""# && toolset.losses == ["tool_choice:unsupported"])
    }

    @Test("what the tools did is asked for where it does not come by itself")
    func includes() throws {
        let code = #""tools":[{"type":"code_execution_20260521","name":"code_execution"},\#(Self.claudeSearch)]"#
        #expect(
            try send(code, from: .anthropicMessages, to: .openAIResponses).text("include")
                == #"["web_search_call.action.sources","code_interpreter_call.outputs","reasoning.encrypted_content"]"#)
        #expect(
            try send(#""web_search_options":{}"#, from: .openAIChat, to: .openAIResponses).text("include")
                == #"["reasoning.encrypted_content"]"#)
    }
}
