import NIOCore
import NIOHTTP1
import OmniCore

/// Writes one answer to a client's connection.
// SAFETY: used on the connection's event loop only.
final class ChannelResponseWriter: ResponseWriter, @unchecked Sendable {
    private weak var handler: DataPlaneHandler?
    private let takesChunks: Bool
    /// Whether the client asked for the head only.
    private let isHeadOnly: Bool
    private(set) var isClosed = false
    private(set) var active: ActiveRequest?
    /// Whether the connection ends with this answer.
    var closesAfterwards: Bool
    private var waiter: CheckedContinuation<Void, Never>?

    init(handler: DataPlaneHandler, head: HTTPRequestHead) {
        self.handler = handler
        takesChunks = head.version.major == 1 && head.version.minor >= 1
        isHeadOnly = head.method == .HEAD
        closesAfterwards = !head.isKeepAlive
    }

    func attempting(_ request: ActiveRequest) { active = request }

    func respond(status: Int, headers: [(name: String, value: String)], body: ByteBuffer) {
        sendHead(status: status, headers: headers, length: body.readableBytes)
        if body.readableBytes > 0, !isHeadOnly { handler?.send(.body(.byteBuffer(body)), flush: false) }
        handler?.send(.end(nil), flush: true)
    }

    func start(status: Int, headers: [(name: String, value: String)], body: ByteBuffer) {
        // Without chunks (HTTP/1.0) only the end of the connection can mark the end of the body.
        if !takesChunks { closesAfterwards = true }
        sendHead(status: status, headers: headers, length: nil)
        handler?.send(.body(.byteBuffer(body)), flush: true)
    }

    func write(_ body: ByteBuffer) async {
        guard !isClosed, let handler else { return }
        handler.send(.body(.byteBuffer(body)), flush: true)
        guard !handler.isWritable else { return }
        let timer = handler.closeUnlessDrained()
        while !isClosed, !handler.isWritable {
            await withCheckedContinuation { waiter = $0 }
        }
        timer.cancel()
    }

    func finish(_ body: ByteBuffer) {
        if body.readableBytes > 0 { handler?.send(.body(.byteBuffer(body)), flush: false) }
        handler?.send(.end(nil), flush: true)
    }

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

    private func sendHead(status: Int, headers: [(name: String, value: String)], length: Int?) {
        // Made from a list: `add` looks at every byte of names that are ours.
        var list: [(String, String)] = []
        list.reserveCapacity(headers.count + 3)
        for header in headers { list.append((header.name, header.value)) }
        if let length {
            list.append(("content-length", String(length)))
        } else if takesChunks {
            list.append(("transfer-encoding", "chunked"))
        }
        if closesAfterwards { list.append(("connection", "close")) }
        var fields = HTTPHeaders(list)
        handler?.addOriginHeader(to: &fields)
        let head = HTTPResponseHead(
            // NIO's encoder chunks every answer of this version that has no length.
            version: takesChunks ? .http1_1 : .http1_0, status: HTTPResponseStatus(statusCode: status),
            headers: fields)
        handler?.send(.head(head), flush: false)
    }
}

extension DataPlaneHandler {
    /// Lets pages of the configured origin read the answer.
    func addOriginHeader(to headers: inout HTTPHeaders) {
        guard let origin = plane.options.allowedOrigin else { return }
        headers.add(name: "access-control-allow-origin", value: origin)
        headers.add(name: "access-control-expose-headers", value: "*")
    }
}
