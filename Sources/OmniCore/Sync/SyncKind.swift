/// What a synchronised thing is.
public enum SyncKind: String, Sendable, Hashable, CaseIterable {
    case node, connection, oauth, combo, alias, model, policy, price, limit, key, setting, secret

    /// What a person decides about to have things of this kind synchronised.
    public var choice: SyncChoice {
        switch self {
        case .node, .connection, .oauth: .providers
        case .combo: .combos
        case .alias: .aliases
        case .model: .models
        case .policy: .policies
        case .price: .prices
        case .limit: .limits
        case .key: .keys
        case .setting: .settings
        case .secret: .secrets
        }
    }
}

/// What a person chooses to synchronise.
public enum SyncChoice: String, Sendable, Hashable, CaseIterable {
    /// Accounts without their keys, custom endpoints, and clients registered for OAuth without their secrets.
    case providers
    case combos, aliases, models, policies, prices, limits
    /// Client keys, by their digests: a tool's key is then good on every machine.
    case keys
    case settings
    /// Keys of accounts and secrets of registered clients; never tokens of OAuth accounts.
    case secrets

    /// All but what lets somebody in.
    public static let usual = Set(allCases).subtracting([.keys, .secrets])
}

/// Names one synchronised thing on every machine.
public struct SyncKey: Sendable, Hashable, Comparable {
    public var kind: SyncKind
    public var id: String

    public init(_ kind: SyncKind, _ id: String) {
        self.kind = kind
        self.id = id
    }

    /// What a secret belongs to; nil for everything else.
    var owner: SyncKey? {
        guard kind == .secret, let colon = id.firstIndex(of: ":"), let kind = SyncKind(rawValue: String(id[..<colon]))
        else { return nil }
        return SyncKey(kind, String(id[id.index(after: colon)...]))
    }

    public static func < (left: SyncKey, right: SyncKey) -> Bool {
        (left.kind.rawValue, left.id) < (right.kind.rawValue, right.id)
    }
}
