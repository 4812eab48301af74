/// A model a person added to a provider or node.
///
/// It stands in the lists like those of the catalogue; one of the same id takes that one's place.
public struct CustomModel: Sendable, Hashable {
    /// A provider of the catalogue, or the id of a node.
    public var provider: ProviderID
    /// As the upstream spells it; models of one provider differ in more than case.
    public var id: String
    public var name: String
    /// One of ``ModelDescription/kinds``.
    public var kind = "chat"
    /// In tokens.
    public var contextWindow: Int?
    public var maxOutputTokens: Int?
    /// How many numbers its embeddings have unless asked otherwise.
    public var dimensions: Int?
    public var capabilities: Set<ModelCapability> = []
    /// `manual`, or `imported` when it came from the upstream's own list.
    public var source = "manual"
    /// Milliseconds since 1970, like every time here.
    public var createdAt: Int64
    public var updatedAt: Int64

    public init(provider: ProviderID, id: String, name: String? = nil, createdAt: Int64 = 0, updatedAt: Int64 = 0) {
        self.provider = provider
        self.id = id
        self.name = name ?? id
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// The same as the catalogue would describe it.
    public var description: ModelDescription {
        var model = ModelDescription(
            id: id, name: name, kind: kind, contextWindow: contextWindow, maxOutputTokens: maxOutputTokens)
        model.capabilities = capabilities
        model.dimensions = dimensions
        return model
    }
}

extension ModelDescription {
    /// What a model can be for.
    public static let kinds = ["chat", "embedding", "image", "audio", "rerank", "moderation", "video", "music"]
}

extension RouterConfiguration {
    /// The models of a provider: the catalogue's, then those that were added.
    public func models(of provider: ProviderDescription) -> [ModelDescription] {
        adding(customModels.filter { $0.provider == provider.id }, to: provider.models)
    }

    /// The models of a node: the default models of its active connections, then those that were added.
    public func models(of node: ProviderNode) -> [ModelDescription] {
        let id = ProviderID(node.id.rawValue)
        let connections = connections.filter { $0.provider == id && $0.isActive }
            .sorted { ($0.priority, $0.createdAt, $0.id.rawValue) < ($1.priority, $1.createdAt, $1.id.rawValue) }
        var known: [ModelDescription] = []
        for model in connections.compactMap(\.defaultModel) where !known.contains(where: { $0.id == model }) {
            known.append(ModelDescription(id: model, name: model, kind: "chat"))
        }
        return adding(customModels.filter { $0.provider == id }, to: known)
    }

    private func adding(_ custom: [CustomModel], to known: [ModelDescription]) -> [ModelDescription] {
        guard !custom.isEmpty else { return known }
        var models = known
        var positions: [String: Int] = [:]
        for (position, model) in known.enumerated() { positions[model.id.lowercased()] = position }
        for model in custom {
            if let position = positions[model.id.lowercased()] {
                models[position] = model.description
            } else {
                models.append(model.description)
            }
        }
        return models
    }
}
