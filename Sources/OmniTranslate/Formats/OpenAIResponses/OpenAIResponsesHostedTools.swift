import OmniJSON

/// Reads the tools OpenAI runs, as far as other providers run them too.
enum OpenAIResponsesHostedTools {
    /// - Returns: nothing for tools only OpenAI has.
    static func read(_ part: UnknownPart) throws(TranslationError) -> [HostedTool] {
        let type = part.type.string
        if type.hasPrefix("web_search") { return [search(part)] }
        if type == "code_interpreter" { return [try code(part)] }
        return type == "mcp" ? [try server(part)] : []
    }

    private static func search(_ part: UnknownPart) -> HostedTool {
        var tool = HostedTool(.webSearch, type: part.type)
        tool.addSettings(of: part.raw, except: ["type", "filters"], prefix: "tools.")
        if let filters = part.raw.present("filters") {
            tool.addSettings(of: filters, except: [], prefix: "tools.filters.")
        }
        return tool
    }

    /// A container of its own is what every provider makes; one that is there already, or files in it, nobody else has.
    private static func code(_ part: UnknownPart) throws(TranslationError) -> HostedTool {
        var tool = HostedTool(.codeExecution, type: part.type)
        tool.addSettings(of: part.raw, except: ["type", "container"], prefix: "tools.")
        guard let container = part.raw.present("container") else { return tool }
        guard container.kind == .object, container.present("file_ids")?.hasElements != true
        else {
            throw TranslationError(.unsupported, "refers to what another provider keeps", at: "tools.container")
        }
        tool.addSettings(of: container, except: ["type", "file_ids"], prefix: "tools.container.")
        return tool
    }

    private static func server(_ part: UnknownPart) throws(TranslationError) -> HostedTool {
        let fields = try FieldReader(part.raw, path: "tools")
        guard let url = try fields.text("server_url") else {
            throw TranslationError(.unsupported, "the server can be reached by another provider only", at: "tools")
        }
        // Other providers call a server's tools without asking anybody; whoever wants to be asked must not be passed over.
        guard fields.value("require_approval")?.isString("never") ?? false else {
            throw TranslationError(
                .unsupported, "this model uses the tools of a server without asking; only `never` can be kept",
                at: "tools.require_approval")
        }
        var server = MCPServer(label: try fields.requiredText("server_label"), url: url)
        server.token = try fields.text("authorization")
        for header in fields.value("headers")?.members.map({ $0 }) ?? [] where header.value.text != nil {
            server.headers.append(VendorField(name: header.name, value: header.value))
        }
        server.takeTokenFromHeaders()
        server.allowedTools = try allowedTools(fields)
        var tool = HostedTool(.mcpServer, type: part.type)
        tool.server = server
        tool.addSettings(
            of: part.raw,
            except: [
                "type", "server_label", "server_url", "authorization", "headers", "allowed_tools", "require_approval",
            ], prefix: "tools.")
        return tool
    }

    private static func allowedTools(_ fields: FieldReader) throws(TranslationError) -> [JSONText]? {
        guard let allowed = fields.value("allowed_tools") else { return nil }
        if allowed.kind == .object {
            // What may only read is known to OpenAI; anybody else would be given the other tools too.
            guard allowed.present("read_only")?.bool != true else {
                throw TranslationError(
                    .unsupported, "this model cannot be held to tools that only read", at: "tools.allowed_tools")
            }
            return allowed.present("tool_names")?.elements.compactMap(\.text)
        }
        return allowed.elements.compactMap(\.text)
    }
}

extension MCPServer {
    /// A bearer token among the headers is what other dialects have a field for.
    mutating func takeTokenFromHeaders() {
        guard token == nil,
            let index = headers.firstIndex(where: { $0.name.string.lowercased() == "authorization" }),
            let value = headers[index].value.text, value.escaped.starts(with: Array("Bearer ".utf8))
        else { return }
        token = JSONText(escaped: value.escaped.dropFirst("Bearer ".utf8.count))
        headers.remove(at: index)
    }
}
