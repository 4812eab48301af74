import OmniTranslate

/// A provider or node as requests reach it: its names, its format and the connections in the order they are tried.
struct ProviderRoute: Sendable {
    /// One account with everything that is the same for all requests worked out.
    struct Account: Sendable {
        var connection: ConnectionID?
        var endpoint: UpstreamEndpoint
        /// Where the same account speaks the Responses format beside Chat.
        var responses: UpstreamEndpoint?
        var headers: [(name: String, value: String)]
        /// What of the headers may be renewed.
        var token: AccountToken?
        var options = AccountOptions()
        /// Outside combos.
        var proxy = ProxyResolver.Resolution(proxy: nil, source: .direct, id: nil)
    }

    var provider: ProviderID
    /// The name models are listed under.
    var prefix: String
    var format: WireFormat
    var isNative: Bool
    /// In the order of priority; empty when the provider has no usable connection.
    var accounts: [Account]
    /// Known models that chat, in the order of the catalogue.
    var models: [ListedModel]
    /// Known models that do something else, by kind.
    var otherModels: [String: [ListedModel]] = [:]
    /// Whether it has services, but no chat; the endpoints of its accounts are then its base URL.
    var isChatless = false
    /// Whether only the known models exist.
    var isClosedList = false
    /// What it does; empty when that is not limited.
    var kinds: Set<String> = []
    /// Why a connection needs a base URL of its own; nil for public interfaces.
    var restriction: String?

    struct ListedModel: Sendable {
        var id: String
        var name: String
        var contextWindow: Int?
        var maxOutputTokens: Int?
        /// Of its embeddings.
        var dimensions: Int?
    }

    /// The upstream's spelling of a model id, which people often write in another case.
    func modelID(matching name: String) -> String? {
        if models.contains(where: { $0.id == name }) { return name }
        let lowered = name.lowercased()
        if let model = models.first(where: { $0.id.lowercased() == lowered }) { return model.id }
        return otherModels.values.lazy.joined().first { $0.id.lowercased() == lowered }?.id
    }

    /// One target for each account, in order.
    /// - Parameter clientFormat: what the simulator speaks, since it knows every format.
    func targets(model: String, clientFormat: WireFormat) -> [Target] {
        let id = modelID(matching: model) ?? model
        let capabilities = ModelCapabilities.lookup(
            provider: provider.rawValue, model: id, maxOutput: models.first { $0.id == id }?.maxOutputTokens)
        // Chat cannot hold the reasoning state of other dialects; models for sound and search know nothing else.
        let isChatOnly =
            clientFormat == .openAIChat || clientFormat == .ollama || id.contains("audio") || id.contains("-search")
        let dimensions = otherModels[ModelPurpose.embedding.kind]?.first { $0.id == id }?.dimensions
        return accounts.map { account in
            var target = Target(
                provider: provider, connection: account.connection, model: id,
                format: account.endpoint.scheme == .simulator ? clientFormat : format, endpoint: account.endpoint,
                headers: account.headers, capabilities: capabilities, isNative: isNative)
            target.dimensions = dimensions
            if let responses = account.responses, !isChatOnly {
                target.format = .openAIResponses
                target.endpoint = responses
            }
            target.token = account.token
            if let proxy = account.proxy.proxy { target.carrier = .proxy(proxy) }
            return target
        }
    }
}
