import Crypto

/// What a client sent to have two requests taken for one.
public enum IdempotencyMark: Sendable, Hashable {
    /// `Idempotency-Key`: the client's word that it is the same request, so another body under it is refused.
    case key(String)
    /// The client's own `X-Request-Id`: with another body it is simply another request.
    case requestID(String)
}

/// The identity of a marked request, as a digest: nothing of what the client sent is kept.
public struct IdempotencyKey: Sendable, Hashable {
    /// 32 bytes.
    public let digest: [UInt8]

    public init(digest: [UInt8]) { self.digest = digest }

    /// Requests of different client keys, dialects and places never have the same one.
    /// - Parameter bodyDigest: SHA-256 of the body.
    init(_ mark: IdempotencyMark, of request: InferenceRequest, bodyDigest: [UInt8]) {
        var hash = SHA256()
        func add(_ part: some Collection<UInt8>) {
            // With its length before it no part can pass for the end of another.
            withUnsafeBytes(of: UInt64(part.count).littleEndian) { hash.update(bufferPointer: $0) }
            hash.update(data: Array(part))
        }
        add(request.clientKey.map { "key " + $0.rawValue }?.utf8 ?? "anonymous".utf8)
        add(request.path.utf8)
        add([request.operation.usesArrayFraming ? 1 : 0])
        switch mark {
        case .key(let value):
            add("idempotency-key".utf8)
            add(value.utf8)
        case .requestID(let value):
            add("x-request-id".utf8)
            add(value.utf8)
            add(bodyDigest)
        }
        digest = Array(hash.finalize())
    }
}

extension IdempotencyMark {
    /// Whether the answer outlives a restart: who names a request on purpose relies on it.
    var isDurable: Bool {
        switch self {
        case .key: true
        case .requestID: false
        }
    }
}
