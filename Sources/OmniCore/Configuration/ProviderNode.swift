/// A custom endpoint that speaks a known format, reached as `<prefix>/<model>`.
public struct ProviderNode: Sendable, Hashable {
    public enum Kind: String, Sendable, Codable, CaseIterable {
        case openAICompatible = "openai-compatible"
        case anthropicCompatible = "anthropic-compatible"
        case geminiCompatible = "gemini-compatible"
        case ollamaCompatible = "ollama-compatible"
    }

    public enum APIType: String, Sendable, Codable, CaseIterable { case chat, responses }

    public var id: ProviderNodeID
    public var name: String
    public var prefix: String
    public var type: Kind
    /// Which of OpenAI's interfaces; nil for other types.
    public var apiType: APIType?
    public var baseURL: String
    public var createdAt: Int64
    public var updatedAt: Int64

    public init(
        id: ProviderNodeID, name: String, prefix: String, type: Kind, apiType: APIType? = nil, baseURL: String,
        createdAt: Int64 = 0, updatedAt: Int64 = 0
    ) {
        self.id = id
        self.name = name
        self.prefix = prefix
        self.type = type
        self.apiType = apiType
        self.baseURL = baseURL
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}
