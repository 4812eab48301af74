public import OmniJSON

/// What a client key may use.
public struct ClientKeyLimits: Sendable, Hashable {
    /// Names of models, aliases or combos, or patterns with `*` and `?`; empty for all.
    ///
    /// A combo or alias that is listed may be used with all that it leads to; of others what is listed remains.
    public var models: [String] = []
    /// Empty for all.
    ///
    /// Ids of connections that are gone stay, so that a key never gets more than it was given.
    public var connections: [ConnectionID] = []

    public init() {}

    public var isUnlimited: Bool { models.isEmpty && connections.isEmpty }

    /// Takes over the members that are there; `null` lifts a limit.
    public mutating func merge(_ fields: JSONFields) throws(FieldFault) {
        if fields.has("allowedModels") { models = try fields.strings("allowedModels", maximum: 400) ?? [] }
        if fields.has("allowedConnections") {
            connections = (try fields.strings("allowedConnections", maximum: 200) ?? []).map { ConnectionID($0) }
        }
    }

    /// The members ``merge(_:)`` reads, in an object that was begun.
    public func writeMembers(into writer: inout JSONWriter) {
        writer.strings("allowedModels", models)
        writer.strings("allowedConnections", connections.map(\.rawValue))
    }
}
