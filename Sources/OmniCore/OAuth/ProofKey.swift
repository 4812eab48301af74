import Crypto

/// A proof that whoever brings an authorization code is who asked for it (RFC 7636), by S256.
public struct ProofKey: Sendable, Hashable, CustomStringConvertible {
    /// The secret half, sent with the code.
    let verifier: String

    /// - Parameter verifier: 43 to 128 letters, digits and `-._~`.
    init(verifier: String) { self.verifier = verifier }

    /// 256 bits of chance.
    init(using random: inout some RandomNumberGenerator) {
        self.init(verifier: Self.nonce(using: &random))
    }

    /// The half that everybody may see.
    public var challenge: String { Base64URL.text(Array(SHA256.hash(data: Array(verifier.utf8)))) }

    public var description: String { "<redacted>" }

    /// 43 letters that nobody can guess.
    static func nonce(using random: inout some RandomNumberGenerator) -> String {
        Base64URL.text((0..<32).map { _ in UInt8.random(in: 0...255, using: &random) })
    }
}
