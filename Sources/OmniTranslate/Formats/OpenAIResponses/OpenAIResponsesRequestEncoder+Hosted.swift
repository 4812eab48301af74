import OmniJSON

extension OpenAIResponsesRequestEncoder {
    /// The tools of another dialect's client that OpenAI is to run; its own clients' stay among the tools.
    mutating func selectHostedTools(among tools: [Tool]) throws(TranslationError) {
        guard !isOwn else { return }
        let wanted = try request.hostedTools(among: tools)
        for tool in wanted {
            guard capabilities.isOpenAI else { throw tool.refusal }
            guard tool.kind == .webFetch else {
                hosted.add(tool)
                continue
            }
            // The search opens pages too, but it searches as well.
            report.add("tools.web_fetch", "replaced")
            if !wanted.contains(where: { $0.kind == .webSearch }) { hosted.add(tool) }
        }
    }

    mutating func write(_ tool: HostedTool) {
        writer.beginObject()
        writer.key("type")
        switch tool.kind {
        case .webSearch, .webFetch: writer.value("web_search")
        case .codeExecution:
            writer.value("code_interpreter")
            writer.key("container")
            writer.raw(Array(#"{"type":"auto"}"#.utf8)[...])
        case .mcpServer:
            writer.value("mcp")
            if let server = tool.server { write(server) }
        }
        for setting in tool.settings { write(setting, of: tool.kind) }
        writer.endObject()
    }

    private mutating func write(_ setting: HostedTool.Setting, of kind: HostedTool.Kind) {
        let isSearch = kind == .webSearch || kind == .webFetch
        switch setting.meaning {
        case .allowedDomains where isSearch:
            writer.key("filters")
            writer.beginObject()
            writer.key("allowed_domains")
            writer.value(setting.value)
            writer.endObject()
        case .contextSize where isSearch:
            writer.key("search_context_size")
            writer.value(setting.value)
        case .userLocation where isSearch:
            writer.key("user_location")
            HostedTool.write(location: setting.value, into: &writer)
        default: report.add(setting.name)
        }
    }

    private mutating func write(_ server: MCPServer) {
        writer.key("server_label")
        writer.value(server.label)
        writer.key("server_url")
        writer.value(server.url)
        if let token = server.token {
            writer.key("authorization")
            writer.value(token)
        }
        if !server.headers.isEmpty {
            writer.key("headers")
            writer.beginObject()
            for header in server.headers {
                writer.key(header.name)
                writer.value(header.value)
            }
            writer.endObject()
        }
        if let allowed = server.allowedTools {
            writer.key("allowed_tools")
            writer.beginArray()
            for name in allowed { writer.value(name) }
            writer.endArray()
        }
        // Nobody else asks before a call, and an answer that asks has no place in other dialects.
        writer.key("require_approval")
        writer.value("never")
    }

    /// Writes a choice of a hosted tool in the one form that takes every type of them.
    mutating func writeChoice(of tool: HostedTool) {
        writer.key("tool_choice")
        writer.beginObject()
        writer.key("type")
        writer.value("allowed_tools")
        writer.key("mode")
        writer.value("required")
        writer.key("tools")
        writer.beginArray()
        writer.beginObject()
        writer.key("type")
        switch tool.kind {
        case .webSearch, .webFetch: writer.value("web_search")
        case .codeExecution: writer.value("code_interpreter")
        case .mcpServer:
            writer.value("mcp")
            writer.key("server_label")
            writer.value(tool.server?.label ?? .empty)
        }
        writer.endObject()
        writer.endArray()
        writer.endObject()
    }

    /// What the answer must hold so that the client can be told what a hosted tool did; Chat could not say it.
    var hostedIncludes: [JSONText] {
        guard request.origin != .openAIChat else { return [] }
        var entries: [JSONText] = []
        if hosted.contains(.webSearch) || hosted.contains(.webFetch) {
            entries.append("web_search_call.action.sources")
        }
        if hosted.contains(.codeExecution) { entries.append("code_interpreter_call.outputs") }
        return entries
    }
}

// MARK: History

extension OpenAIResponsesRequestEncoder {
    /// Whether a call in the history can stand among the items.
    ///
    /// OpenAI's own go back as they were. Of others' only what a declared server was asked and answered is words alone;
    /// searches and code name what is kept at OpenAI.
    func canReplay(_ call: HostedCall) -> Bool {
        if call.isNative(to: .openAIResponses) { return true }
        guard case .server(let label, _, _) = call.action, call.outcome != nil else { return false }
        return declaresServer(label)
    }

    /// Whether this request declares a server of this label.
    private func declaresServer(_ label: JSONText) -> Bool {
        // What cannot be read is refused when the tools are written.
        let tools = isOwn ? [] : (try? request.hostedTools(among: request.tools)) ?? []
        return capabilities.isOpenAI && tools.contains { $0.server?.label == label }
    }

    mutating func write(_ call: HostedCall) {
        if call.isNative(to: .openAIResponses) {
            for piece in call.pieces { writer.value(piece.raw) }
        } else {
            OpenAIResponsesHostedCalls.write(call, id: StableID.text("mcp_", call.id.escaped), into: &writer)
        }
    }
}
