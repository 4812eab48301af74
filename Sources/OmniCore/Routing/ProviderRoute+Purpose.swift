import OmniJSON
import OmniTranslate

extension ProviderRoute {
    /// Whether a model can do it, as far as anybody knows: lists are never complete.
    func serves(_ purpose: ModelPurpose, model: String) -> Bool {
        let lowered = model.lowercased()
        guard isPossible(purpose) else { return false }
        func lists(_ purpose: ModelPurpose) -> Bool {
            models(for: purpose).contains { $0.id.lowercased() == lowered }
        }
        if lists(purpose) { return true }
        // Models that make images or speak often chat as well.
        guard purpose != .chat else { return ![.embedding, .rerank, .moderation].contains(where: lists) }
        return modelID(matching: model) == nil
    }

    /// Whether its dialect has such an endpoint at all.
    private func isPossible(_ purpose: ModelPurpose) -> Bool {
        guard kinds.isEmpty || kinds.contains(purpose.kind) else { return false }
        switch purpose {
        case .chat: return !isChatless
        case .transcription: return format == .openAIChat || format == .openAIResponses
        // Anthropic's dialect has nothing but chat.
        default: return format != .anthropicMessages
        }
    }

    /// What a model is known to do, after its name.
    func deed(of model: String) -> String {
        let lowered = model.lowercased()
        let purpose = ModelPurpose.allCases.first { purpose in
            models(for: purpose).contains { $0.id.lowercased() == lowered }
        }
        if let purpose { return purpose.deed }
        guard kinds.isEmpty else { return "is of a provider for \(kinds.sorted().joined(separator: " and "))" }
        if isChatless { return "is of a provider without chat" }
        return format == .anthropicMessages
            ? "is of a provider that only chats" : "is of a provider without this service"
    }

    func models(for purpose: ModelPurpose) -> [ListedModel] {
        purpose == .chat ? models : otherModels[purpose.kind] ?? []
    }
}

extension ModelListing {
    /// The models of every usable provider that serve a purpose.
    static func models(for purpose: ModelPurpose, of routes: [ProviderRoute]) -> [ModelListing] {
        routes.filter { !$0.accounts.isEmpty }.flatMap { route in
            route.models(for: purpose).map { model in
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
        case .openAIChat, .openAIResponses: openAIEmbeddingDialect
        case .gemini: client == .gemini ? .gemini : .geminiBatch
        case .ollama: .ollama
        case .anthropicMessages: nil
        }
    }

    /// By provider, for its connections may have addresses of their own; by host, for nodes.
    private var openAIEmbeddingDialect: EmbeddingDialect {
        if endpoint.isCohere { return .cohere }
        switch provider.rawValue {
        case "cohere": return .cohere
        case "mistral": return .mistral
        case "nvidia": return .nvidia
        case "voyage": return .voyage
        case "jina": return .jina
        default: break
        }
        return switch endpoint.host {
        case "api.mistral.ai": .mistral
        case UpstreamEndpoint.nvidiaHost: .nvidia
        case "api.voyageai.com": .voyage
        case "api.jina.ai": .jina
        default: .openAI
        }
    }
}
