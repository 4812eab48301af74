import OmniCore
import OmniTranslate

/// A small catalogue, so that tests do not depend on the real one.
enum RoutingFixture {
    static let catalog = ProviderCatalog(
        providers: [
            provider(
                "openai", url: "https://openai.example/v1/chat/completions", models: ["gpt-4o", "gpt-4o-mini", "twin"]),
            provider(
                "anthropic", aliases: ["cc", "claude"], format: .anthropicMessages,
                url: "https://anthropic.example/v1/messages", models: ["claude-opus-4-6"]),
            provider(
                "codex", aliases: ["cx"], url: "https://cx.example/v1/chat/completions", models: ["twin", "triplet"]),
            provider("gemini-cli", aliases: ["gc"], url: "https://gc.example/v1/chat/completions", models: ["triplet"]),
            provider(
                "deepseek", aliases: ["ds"], url: "https://ds.example/chat/completions", models: ["deepseek-chat"]),
            provider("nebius", url: "https://nebius.example/v1/chat/completions", models: ["Qwen/Qwen3-32B"]),
            provider(
                "walled", url: nil, models: ["secret-1"],
                restriction: "its terms allow no third parties; give a baseUrl"),
            provider("accounted", url: "https://host.example/{account}/chat/completions", models: ["acc-1"]),
            provider(
                "keyless", url: "http://127.0.0.1:11434/v1/chat/completions", models: ["free-1"], isOptional: true),
            provider(
                "queried", url: "https://q.example/chat/completions", models: ["q-1"],
                authentication: .init(header: nil, queryParameter: "key")),
            ProviderDescription(
                id: ProviderID("embedder"), name: "Embedder", chatFormat: nil,
                authentication: .init(header: "authorization", prefix: "Bearer ")),
            ProviderDescription(
                id: ProviderDescription.simulatorID, name: "Simulator", chatFormat: .openAIChat,
                authentication: .init(header: nil, isOptional: true),
                models: [ModelDescription(id: "echo", name: "Echo", kind: "chat")]),
        ], excluded: ["retired": "it was shut down in 2025"])

    /// One active account with a key at each provider named.
    static func configuration(_ providers: String..., aliases: [ModelAlias] = []) -> RouterConfiguration {
        RouterConfiguration(connections: providers.map { connection($0) }, nodes: [node()], aliases: aliases)
    }

    static func snapshot(_ configuration: RouterConfiguration) -> CatalogSnapshot {
        CatalogSnapshot(configuration: configuration, catalog: catalog)
    }

    static func connection(
        _ provider: String, id: String? = nil, priority: Int = 1, isActive: Bool = true, baseURL: String? = nil,
        key: String? = "key-1", createdAt: Int64 = 0
    ) -> Connection {
        Connection(
            id: ConnectionID(id ?? "account-\(provider)"), provider: ProviderID(provider), name: id ?? provider,
            priority: priority, isActive: isActive, baseURL: baseURL, credential: key.map { Credential(apiKey: $0) },
            createdAt: createdAt)
    }

    static func node(
        _ id: String = "node-1", prefix: String = "local", type: ProviderNode.Kind = .openAICompatible
    ) -> ProviderNode {
        ProviderNode(
            id: ProviderNodeID(id), name: id, prefix: prefix, type: type, apiType: .chat,
            baseURL: "http://127.0.0.1:8000/v1")
    }

    private static func provider(
        _ id: String, aliases: [String] = [], format: WireFormat = .openAIChat, url: String?, models: [String],
        restriction: String? = nil, isOptional: Bool = false, authentication: ProviderDescription.Authentication? = nil
    ) -> ProviderDescription {
        ProviderDescription(
            id: ProviderID(id), aliases: aliases, name: id, chatFormat: format, chatURL: url,
            authentication: authentication
                ?? .init(
                    header: format == .anthropicMessages ? "X-Api-Key" : "Authorization",
                    prefix: format == .anthropicMessages ? "" : "Bearer ", isOptional: isOptional),
            staticHeaders: [("X-Static", "1")],
            models: models.map { ModelDescription(id: $0, name: "Model \($0)", kind: "chat", maxOutputTokens: 4096) }
                + [ModelDescription(id: "\(id)-embedding", name: "Embedding", kind: "embedding")],
            restriction: restriction)
    }
}
