import OmniCore

/// What there is that may have a budget, and what it is called.
struct BudgetNames: Sendable {
    let keys: [ClientKeyID: String]
    let connections: [ConnectionID: String]
    let providers: ProviderNames
    /// Scopes with limits, in an order that stays.
    let limited: [LimitScope]

    init(_ configuration: RouterConfiguration, catalog: ProviderCatalog) {
        keys = Dictionary(configuration.clientKeys.map { ($0.id, $0.name) }) { first, _ in first }
        connections = Dictionary(configuration.connections.map { ($0.id, $0.name) }) { first, _ in first }
        providers = ProviderNames(nodes: configuration.nodes, catalog: catalog)
        limited = configuration.limits.keys.sorted { $0.text < $1.text }
    }

    /// The scope that is meant; nil when none is named.
    ///
    /// - Throws: 400 for more than one and for what can be none, 404 for what does not exist.
    func scope(
        keyID: String?, connectionID: String?, model: String?, scope: String?
    ) throws -> LimitScope? {
        let named = [keyID, connectionID, model].compactMap(\.self)
        guard named.count <= 1 else { throw ManagementError.invalid("keyId", "names one scope of several") }
        if let keyID {
            guard keys[ClientKeyID(keyID)] != nil else { throw ManagementError.notFound("client key") }
            return .clientKey(ClientKeyID(keyID))
        }
        if let connectionID {
            guard connections[ConnectionID(connectionID)] != nil else { throw ManagementError.notFound("connection") }
            return .connection(ConnectionID(connectionID))
        }
        if let model {
            guard let slash = model.firstIndex(of: "/"), model.index(after: slash) < model.endIndex else {
                throw ManagementError.invalid("model", "must be written provider/model")
            }
            let provider = try providers.id(of: String(model[..<slash]), path: "model")
            return .model(provider: provider, model: model[model.index(after: slash)...].lowercased())
        }
        guard let scope else { return nil }
        guard scope == "global" else {
            throw ManagementError.invalid(
                "scope", "must be 'global'; name others by 'keyId', 'connectionId' or 'model'")
        }
        return .global
    }
}
