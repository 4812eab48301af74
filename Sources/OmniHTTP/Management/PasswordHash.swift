import Crypto
import CryptoExtras
import OmniCore

/// A password's scrypt hash in text form: `scrypt$16384$8$1$<salt hex>$<key hex>`.
public enum PasswordHash {
    private static let rounds = 16384
    private static let blockSize = 8
    private static let parallelism = 1

    /// - Complexity: some 50 ms and 16 MiB by design. - Throws: CryptoKitError when the derivation fails.
    public static func make(_ password: String) throws -> String {
        var random = SystemRandomNumberGenerator()
        let salt = (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) }
        let key = try derive(password, salt: salt, rounds: rounds, blockSize: blockSize, parallelism: parallelism)
        return "scrypt$\(rounds)$\(blockSize)$\(parallelism)$\(salt.hexadecimal)$\(key.hexadecimal)"
    }

    /// Whether the password is the one that was hashed; false for a hash that cannot be read.
    public static func verify(_ password: String, against hash: String) throws -> Bool {
        let fields = hash.split(separator: "$").map(String.init)
        guard fields.count == 6, fields[0] == "scrypt", let rounds = Int(fields[1]), let blockSize = Int(fields[2]),
            let parallelism = Int(fields[3]), let salt = [UInt8](hexadecimal: fields[4]),
            let expected = [UInt8](hexadecimal: fields[5]),
            areBearable(rounds: rounds, blockSize: blockSize, parallelism: parallelism)
        else { return false }
        let key = try derive(password, salt: salt, rounds: rounds, blockSize: blockSize, parallelism: parallelism)
        return key.equalsInConstantTime(expected)
    }

    /// Whether a machine can work with these numbers (RFC 7914, chapter 2): at most 1 GiB; the derivation traps on others.
    private static func areBearable(rounds: Int, blockSize: Int, parallelism: Int) -> Bool {
        (2...1 << 20).contains(rounds) && rounds.nonzeroBitCount == 1 && (1...32).contains(blockSize)
            && (1...16).contains(parallelism) && rounds * blockSize <= 1 << 23
    }

    private static func derive(
        _ password: String, salt: [UInt8], rounds: Int, blockSize: Int, parallelism: Int
    ) throws -> [UInt8] {
        try KDF.Scrypt.deriveKey(
            from: Array(password.utf8), salt: salt, outputByteCount: 32, rounds: rounds, blockSize: blockSize,
            parallelism: parallelism
        ).withUnsafeBytes { Array($0) }
    }
}

extension [UInt8] {
    /// Compares without telling by the time taken where the first difference is.
    func equalsInConstantTime(_ other: [UInt8]) -> Bool {
        guard count == other.count else { return false }
        var difference: UInt8 = 0
        for (left, right) in zip(self, other) { difference |= left ^ right }
        return difference == 0
    }
}
