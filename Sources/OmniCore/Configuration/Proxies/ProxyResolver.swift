/// Decides which proxy leads to an upstream.
///
/// The narrowest choice counts: connection, combo in use, provider, all, and at last the environment's. What is meant for
/// many upstreams (a combo's, the global one, the environment's) does not count for those on the list of exceptions.
public struct ProxyResolver: Sendable {
    /// What was found, and where.
    public struct Resolution: Sendable, Hashable {
        public enum Source: String, Sendable {
            case key, combo, provider, global, environment
            /// Nobody chose anything.
            case direct
        }

        /// nil for none.
        public var proxy: NetworkProxy?
        public var source: Source
        /// Of the connection, combo or provider.
        public var id: String?

        public var carrier: UpstreamCarrier { proxy.map { .proxy($0) } ?? .network }
    }

    private let settings: ProxySettings
    private let environment: ProxyEnvironment

    public init(_ settings: ProxySettings, environment: ProxyEnvironment) {
        self.settings = settings
        self.environment = environment
    }

    /// - Parameters:
    ///   - connection: nil for calls that are no account's, such as a login.
    ///   - combos: those the target is reached through, the innermost first.
    public func resolution(
        connection: ConnectionID?, provider: ProviderID, combos: [ComboID] = [], to endpoint: UpstreamEndpoint
    ) -> Resolution {
        if let connection, let choice = settings[.key, connection.rawValue] {
            return Resolution(choice, .key, connection.rawValue)
        }
        if let found = resolution(of: combos, to: endpoint) { return found }
        if let choice = settings[.provider, provider.rawValue] {
            return Resolution(choice, .provider, provider.rawValue)
        }
        if let choice = settings[.global, ""] {
            if !settings.options.bypass.contains(endpoint) { return Resolution(choice, .global, nil) }
        } else if let proxy = environment.proxy(to: endpoint), !settings.options.bypass.contains(endpoint) {
            return Resolution(.proxy(proxy), .environment, nil)
        }
        return Resolution(.direct, .direct, nil)
    }

    private func resolution(of combos: [ComboID], to endpoint: UpstreamEndpoint) -> Resolution? {
        for combo in combos {
            guard let choice = settings[.combo, combo.rawValue] else { continue }
            return settings.options.bypass.contains(endpoint) ? nil : Resolution(choice, .combo, combo.rawValue)
        }
        return nil
    }

    /// Whether a combo's proxy can make a difference.
    func isAnyOf(_ combos: [ComboID]) -> Bool { combos.contains { settings[.combo, $0.rawValue] != nil } }
}

extension ProxyResolver.Resolution {
    fileprivate init(_ choice: ProxyChoice, _ source: Source, _ id: String?) {
        switch choice {
        case .direct: proxy = nil
        case .proxy(let chosen): proxy = chosen
        }
        self.source = source
        self.id = id
    }
}
