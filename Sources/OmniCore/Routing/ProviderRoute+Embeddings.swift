import OmniJSON
import OmniTranslate

extension ProviderRoute {
    /// Whether a model can do it, as far as anybody knows: lists are never complete.
    func serves(_ purpose: ModelPurpose, model: String) -> Bool {
        let lowered = model.lowercased()
        let chats = models.contains { $0.id.lowercased() == lowered }
        let embeds = embeddings.contains { $0.id.lowercased() == lowered }
        switch purpose {
        case .chat: return chats || !embeds
        case .embedding: return format != .anthropicMessages && (embeds || !chats)
        }
    }
}

extension ModelListing {
    /// The embedding models of every usable provider.
    static func embeddings(of routes: [ProviderRoute]) -> [ModelListing] {
        routes.filter { !$0.accounts.isEmpty }.flatMap { route in
            route.embeddings.map { model in
                ModelListing(
                    id: "\(route.prefix)/\(model.id)", name: model.name, owner: route.prefix,
                    contextWindow: model.contextWindow)
            }
        }
    }
}

extension Target {
    /// How its upstream wants requests for embeddings written; nil when it makes none.
    ///
    /// - Parameter client: how the client's request is written, which is kept where the upstream knows it.
    func embeddingDialect(for client: EmbeddingDialect) -> EmbeddingDialect? {
        switch format {
        case .openAIChat, .openAIResponses: endpoint.isCohere || provider == ProviderID("cohere") ? .cohere : .openAI
        case .gemini: client == .gemini ? .gemini : .geminiBatch
        case .ollama: .ollama
        case .anthropicMessages: nil
        }
    }
}
