/// A secret that logs an administrator in once, before any password exists.
public struct SetupToken: Sendable {
    public let secret: String
    /// What is stored: SHA-256 of the secret.
    public var digest: [UInt8] { AdminAuthenticator.digest(secret) }

    /// 120 random bits: `setup-` and 30 hexadecimal digits.
    public init() { secret = "setup-" + AdminAuthenticator.randomToken().prefix(30) }
}
