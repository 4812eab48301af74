import NIOCore

/// An answer whose first piece was looked at before it was read.
final class PeekedExchange: UpstreamExchange, @unchecked Sendable {  // SAFETY: read on the request's loop only
    private let base: any UpstreamExchange
    private var first: UpstreamPiece?

    init(_ base: any UpstreamExchange) { self.base = base }

    /// Whether the body starts as server-sent events do; waits for its first bytes.
    func beginsLikeEvents() async throws(TransportError) -> Bool {
        var piece = try await base.next()
        while case .silence = piece { piece = try await base.next() }
        first = piece
        guard case .bytes(let bytes) = piece else { return false }
        let head = bytes.readableBytesView.drop { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D }.prefix(6)
        return head.starts(with: "data:".utf8) || head.starts(with: "event:".utf8) || head.first == UInt8(ascii: ":")
    }

    var status: Int { base.status }
    func headers(where isMeant: (UInt8) -> Bool) -> [(name: String, value: String)] {
        base.headers(where: isMeant)
    }
    func header(_ name: String) -> String? { base.header(name) }
    func abandon() { base.abandon() }

    func next() async throws(TransportError) -> UpstreamPiece {
        guard let piece = first else { return try await base.next() }
        first = nil
        return piece
    }
}
