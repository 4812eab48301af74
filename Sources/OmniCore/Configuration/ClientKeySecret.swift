import Crypto

/// Makes client keys: `sk-omni-` and 40 random letters and digits (238 bits).
///
/// The secret is shown once and not kept.
public struct ClientKeySecret: Sendable {
    public let secret: String
    public let key: ClientKey

    /// - Parameter now: milliseconds since 1970.
    public init(id: ClientKeyID, name: String, now: Int64) {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
        var random = SystemRandomNumberGenerator()
        let letters = (0..<40).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] }
        secret = "sk-omni-" + String(decoding: letters, as: UTF8.self)
        key = ClientKey(
            id: id, name: name, digest: Self.digest(secret), mask: "\(secret.prefix(10))****\(secret.suffix(4))",
            createdAt: now)
    }

    /// The form in which secrets are stored and looked up.
    public static func digest(_ secret: String) -> [UInt8] { Array(SHA256.hash(data: Array(secret.utf8))) }
}
