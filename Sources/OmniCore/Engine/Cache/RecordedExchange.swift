import NIOCore

/// An upstream's answer whose bytes are noted as they pass.
final class RecordedExchange: UpstreamExchange, @unchecked Sendable {  // SAFETY: read on the request's loop only
    private let base: any UpstreamExchange
    private let maximumBytes: Int
    /// What passed so far; nil once it is more than is kept.
    private(set) var bytes: [UInt8]? = []

    init(_ base: any UpstreamExchange, maximumBytes: Int) {
        self.base = base
        self.maximumBytes = maximumBytes
    }

    var status: Int { base.status }
    func headers(where isMeant: (UInt8) -> Bool) -> [(name: String, value: String)] {
        base.headers(where: isMeant)
    }
    func header(_ name: String) -> String? { base.header(name) }
    func abandon() { base.abandon() }

    func next() async throws(TransportError) -> UpstreamPiece {
        let piece = try await base.next()
        if case .bytes(let buffer) = piece, let length = bytes?.count {
            if length + buffer.readableBytes <= maximumBytes {
                bytes?.append(contentsOf: buffer.readableBytesView)
            } else {
                bytes = nil
            }
        }
        return piece
    }
}
