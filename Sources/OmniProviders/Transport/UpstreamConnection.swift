import NIOCore
import NIOHTTP1
import NIOSSL
import NIOTLS
import OmniCore

/// One HTTP/1.1 connection to an upstream: the last handler of its channel and the exchange its user reads.
// SAFETY: all state is read and written on `eventLoop`; callers are tasks pinned to it.
final class UpstreamConnection: ChannelInboundHandler, UpstreamExchange, @unchecked Sendable {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private enum Phase { case connecting, idle, sending, head, body, finished, closed }

    let host: ConnectionPool.Host
    var isReused = false
    var idleSince = NIODeadline.now()

    private unowned let pool: ConnectionPool
    private let eventLoop: any EventLoop
    private var context: ChannelHandlerContext?
    private var phase = Phase.connecting
    private var head: HTTPResponseHead?
    private var keepsAlive = false
    private var pending: ByteBuffer?
    private var isEnded = false
    private var failure: TransportError?
    private var waiter: CheckedContinuation<Void, Never>?
    private var isReading = false
    private var isAwaitingHead = false

    private var deadlines = UpstreamDeadlines()
    private var totalDeadline = NIODeadline.distantFuture
    private var waitDeadline = NIODeadline.distantFuture
    private var silenceDeadline = NIODeadline.distantFuture
    private var isSilent = false
    private var hasBody = false

    init(pool: ConnectionPool, host: ConnectionPool.Host, eventLoop: any EventLoop) {
        self.pool = pool
        self.host = host
        self.eventLoop = eventLoop
    }

    // MARK: Use

    var isUsable: Bool { phase == .idle && context?.channel.isActive == true }

    var status: Int { Int(head?.status.code ?? 0) }

    func header(_ name: String) -> String? { head?.headers.first(name: name) }

    /// Writes a request and waits for the head of its answer.
    func send(_ request: UpstreamRequest, totalDeadline: NIODeadline) async throws(TransportError) {
        guard let context, context.channel.isActive, failure == nil else {
            throw failure ?? TransportError(.connectionLost, "the connection to the upstream was lost")
        }
        phase = .sending
        deadlines = request.deadlines
        self.totalDeadline = totalDeadline
        head = nil
        pending = nil
        isEnded = false
        hasBody = false
        var headers = HTTPHeaders()
        headers.reserveCapacity(request.headers.count + 2)
        headers.add(name: "host", value: request.endpoint.authority)
        for header in request.headers { headers.add(name: header.name, value: header.value) }
        headers.add(name: "content-length", value: String(request.body.readableBytes))
        let requestHead = HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: request.method), uri: request.endpoint.path,
            headers: headers)
        context.write(wrapOutboundOut(.head(requestHead)), promise: nil)
        if request.body.readableBytes > 0 {
            context.write(wrapOutboundOut(.body(.byteBuffer(request.body))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        phase = .head
        isAwaitingHead = true
        defer { isAwaitingHead = false }
        while head == nil {
            if let failure { throw failure }
            await wait(until: .now() + TimeAmount(deadlines.firstEvent))
        }
    }

    func next() async throws(TransportError) -> UpstreamPiece {
        while true {
            if let bytes = pending {
                pending = nil
                hasBody = true
                return .bytes(bytes)
            }
            if let failure { throw failure }
            if isEnded {
                finish()
                return .end
            }
            await wait(until: .now() + TimeAmount(hasBody ? deadlines.betweenEvents : deadlines.firstEvent))
            if isSilent {
                isSilent = false
                return .silence
            }
        }
    }

    func abandon() {
        guard phase != .finished, phase != .idle else { return }
        close()
    }

    func close() {
        guard phase != .closed else { return }
        phase = .closed
        pool.remove(self)
        context?.close(promise: nil)
    }

    /// Waits for the TLS handshake, which happens after the connection is open.
    func secured(within timeout: Duration) async throws(TransportError) {
        let timer = eventLoop.scheduleTask(in: TimeAmount(timeout)) {
            self.fail(TransportError(.connectTimeout, "no TLS handshake with the upstream in time"))
        }
        while phase == .connecting {
            if let failure { throw failure }
            await wait(until: .distantFuture)
        }
        timer.cancel()
    }

    /// Whether reading went to the end in order; then the connection can serve again.
    private func finish() {
        guard phase == .body || phase == .head else { return }
        if keepsAlive, context?.channel.isActive == true {
            phase = .idle
            pool.release(self)
            // Keeps one read outstanding, so that the server's closing is seen while the connection is idle.
            read()
        } else {
            phase = .finished
            pool.remove(self)
            context?.close(promise: nil)
        }
    }

    // MARK: Waiting

    /// Suspends until something arrives, fails or a deadline passes.
    private func wait(until deadline: NIODeadline) async {
        let now = NIODeadline.now()
        waitDeadline = deadline
        silenceDeadline = phase == .body ? now + TimeAmount(deadlines.silence) : .distantFuture
        read()
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled || failure != nil || isEnded || pending != nil {
                    continuation.resume()
                } else {
                    waiter = continuation
                }
            }
        } onCancel: {
            if eventLoop.inEventLoop { cancelled() } else { eventLoop.execute { self.cancelled() } }
        }
        if Task.isCancelled { cancelled() }
        waitDeadline = .distantFuture
        silenceDeadline = .distantFuture
    }

    private func cancelled() {
        fail(TransportError(.cancelled, "the call was cancelled"))
    }

    private func resume() {
        guard let waiter else { return }
        self.waiter = nil
        waiter.resume()
    }

    private func fail(_ error: TransportError) {
        guard failure == nil, !isEnded, phase != .idle, phase != .finished else { return }
        failure = error
        close()
        resume()
    }

    /// Ends waits that took too long; called by the pool's timer.
    func checkDeadlines(at now: NIODeadline) {
        if now >= totalDeadline {
            fail(TransportError(.totalTimeout, "the upstream did not finish in time"))
        } else if waiter != nil, now >= waitDeadline {
            fail(
                hasBody
                    ? TransportError(.stalled, "the upstream fell silent in the middle of its answer")
                    : TransportError(.firstEventTimeout, "the upstream did not begin to answer in time"))
        } else if waiter != nil, now >= silenceDeadline {
            isSilent = true
            resume()
        }
    }

    private func read() {
        guard !isReading, let context else { return }
        isReading = true
        context.read()
    }

    // MARK: Channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        if host.scheme == .http { phase = .idle } else { read() }
        context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? TLSUserEvent, case .handshakeCompleted = event, phase == .connecting {
            phase = .idle
            resume()
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            guard phase == .head else {
                fail(TransportError(.protocolViolation, "the upstream answered without being asked"))
                close()
                return
            }
            // Interim answers (100 Continue, 103 Early Hints) come before the real one.
            guard head.status.code >= 200 else { return }
            if let encoding = head.headers.first(name: "content-encoding"),
                !["identity", "gzip", "deflate", "x-gzip"].contains(encoding.lowercased())
            {
                fail(TransportError(.unsupportedEncoding, "the upstream's answer is compressed as \(encoding)"))
                return
            }
            self.head = head
            keepsAlive = head.isKeepAlive
            phase = .body
        case .body(var bytes):
            guard bytes.readableBytes > 0 else { return }
            if pending == nil { pending = bytes } else { pending?.writeBuffer(&bytes) }
        case .end:
            isEnded = head != nil
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        if waiter != nil {
            let hasArrived = isAwaitingHead ? head != nil : pending != nil || isEnded
            if hasArrived { resume() } else { read() }
        } else if phase == .idle || phase == .connecting {
            read()
        }
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if phase == .idle {
            close()
        } else {
            fail(TransportError(.connectionLost, "the upstream closed the connection before its answer was complete"))
            close()
            // An answer that ends with its connection is complete only now.
            resume()
        }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Servers often close TLS connections without saying so; a length or chunk terminator tells whether all came.
        if case NIOSSLError.uncleanShutdown = error { return }
        fail(TransportError(receiving: error))
        close()
    }
}
