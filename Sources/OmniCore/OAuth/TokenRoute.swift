/// The way to a token server: the one the account's own requests take, as far as proxies go.
struct TokenRoute: Sendable {
    let proxies: ProxyResolver
    let provider: ProviderID
    /// nil before there is an account.
    let connection: ConnectionID?

    /// - Parameter name: as a person wrote it: a provider's id or alias, a node's id or prefix.
    init(
        _ name: String, of connection: ConnectionID?, in configuration: RouterConfiguration, catalog: ProviderCatalog
    ) {
        self.connection = connection
        proxies = configuration.proxyResolver(in: catalog)
        let node = configuration.nodes.first { $0.id.rawValue == name || $0.prefix == name }
        provider = node.map { ProviderID($0.id.rawValue) } ?? catalog[name]?.id ?? ProviderID(name)
    }

    func carrier(to endpoint: UpstreamEndpoint) -> UpstreamCarrier {
        proxies.resolution(connection: connection, provider: provider, to: endpoint).carrier
    }
}
