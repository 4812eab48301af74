/// What an OAuth server gave for one account, and how the account stands with it.
///
/// Its description never shows a token.
public struct OAuthTokens: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    /// The ``OAuthProvider`` whose server gave them, and renews them.
    public var issuer: String
    /// What upstreams are shown; empty once it is known to be worth nothing.
    public var accessToken: String
    /// nil when the server gave none: then they end with their time.
    public var refreshToken: String?
    /// Milliseconds since 1970, like every time here; nil when the server did not say.
    public var expiresAt: Int64?
    public var obtainedAt: Int64
    public var tokenType: String?
    /// What was granted, as the server spells it; nil when it did not say.
    public var scope: String?
    /// The account's own id at the server.
    public var subject: String?
    public var email: String?
    /// Since when the tokens are good without a break: a login, or a renewal after trouble.
    ///
    /// What was learnt about the account before is forgotten when it changes.
    public var validSince: Int64
    /// Why a person must log in again; nil while nobody must.
    public var loginNeeded: String?

    public init(issuer: String, accessToken: String, refreshToken: String? = nil, obtainedAt: Int64) {
        self.issuer = issuer
        self.accessToken = accessToken
        self.refreshToken = refreshToken
        self.obtainedAt = obtainedAt
        validSince = obtainedAt
    }

    /// Whether there is something to show to an upstream.
    public var isUsable: Bool { !accessToken.isEmpty }

    public func isExpired(at now: Int64) -> Bool { expiresAt.map { $0 <= now } ?? false }

    public var description: String { "<redacted>" }
    public var debugDescription: String { "<redacted>" }
}
