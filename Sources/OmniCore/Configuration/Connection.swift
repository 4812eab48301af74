/// The secret of a connection.
///
/// Its description never shows it.
public enum Credential: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    case key(String)
    case oauth(OAuthTokens)

    public init(apiKey: String) { self = .key(apiKey) }

    /// nil for accounts that came by OAuth.
    public var apiKey: String? {
        switch self {
        case .key(let key): key
        case .oauth: nil
        }
    }

    /// nil for accounts with a key.
    public var tokens: OAuthTokens? {
        switch self {
        case .key: nil
        case .oauth(let tokens): tokens
        }
    }

    /// Why a text cannot be an API key: keys travel as header values, which are printable ASCII.
    /// - Returns: nil when it can be one.
    public static func objection(to apiKey: String) -> String? {
        apiKey.utf8.allSatisfy { (0x20...0x7E).contains($0) }
            ? nil : "must be printable ASCII, since it is sent in a header"
    }

    public var description: String { "<redacted>" }
    public var debugDescription: String { "<redacted>" }
}

/// One configured account at a provider or node.
public struct Connection: Sendable, Hashable {
    public var id: ConnectionID
    /// A provider of the catalogue or the id of a node.
    public var provider: ProviderID
    public var name: String
    /// Connections of a provider are tried in rising order.
    public var priority: Int
    public var isActive: Bool
    /// Replaces the provider's own address.
    public var baseURL: String?
    public var credential: Credential?
    public var defaultModel: String?
    /// `unknown`, `active` or `error`, as the last test found it.
    public var testStatus: String
    public var lastError: String?
    /// Milliseconds since 1970, like every time here.
    public var lastErrorAt: Int64?
    public var lastTestedAt: Int64?
    public var createdAt: Int64
    public var updatedAt: Int64
    /// How its access token is shown to an upstream that is asked outside any client's request; worked out, never kept.
    public var presentation: TokenPresentation?
    /// Which proxies may lead there, for the same calls; put in by who makes them, never kept.
    public var proxies = ProxySettings()
    /// Caps, limits and weight; its revision is worked out when routes are compiled.
    public var options = AccountOptions()

    public init(
        id: ConnectionID, provider: ProviderID, name: String, priority: Int = 1, isActive: Bool = true,
        baseURL: String? = nil, credential: Credential? = nil, defaultModel: String? = nil,
        testStatus: String = "unknown", lastError: String? = nil, lastErrorAt: Int64? = nil,
        lastTestedAt: Int64? = nil, createdAt: Int64 = 0, updatedAt: Int64 = 0
    ) {
        self.id = id
        self.provider = provider
        self.name = name
        self.priority = priority
        self.isActive = isActive
        self.baseURL = baseURL
        self.credential = credential
        self.defaultModel = defaultModel
        self.testStatus = testStatus
        self.lastError = lastError
        self.lastErrorAt = lastErrorAt
        self.lastTestedAt = lastTestedAt
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}
