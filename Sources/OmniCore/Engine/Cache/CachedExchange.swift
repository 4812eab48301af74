import NIOCore

/// A kept answer in the place of an upstream's, for the engine to read like any other.
final class CachedExchange: UpstreamExchange, @unchecked Sendable {  // SAFETY: read on the request's loop only
    private var body: [UInt8]?

    init(_ answer: CachedAnswer) { body = answer.body.isEmpty ? nil : answer.body }

    var status: Int { 200 }
    func headers(where isMeant: (UInt8) -> Bool) -> [(name: String, value: String)] { [] }
    func header(_ name: String) -> String? { nil }
    func abandon() {}

    func next() async throws(TransportError) -> UpstreamPiece {
        guard let body else { return .end }
        self.body = nil
        return .bytes(ByteBuffer(bytes: body))
    }
}
