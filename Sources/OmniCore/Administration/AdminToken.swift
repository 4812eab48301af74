import Crypto

/// A credential for programs that manage the router, apart from client keys and from the administrator's password.
public struct AdminToken: Sendable, Hashable {
    /// What a token may do; none includes another.
    public enum Scope: String, Sendable, Hashable, CaseIterable {
        case read
        case write
    }

    public var id: String
    public var name: String
    /// SHA-256 of the secret.
    public var digest: [UInt8]
    /// Enough of the secret to recognize it by.
    public var mask: String
    public var scopes: Set<Scope>
    /// Milliseconds since 1970, as all times here.
    public var createdAt: Int64
    /// nil for a token that does not expire.
    public var expiresAt: Int64?
    /// Written once a minute at most.
    public var lastUsedAt: Int64?
    /// The address of that call.
    public var lastUsedFrom: String?

    public init(
        id: String, name: String, digest: [UInt8], mask: String, scopes: Set<Scope>, createdAt: Int64,
        expiresAt: Int64? = nil, lastUsedAt: Int64? = nil, lastUsedFrom: String? = nil
    ) {
        self.id = id
        self.name = name
        self.digest = digest
        self.mask = mask
        self.scopes = scopes
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.lastUsedAt = lastUsedAt
        self.lastUsedFrom = lastUsedFrom
    }

    public func isExpired(at now: Int64) -> Bool { expiresAt.map { $0 <= now } ?? false }
}

/// Makes administration tokens: `omni_admin_` and 40 random letters and digits (238 bits).
///
/// The secret is shown once and not kept.
public struct AdminTokenSecret: Sendable {
    /// What tells these secrets from all others, for people, for programs that look for leaked ones, and for the login.
    public static let prefix = "omni_admin_"

    public let secret: String
    public let token: AdminToken

    /// - Parameters: now, expiresAt: milliseconds since 1970.
    public init(id: String, name: String, scopes: Set<AdminToken.Scope>, now: Int64, expiresAt: Int64?) {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
        var random = SystemRandomNumberGenerator()
        let letters = (0..<40).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] }
        secret = Self.prefix + String(decoding: letters, as: UTF8.self)
        token = AdminToken(
            id: id, name: name, digest: Self.digest(secret), mask: "\(Self.prefix)****\(secret.suffix(4))",
            scopes: scopes, createdAt: now, expiresAt: expiresAt)
    }

    /// The form in which secrets are stored and looked up.
    public static func digest(_ secret: String) -> [UInt8] { Array(SHA256.hash(data: Array(secret.utf8))) }
}
