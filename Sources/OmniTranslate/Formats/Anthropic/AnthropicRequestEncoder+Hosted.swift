import OmniJSON

extension AnthropicRequestEncoder {
    /// The beta in which toolsets of servers can be declared.
    static let serverBeta = "mcp-client-2025-11-20"

    /// The tools of another dialect's client that Anthropic is to run; its own clients' stay among the tools.
    mutating func selectHostedTools() throws(TranslationError) {
        guard request.origin != .anthropicMessages else { return }
        for tool in try request.hostedTools(among: tools) {
            guard context.provider == "anthropic" else { throw tool.refusal }
            if let name = tool.kind.anthropicName, tools.contains(where: { $0.name == name }) {
                // One name cannot stand for two tools, and the client's own it would miss.
                if tool.field == "tools" {
                    report.add("tools.\(name.string)", "conflict")
                } else {
                    report.add("web_search_options", "conflict")
                }
            } else {
                hosted.add(tool)
            }
        }
    }

    mutating func write(_ tool: HostedTool) {
        writer.beginObject()
        writer.key("type")
        switch tool.kind {
        case .webSearch: writer.value("web_search_20250305")
        case .webFetch: writer.value("web_fetch_20250910")
        case .codeExecution: writer.value("code_execution_20250825")
        case .mcpServer: writer.value("mcp_toolset")
        }
        if let name = tool.kind.anthropicName {
            writer.key("name")
            writer.value(name)
        }
        if let server = tool.server { writeToolset(server) }
        for setting in tool.settings { write(setting, of: tool.kind) }
        writer.endObject()
    }

    private mutating func write(_ setting: HostedTool.Setting, of kind: HostedTool.Kind) {
        switch (setting.meaning, kind) {
        case (.allowedDomains, .webSearch), (.allowedDomains, .webFetch):
            writer.key("allowed_domains")
            writer.value(setting.value)
        case (.blockedDomains, .webSearch), (.blockedDomains, .webFetch):
            writer.key("blocked_domains")
            writer.value(setting.value)
        case (.maximumUses, .webSearch), (.maximumUses, .webFetch):
            writer.key("max_uses")
            writer.value(setting.value)
        case (.userLocation, .webSearch):
            writer.key("user_location")
            HostedTool.write(location: setting.value, into: &writer)
        default: report.add(setting.name)
        }
    }

    private mutating func writeToolset(_ server: MCPServer) {
        writer.key("mcp_server_name")
        writer.value(server.label)
        guard let allowed = server.allowedTools else { return }
        writer.key("default_config")
        writer.raw(Array(#"{"enabled":false}"#.utf8)[...])
        writer.key("configs")
        writer.beginObject()
        for name in allowed {
            writer.key(name)
            writer.raw(Array(#"{"enabled":true}"#.utf8)[...])
        }
        writer.endObject()
    }

    /// Where the servers are whose tools were declared.
    mutating func writeServers() {
        let servers = hosted.tools.compactMap(\.server)
        guard !servers.isEmpty else { return }
        writer.key("mcp_servers")
        writer.beginArray()
        for server in servers {
            writer.beginObject()
            writer.key("type")
            writer.value("url")
            writer.key("name")
            writer.value(server.label)
            writer.key("url")
            writer.value(server.url)
            if let token = server.token {
                writer.key("authorization_token")
                writer.value(token)
            }
            writer.endObject()
            if !server.headers.isEmpty { report.add("tools.headers") }
        }
        writer.endArray()
    }

    /// The client's choice, with a hosted tool by the name it has here.
    var namedChoice: ToolChoice? {
        if let name = request.chosenHostedTool(among: hosted.tools)?.kind.anthropicName { return .named(name) }
        if case .allowed(_, let isRequired) = request.toolChoice { return isRequired ? .required : .auto }
        return request.toolChoice
    }
}

extension HostedTool.Kind {
    /// What Anthropic's model calls the tool; a server's tools have names of their own.
    var anthropicName: JSONText? {
        switch self {
        case .webSearch: "web_search"
        case .webFetch: "web_fetch"
        case .codeExecution: "code_execution"
        case .mcpServer: nil
        }
    }
}
