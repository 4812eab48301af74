import NIOCore
import NIOHTTP1
import OmniCore

/// Writes one answer to a client's connection.
// SAFETY: used on the connection's event loop only.
final class ChannelResponseWriter: ResponseWriter, @unchecked Sendable {
    /// Each holds the other for as long as the answer lasts.
    private var handler: DataPlaneHandler?
    private let takesChunks: Bool
    /// Whether the client asked for the head only.
    private let isHeadOnly: Bool
    private(set) var isClosed = false
    private(set) var active: ActiveRequest?
    /// Whether the connection ends with this answer.
    var closesAfterwards: Bool
    private var waiter: CheckedContinuation<Void, Never>?

    init(handler: DataPlaneHandler, head: RequestHead) {
        self.handler = handler
        takesChunks = head.takesChunks
        isHeadOnly = head.method == .HEAD
        closesAfterwards = !head.keepsAlive
    }

    func attempting(_ request: ActiveRequest) { active = request }

    func respond(status: Int, headers: [(name: String, value: String)], body: ByteBuffer) {
        let length = body.readableBytes
        let isWritten = length > 0 && !isHeadOnly
        let isCopied = isWritten && length <= AnswerBytes.maximumCopiedBytes
        guard var bytes = head(status: status, headers: headers, length: length, room: isCopied ? length : 0) else {
            return
        }
        if isCopied { bytes.writeImmutableBuffer(body) }
        if isWritten, !isCopied {
            handler?.send([bytes, body], isLast: true)
        } else {
            handler?.send(bytes, isLast: true)
        }
    }

    func start(status: Int, headers: [(name: String, value: String)], body: ByteBuffer) {
        // Without chunks (HTTP/1.0) only the end of the connection can mark the end of the body.
        if !takesChunks { closesAfterwards = true }
        guard let bytes = head(status: status, headers: headers, length: nil, room: body.readableBytes) else { return }
        send(body, after: bytes)
    }

    nonisolated(nonsending) func write(_ body: ByteBuffer) async {
        guard !isClosed, let handler else { return }
        send(body)
        guard !handler.isWritable else { return }
        let timer = handler.closeUnlessDrained()
        while !isClosed, !handler.isWritable {
            await withCheckedContinuation { waiter = $0 }
        }
        timer.cancel()
    }

    func finish(_ body: ByteBuffer) { send(body, isLast: true) }

    /// Without its last chunk an answer is not whole.
    func breakOff() { closesAfterwards = true }

    /// The client takes more again.
    func resume() {
        guard let waiter else { return }
        self.waiter = nil
        waiter.resume()
    }

    /// The client is gone; whoever waits for it goes on and finds ``isClosed``.
    func clientLeft() {
        isClosed = true
        resume()
    }

    /// Nothing more belongs to this answer.
    func detach() {
        handler = nil
    }

    private func head(
        status: Int, headers: [(name: String, value: String)], length: Int?, room: Int
    ) -> ByteBuffer? {
        guard let handler else { return nil }
        return answerBytes(handler).head(
            status: status, headers: handler.withOrigin(headers), length: length, closes: closesAfterwards,
            room: room)
    }

    private func send(_ body: ByteBuffer, after bytes: ByteBuffer? = nil, isLast: Bool = false) {
        guard let handler else { return }
        let answer = answerBytes(handler)
        if body.readableBytes <= AnswerBytes.maximumCopiedBytes {
            handler.send(answer.piece(body, after: bytes, isLast: isLast), isLast: isLast)
        } else {
            handler.send(answer.pieces(body, after: bytes, isLast: isLast), isLast: isLast)
        }
    }

    private func answerBytes(_ handler: DataPlaneHandler) -> AnswerBytes {
        AnswerBytes(allocator: handler.allocator, takesChunks: takesChunks)
    }
}

extension DataPlaneHandler {
    /// With what lets pages of the configured origin read the answer.
    func withOrigin(_ headers: [(name: String, value: String)]) -> [(name: String, value: String)] {
        guard let origin = plane.options.allowedOrigin else { return headers }
        return headers + [("access-control-allow-origin", origin), ("access-control-expose-headers", "*")]
    }
}
