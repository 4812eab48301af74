/// The limits of one client key, prepared for planning.
struct KeyAllowance: Sendable {
    private let patterns: [[UInt8]]
    private let connections: Set<ConnectionID>

    /// - Parameter routes: by lower-case name; a provider's other names in patterns are brought to the one it is listed by.
    init(_ limits: ClientKeyLimits, routes: [String: ProviderRoute]) {
        patterns = limits.models.map { model in
            guard let slash = model.firstIndex(of: "/"), let route = routes[model[..<slash].lowercased()] else {
                return Array(model.lowercased().utf8)
            }
            return Array("\(route.prefix)\(model[slash...])".lowercased().utf8)
        }
        connections = Set(limits.connections)
    }

    private init(connections: Set<ConnectionID>) {
        patterns = []
        self.connections = connections
    }

    /// The same for what lies behind a name: all of it, as far as models go, when the name itself is listed.
    func opening(_ names: String...) -> KeyAllowance {
        patterns.isEmpty || !names.contains(where: isListed) ? self : KeyAllowance(connections: connections)
    }

    func permits(_ route: ProviderRoute, model: String) -> Bool {
        patterns.isEmpty || isListed("\(route.prefix)/\(model)") || isListed(model)
    }

    /// Providers without accounts are no connections.
    func permits(_ connection: ConnectionID?) -> Bool {
        connections.isEmpty || connection.map(connections.contains) ?? true
    }

    private func isListed(_ name: String) -> Bool {
        let name = Array(name.lowercased().utf8)
        return patterns.contains { WildcardAliases.matches($0, name) }
    }
}
