import OmniCore

/// Providers as people write them and as answers show them.
struct ProviderNames: Sendable {
    let nodes: [ProviderNode]
    let catalog: ProviderCatalog

    /// A provider of the catalogue by id or alias, or a node by id or prefix.
    func id(of name: String) -> ProviderID? {
        let lowercased = name.lowercased()
        if let node = nodes.first(where: { $0.id.rawValue == name || $0.prefix == lowercased }) {
            return ProviderID(node.id.rawValue)
        }
        return catalog[name]?.id
    }

    /// Like ``id(of:)``, for a name that is a member.
    func id(of name: String, path: String) throws(FieldFault) -> ProviderID {
        guard let id = id(of: name) else { throw FieldFault(path, "unknown provider or node") }
        return id
    }

    /// What stands before a provider's models: a node's prefix, else the id.
    func name(of id: ProviderID) -> String {
        nodes.first { $0.id.rawValue == id.rawValue }?.prefix ?? id.rawValue
    }
}
