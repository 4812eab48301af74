import Crypto

/// Names an answer by everything that shapes it: a SHA-256 digest, so that nobody can make two questions meet.
public struct CacheKey: Sendable, Hashable {
    private let first: UInt64
    private let second: UInt64
    private let third: UInt64
    private let fourth: UInt64

    /// - Parameter digest: 32 bytes; nil for any other number.
    public init?(digest: [UInt8]) {
        guard digest.count == 32 else { return nil }
        self = digest.withUnsafeBytes { CacheKey(bytes: $0) }
    }

    /// - Parameter bytes: 32 of them.
    private init(bytes: UnsafeRawBufferPointer) {
        first = bytes.loadUnaligned(as: UInt64.self)
        second = bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        third = bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
        fourth = bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
    }

    /// Digests parts in their order, each behind its length.
    init(of parts: [[UInt8]]) {
        var hash = SHA256()
        for part in parts {
            withUnsafeBytes(of: UInt64(part.count).littleEndian) { hash.update(bufferPointer: $0) }
            hash.update(data: part)
        }
        self = hash.finalize().withUnsafeBytes { CacheKey(bytes: $0) }
    }

    public var digest: [UInt8] {
        [first, second, third, fourth].flatMap { word in withUnsafeBytes(of: word) { Array($0) } }
    }

    /// The digest is spread evenly as it is.
    public func hash(into hasher: inout Hasher) { hasher.combine(first) }
}
