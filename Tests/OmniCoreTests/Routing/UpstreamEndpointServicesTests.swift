import OmniTranslate
import Testing

@testable import OmniCore

/// Where services other than chat lie beside an upstream's chat operation.
@Suite struct UpstreamEndpointServicesTests {
    struct Place: Sendable, CustomStringConvertible {
        var chat: String
        var dialect: RerankDialect
        var model = "m"
        var rerank: String
        var description: String { rerank }
    }

    static let places = [
        Place(
            chat: "https://api.cohere.ai/compatibility/v1/chat/completions", dialect: .cohere,
            rerank: "https://api.cohere.ai/v2/rerank"),
        Place(chat: "https://api.cohere.com/v2", dialect: .cohere, rerank: "https://api.cohere.com/v2/rerank"),
        Place(
            chat: "https://api.fireworks.ai/inference/v1/chat/completions", dialect: .fireworks,
            rerank: "https://api.fireworks.ai/inference/v1/rerank"),
        Place(chat: "http://localhost:8080", dialect: .compatible, rerank: "http://localhost:8080/v1/rerank"),
        Place(
            chat: "http://localhost:8080/v1?key=k", dialect: .compatible,
            rerank: "http://localhost:8080/v1/rerank?key=k"),
        Place(
            chat: "https://integrate.api.nvidia.com/v1/chat/completions", dialect: .nvidia,
            model: "nvidia/llama-3.2-nv-rerankqa-1b-v2",
            rerank: "https://ai.api.nvidia.com/v1/retrieval/nvidia/llama-3_2-nv-rerankqa-1b-v2/reranking"),
        Place(chat: "http://localhost:8000/v1", dialect: .nvidia, rerank: "http://localhost:8000/v1/ranking"),
    ]

    @Test(arguments: places) func rankingLiesBesideChat(place: Place) throws {
        let chat = try #require(UpstreamEndpoint(url: place.chat)).chatOperation(.openAIChat)
        let found = try #require(chat.rerankOperation(of: .openAIChat, dialect: place.dialect, model: place.model))
        #expect("\(found.scheme.rawValue)://\(found.authority)\(found.path)" == place.rerank)
    }

    @Test func onlyOpenAIsDialectJudges() throws {
        let chat = try #require(UpstreamEndpoint(url: "https://h/v1")).chatOperation(.openAIChat)
        #expect(chat.moderationOperation(of: .openAIChat)?.path == "/v1/moderations")
        #expect(chat.moderationOperation(of: .anthropicMessages) == nil)
    }

    @Test(arguments: [
        ("voyage", "h", EmbeddingDialect.voyage), ("jina", "h", .jina), ("mistral", "h", .mistral),
        ("nvidia", "h", .nvidia), ("cohere", "h", .cohere), ("node", "api.voyageai.com", .voyage),
        ("node", "api.jina.ai", .jina), ("node", "api.mistral.ai", .mistral),
        ("node", "integrate.api.nvidia.com", .nvidia), ("node", "api.cohere.com", .cohere), ("node", "h", .openAI),
    ])
    func embeddingsAreAskedForByProviderOrHost(provider: String, host: String, dialect: EmbeddingDialect) throws {
        let target = Target(
            provider: ProviderID(provider), connection: nil, model: "m", format: .openAIChat,
            endpoint: try #require(UpstreamEndpoint(url: "https://\(host)/v1")), headers: [],
            capabilities: ModelCapabilities.lookup(provider: provider, model: "m", maxOutput: nil), isNative: false)
        #expect(target.embeddingDialect(for: .openAI) == dialect)
    }
}
