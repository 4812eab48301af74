/// Whose use is limited.
public enum LimitScope: Sendable, Hashable {
    /// All requests together.
    case global
    case clientKey(ClientKeyID)
    case connection(ConnectionID)
    /// A model at a provider; both in lower case.
    case model(provider: ProviderID, model: String)

    /// A text that stands for the scope in the database and in URLs: `global`, `key:…`, `connection:…`,
    /// `model:provider/model`.
    public var text: String {
        switch self {
        case .global: "global"
        case .clientKey(let id): "key:\(id.rawValue)"
        case .connection(let id): "connection:\(id.rawValue)"
        case .model(let provider, let model): "model:\(provider.rawValue)/\(model)"
        }
    }

    /// - Returns: nil for a text that stands for no scope.
    public init?(text: String) {
        if text == "global" {
            self = .global
            return
        }
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let rest = text[text.index(after: colon)...]
        guard !rest.isEmpty else { return nil }
        switch text[..<colon] {
        case "key": self = .clientKey(ClientKeyID(String(rest)))
        case "connection": self = .connection(ConnectionID(String(rest)))
        case "model":
            guard let slash = rest.firstIndex(of: "/"), slash > rest.startIndex,
                slash < rest.index(before: rest.endIndex)
            else { return nil }
            self = .model(
                provider: ProviderID(String(rest[..<slash])),
                model: rest[rest.index(after: slash)...].lowercased())
        default: return nil
        }
    }
}
