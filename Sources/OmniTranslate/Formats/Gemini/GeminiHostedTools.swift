import OmniJSON

/// Reads the tools Google runs, as far as other providers run them too.
enum GeminiHostedTools {
    /// - Parameter part: one member of a `Tool` object; its type is the member's name.
    /// - Returns: nothing for tools only Google has; several for a list of servers.
    static func read(_ part: UnknownPart) throws(TranslationError) -> [HostedTool] {
        let name = part.type
        if GeminiField.matches(name, "googleSearch") || GeminiField.matches(name, "googleSearchRetrieval") {
            return [tool(.webSearch, part)]
        }
        if GeminiField.matches(name, "urlContext") { return [tool(.webFetch, part)] }
        if GeminiField.matches(name, "codeExecution") { return [tool(.codeExecution, part)] }
        guard GeminiField.matches(name, "mcpServers") else { return [] }
        var servers: [HostedTool] = []
        for element in part.raw.elements {
            servers.append(try server(FieldReader(element, path: "tools", spelling: .camelOrSnake), part))
        }
        return servers
    }

    private static func tool(_ kind: HostedTool.Kind, _ part: UnknownPart) -> HostedTool {
        var tool = HostedTool(kind, type: part.type)
        tool.addSettings(of: part.raw, except: [], prefix: "tools.\(part.type.string).")
        return tool
    }

    private static func server(_ fields: FieldReader, _ part: UnknownPart) throws(TranslationError) -> HostedTool {
        guard let transport = try fields.reader("streamableHttpTransport") else {
            throw TranslationError(.unsupported, "the server can be reached by another provider only", at: "tools")
        }
        var server = MCPServer(label: try fields.requiredText("name"), url: try transport.requiredText("url"))
        for header in transport.value("headers")?.members.map({ $0 }) ?? [] where header.value.text != nil {
            server.headers.append(VendorField(name: header.name, value: header.value))
        }
        server.takeTokenFromHeaders()
        var tool = HostedTool(.mcpServer, type: part.type)
        tool.server = server
        for field in transport.further(than: ["url", "headers"]) {
            tool.settings.append(.init(meaning: .other, name: "tools.\(field.name.string)", value: field.value))
        }
        return tool
    }
}
