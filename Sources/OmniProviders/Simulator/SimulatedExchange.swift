import NIOCore
import OmniCore

/// An answer that was written beforehand and is handed out piece by piece.
final class SimulatedExchange: UpstreamExchange, @unchecked Sendable {  // SAFETY: read on the request's loop only
    struct Piece {
        var bytes: [UInt8]
        /// How long to wait before it.
        var delay: Duration = .zero
    }

    let status: Int
    private let headers: [(name: String, value: String)]
    private let pieces: [Piece]
    private let breaksOff: Bool
    private var position = 0
    private var isAbandoned = false

    init(status: Int, contentType: String, retryAfter: String? = nil, pieces: [Piece], breaksOff: Bool = false) {
        self.status = status
        self.pieces = pieces
        self.breaksOff = breaksOff
        headers = [("content-type", contentType)] + (retryAfter.map { [("retry-after", $0)] } ?? [])
    }

    func headers(where isMeant: (UInt8) -> Bool) -> [(name: String, value: String)] {
        headers.filter { isMeant(($0.name.utf8.first ?? 0) | 0x20) }
    }

    func header(_ name: String) -> String? { headers.first { $0.name == name.lowercased() }?.value }

    func next() async throws(TransportError) -> UpstreamPiece {
        guard !isAbandoned, !Task.isCancelled else {
            throw TransportError(.cancelled, "the call was cancelled")
        }
        guard position < pieces.count else {
            if breaksOff { throw TransportError(.connectionLost, "the simulator broke its answer off") }
            return .end
        }
        let piece = pieces[position]
        position += 1
        if piece.delay > .zero {
            do {
                try await Task.sleep(for: piece.delay)
            } catch {
                throw TransportError(.cancelled, "the call was cancelled")
            }
        }
        return .bytes(ByteBuffer(bytes: piece.bytes))
    }

    func abandon() { isAbandoned = true }
}
