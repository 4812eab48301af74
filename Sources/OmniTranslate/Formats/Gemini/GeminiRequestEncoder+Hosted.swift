import OmniJSON

extension GeminiRequestEncoder {
    /// Whether Google connects to servers of the Model Context Protocol here; Vertex does not.
    var takesServers: Bool { context.provider == "gemini" }

    /// The tools of another dialect's client that Google is to run.
    mutating func selectHostedTools(among tools: [Tool]) throws(TranslationError) {
        guard !isOwn else { return }
        for tool in try request.hostedTools(among: tools) {
            if let server = tool.server {
                guard takesServers else { throw tool.refusal }
                guard server.allowedTools == nil else {
                    throw TranslationError(
                        .unsupported, "this model is shown all tools of a server or none", at: "tools.allowed_tools")
                }
            }
            hosted.add(tool)
        }
    }

    /// Writes each as a `Tool` object of its own, the servers as one list.
    mutating func writeHostedTools() {
        for tool in hosted.tools where tool.kind != .mcpServer {
            writer.beginObject()
            switch tool.kind {
            case .webSearch, .mcpServer: writer.key("googleSearch")
            case .webFetch: writer.key("urlContext")
            case .codeExecution: writer.key("codeExecution")
            }
            writer.beginObject()
            for setting in tool.settings {
                // Only Vertex can be told where not to search.
                if setting.meaning == .blockedDomains, tool.kind == .webSearch, context.provider == "vertex" {
                    writer.key("excludeDomains")
                    writer.value(setting.value)
                } else {
                    report.add(setting.name)
                }
            }
            writer.endObject()
            writer.endObject()
        }
        writeServers()
    }

    private mutating func writeServers() {
        guard hosted.contains(.mcpServer) else { return }
        writer.beginObject()
        writer.key("mcpServers")
        writer.beginArray()
        for tool in hosted.tools {
            for setting in tool.settings where tool.server != nil { report.add(setting.name) }
            if let server = tool.server { write(server) }
        }
        writer.endArray()
        writer.endObject()
    }

    private mutating func write(_ server: MCPServer) {
        writer.beginObject()
        writer.key("name")
        writer.value(server.label)
        writer.key("streamableHttpTransport")
        writer.beginObject()
        writer.key("url")
        writer.value(server.url)
        if server.token != nil || !server.headers.isEmpty {
            writer.key("headers")
            writer.beginObject()
            if let token = server.token {
                writer.key("Authorization")
                writer.value("Bearer " + token)
            }
            for header in server.headers {
                writer.key(header.name)
                writer.value(header.value)
            }
            writer.endObject()
        }
        writer.endObject()
        writer.endObject()
    }
}
