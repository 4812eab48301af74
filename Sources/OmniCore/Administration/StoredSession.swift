/// A login of the administrator as it is stored.
public struct StoredSession: Sendable, Hashable {
    /// SHA-256 of the cookie.
    public var digest: [UInt8]
    /// Milliseconds since 1970, as all times here.
    public var createdAt: Int64
    public var expiresAt: Int64
    /// Written once a minute at most.
    public var lastUsedAt: Int64?
    /// Where it was logged in from; nil where that is not known.
    public var address: String?
    /// What the browser calls itself.
    public var agent: String?

    public init(
        digest: [UInt8], createdAt: Int64, expiresAt: Int64, lastUsedAt: Int64? = nil, address: String? = nil,
        agent: String? = nil
    ) {
        self.digest = digest
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.lastUsedAt = lastUsedAt
        self.address = address
        self.agent = agent
    }

    /// What a session is called where it is shown: the beginning of its digest, from which no cookie can be made.
    public var id: String { Self.id(of: digest) }

    public static func id(of digest: [UInt8]) -> String { Array(digest.prefix(8)).hexadecimal }
}
