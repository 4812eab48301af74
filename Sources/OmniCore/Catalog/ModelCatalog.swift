/// All models of all providers and nodes, with what is known of each.
public struct ModelCatalog: Sendable {
    /// A provider or node with its models.
    public struct Group: Sendable {
        public var provider: ProviderID
        public var name: String
        /// What stands before its models' names.
        public var prefix: String
        /// Further prefixes that lead to it.
        public var aliases: [String]
        public var isNode: Bool
        /// Connections that are switched on.
        public var connections: Int
        /// Whether requests can be sent: the simulator needs no connection for it.
        public var isActive: Bool
        public var models: [Entry]
    }

    /// One model.
    public struct Entry: Sendable {
        public var model: ModelDescription
        /// Whether a person added it.
        public var isCustom: Bool
        /// nil when nobody knows what it costs.
        public var price: PriceRow?
        public var priceSource: PriceSource
    }

    /// Nodes first, as their prefixes are looked up first.
    public private(set) var groups: [Group] = []

    public init(configuration: RouterConfiguration, catalog: ProviderCatalog) {
        let routes = RouteCompiler(configuration: configuration, catalog: catalog).compile().routes
        let prices = configuration.prices(over: catalog.prices)
        let connections = Dictionary(grouping: configuration.connections.filter(\.isActive), by: \.provider)
        let custom = Dictionary(grouping: configuration.customModels, by: \.provider)
            .mapValues { Set($0.map { $0.id.lowercased() }) }
        func entries(_ models: [ModelDescription], of provider: ProviderID) -> [Entry] {
            models.map { model in
                Entry(
                    model: model, isCustom: custom[provider]?.contains(model.id.lowercased()) ?? false,
                    price: prices[provider, model.id],
                    priceSource: configuration.priceSource(provider, model.id, known: catalog.prices))
            }
        }
        for node in configuration.nodes {
            let id = ProviderID(node.id.rawValue)
            groups.append(
                Group(
                    provider: id, name: node.name, prefix: node.prefix, aliases: [], isNode: true,
                    connections: connections[id]?.count ?? 0,
                    isActive: !(routes[node.prefix.lowercased()]?.accounts.isEmpty ?? true),
                    models: entries(configuration.models(of: node), of: id)))
        }
        for provider in catalog.providers {
            let own = connections[provider.id] ?? []
            // Services without chat have no route; whoever gave a key meant to use it.
            let isKeyed = own.contains { $0.credential != nil || provider.authentication.isOptional }
            let isRouted = !(routes[provider.id.rawValue]?.accounts.isEmpty ?? true)
            groups.append(
                Group(
                    provider: provider.id, name: provider.name, prefix: provider.id.rawValue,
                    aliases: provider.aliases, isNode: false, connections: own.count,
                    isActive: provider.chatFormat == nil ? isKeyed : isRouted,
                    models: entries(configuration.models(of: provider), of: provider.id)))
        }
    }
}
