import OmniJSON

extension CanonicalRequest {
    /// The tools another dialect's client wants its provider to run, wherever that dialect asks for them.
    ///
    /// - Parameter tools: those the model is to see. Anthropic's tools that the client runs are none of these.
    /// - Throws: ``TranslationError`` with `unsupported` for a tool, or a condition on one, that only its origin knows.
    func hostedTools(among tools: [Tool]) throws(TranslationError) -> [HostedTool] {
        var found: [HostedTool] = []
        for case .hosted(let part) in tools where AnthropicClientTool(part) == nil {
            let read: [HostedTool]
            switch part.origin {
            case .openAIResponses: read = try OpenAIResponsesHostedTools.read(part)
            case .anthropicMessages: read = try AnthropicHostedTools.read(part, of: self)
            case .gemini: read = try GeminiHostedTools.read(part)
            case .openAIChat, .ollama: read = []
            }
            guard !read.isEmpty else {
                throw TranslationError(
                    .unsupported, "the tool '\(part.type.string)' runs at another provider only", at: "tools")
            }
            found += read
        }
        if origin == .anthropicMessages { found += try AnthropicHostedTools.serversWithoutToolset(of: self) }
        if let search = searchOptions { found.append(search) }
        return found
    }

    /// Chat's search, which is a field and not a tool.
    private var searchOptions: HostedTool? {
        guard origin == .openAIChat,
            let options = vendorFields.last(where: { $0.name.equals("web_search_options") })?.value
        else { return nil }
        var tool = HostedTool(.webSearch, type: "web_search_options", field: "web_search_options")
        tool.addSettings(of: options, except: ["user_location"], prefix: "web_search_options.")
        if let place = options.present("user_location")?.present("approximate") {
            tool.settings.append(
                .init(meaning: .userLocation, name: "web_search_options.user_location", value: place))
        }
        return tool
    }

    /// The kind of hosted tool the client's choice names; nil for any other choice.
    func chosenHostedTool(among hosted: [HostedTool]) -> HostedTool? {
        switch toolChoice {
        case .hosted(let value):
            guard let type = value["type"]?.text else { return nil }
            if type.equals("mcp") {
                let label = value["server_label"]?.text
                return hosted.first { $0.server.map { $0.label == label } ?? false }
            }
            return hosted.first { $0.type == type }
        case .named(let name):
            guard !tools.contains(where: { $0.name == name }) else { return nil }
            // Anthropic's tools are called by the name in their declaration.
            let declared = tools.first {
                if case .hosted(let part) = $0 { part.raw["name"]?.text == name } else { false }
            }
            guard case .hosted(let part) = declared else { return nil }
            return hosted.first { $0.type == part.type }
        case .auto, ToolChoice.none?, .required, .allowed, nil: return nil
        }
    }
}

/// The hosted tools a target was sent, less those that would stand there twice.
struct HostedToolSelection {
    private(set) var tools: [HostedTool] = []

    /// Adds a tool unless one of its kind is there; of servers there may be several.
    mutating func add(_ tool: HostedTool) {
        if tool.kind == .mcpServer || !contains(tool.kind) { tools.append(tool) }
    }

    func contains(_ kind: HostedTool.Kind) -> Bool { tools.contains { $0.kind == kind } }
}
