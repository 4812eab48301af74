import OmniJSON

/// Reads the tools Anthropic runs, as far as other providers run them too.
enum AnthropicHostedTools {
    /// - Parameter request: holds the servers a toolset names.
    /// - Returns: nothing for tools only Anthropic has.
    static func read(_ part: UnknownPart, of request: CanonicalRequest) throws(TranslationError) -> [HostedTool] {
        let type = part.type.string
        if type.hasPrefix("web_search_") { return [tool(.webSearch, part)] }
        if type.hasPrefix("web_fetch_") { return [tool(.webFetch, part)] }
        if type.hasPrefix("code_execution_") { return [tool(.codeExecution, part)] }
        return type == "mcp_toolset" ? [try toolset(part, of: request)] : []
    }

    private static func tool(_ kind: HostedTool.Kind, _ part: UnknownPart) -> HostedTool {
        var tool = HostedTool(kind, type: part.type)
        tool.addSettings(of: part.raw, except: ["type", "name", "cache_control"], prefix: "tools.")
        return tool
    }

    // MARK: Servers

    private static func toolset(
        _ part: UnknownPart, of request: CanonicalRequest
    ) throws(TranslationError) -> HostedTool {
        let fields = try FieldReader(part.raw, path: "tools")
        let name = try fields.requiredText("mcp_server_name")
        guard let definition = servers(of: request).first(where: { $0["name"]?.text == name }) else {
            throw TranslationError(.invalid, "names a server that mcp_servers does not", at: "tools.mcp_server_name")
        }
        var tool = try server(definition, type: part.type)
        tool.addSettings(
            of: part.raw, except: ["type", "mcp_server_name", "cache_control", "default_config", "configs"],
            prefix: "tools.")
        let defaults = fields.value("default_config")
        let configurations = fields.value("configs")?.members.map { $0 } ?? []
        let deferred = configurations.map(\.value) + [defaults].compactMap { $0 }
        if let value = deferred.first(where: { $0.present("defer_loading")?.bool == true }) {
            tool.settings.append(.init(meaning: .other, name: "tools.defer_loading", value: value))
        }
        if defaults?.present("enabled")?.bool == false {
            tool.server?.allowedTools = configurations.filter { $0.value.present("enabled")?.bool == true }.map(\.name)
        } else if configurations.contains(where: { $0.value.present("enabled")?.bool == false }) {
            throw TranslationError(
                .unsupported, "this model can be shown the tools of a server by name, but not all save some",
                at: "tools.configs")
        }
        return tool
    }

    /// Servers of the field's first version, which needed no toolset.
    static func serversWithoutToolset(of request: CanonicalRequest) throws(TranslationError) -> [HostedTool] {
        var found: [HostedTool] = []
        for definition in servers(of: request) {
            let hasToolset = request.tools.contains { tool in
                guard case .hosted(let part) = tool, let name = part.raw["mcp_server_name"]?.text else { return false }
                return name == definition["name"]?.text
            }
            let configuration = definition.present("tool_configuration")
            guard !hasToolset, configuration?.present("enabled")?.bool != false else { continue }
            var tool = try server(definition, type: "mcp_servers")
            tool.server?.allowedTools = configuration?.present("allowed_tools")?.elements.compactMap(\.text)
            found.append(tool)
        }
        return found
    }

    private static func servers(of request: CanonicalRequest) -> [JSONValue] {
        request.vendorFields.filter { $0.name.equals("mcp_servers") }.flatMap { Array($0.value.elements) }
    }

    private static func server(_ definition: JSONValue, type: JSONText) throws(TranslationError) -> HostedTool {
        let fields = try FieldReader(definition, path: "mcp_servers")
        var server = MCPServer(label: try fields.requiredText("name"), url: try fields.requiredText("url"))
        server.token = try fields.text("authorization_token")
        var tool = HostedTool(.mcpServer, type: type)
        tool.server = server
        return tool
    }
}
