extension RouterConfiguration {
    public func proxyResolver(in catalog: ProviderCatalog) -> ProxyResolver {
        ProxyResolver(proxies, environment: catalog.environmentProxies)
    }

    /// Which proxy leads from a connection to its upstream, also when the connection is switched off.
    /// - Parameter combos: those it is asked in, the innermost first.
    public func proxyResolution(
        of connection: Connection, combos: [ComboID] = [], in catalog: ProviderCatalog
    ) -> ProxyResolver.Resolution {
        var active = connection
        active.isActive = true
        var alone = RouterConfiguration(connections: [active], nodes: nodes)
        alone.oauth = oauth
        let account = RouteCompiler(configuration: alone, catalog: catalog).compile().ordered.lazy
            .flatMap(\.accounts).first { $0.connection == connection.id }
        // One that cannot be called has an address that no rule names.
        let endpoint = account?.endpoint ?? UpstreamEndpoint(scheme: .https, host: "", port: 443, path: "/")
        return proxyResolver(in: catalog).resolution(
            connection: connection.id, provider: connection.provider, combos: combos, to: endpoint)
    }
}
