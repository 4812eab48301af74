import NIOCore
import NIOSSL
import NIOTLS
import OmniCore

/// One HTTP/1.1 connection to an upstream: the last handler of its channel and the exchange its user reads.
// SAFETY: all state is read and written on `eventLoop`; callers are tasks pinned to it.
final class UpstreamConnection: ChannelInboundHandler, UpstreamExchange, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase { case connecting, idle, sending, head, body, finished, closed }

    var shelf: ConnectionPool.Shelf
    /// Among the pool's connections; nil for one that is not yet or no longer one of them.
    var place: Int?
    var isReused = false
    var idleSince = NIODeadline.now()

    private unowned let pool: ConnectionPool
    let eventLoop: any EventLoop
    var context: ChannelHandlerContext?
    private var phase = Phase.connecting
    private var parser: ResponseParser
    var head: ResponseHead?
    /// False once the request was not sent to its end, after which the connection cannot serve again.
    var keepsAlive = false
    private var pending: ByteBuffer?
    private var isEnded = false
    var failure: TransportError?
    private var waiter: UnsafeContinuation<Void, Never>?
    private var isPaused = false
    /// Reads compressed answers; nil as long as there was none.
    private var decompression: ResponseDecompression?
    private var isDecompressing = false
    private var isAwaitingHead = false
    /// Whether the next part of a file waits for the upstream to take what was written.
    var isAwaitingRoom = false

    /// How much of an answer may wait here for its reader before the socket is left alone.
    private static let maximumPendingBytes = 128 << 10
    /// Bodies up to this size are copied behind their head: one write costs less than two.
    static let maximumCopiedBytes = 16 << 10

    var deadlines = UpstreamDeadlines()
    private var totalDeadline = NIODeadline.distantFuture
    private var waitDeadline = NIODeadline.distantFuture
    private var silenceDeadline = NIODeadline.distantFuture
    private var isSilent = false
    private var hasBody = false
    /// Since when nothing has come: the request's sending, or the reader's asking after it took the last bytes.
    var quietSince = NIODeadline.now()
    private var wasRead = false
    /// Whether anything of an answer came for the request in hand.
    private(set) var hasAnswerBegun = false

    init(pool: ConnectionPool, shelf: ConnectionPool.Shelf, eventLoop: any EventLoop, maximumHeadBytes: Int) {
        self.pool = pool
        self.shelf = shelf
        self.eventLoop = eventLoop
        parser = ResponseParser(maximumHeadBytes: maximumHeadBytes)
    }

    // MARK: Use

    var isIdle: Bool { phase == .idle }
    var isUsable: Bool { isIdle && context?.channel.isActive == true }

    var status: Int { head?.status ?? 0 }

    func headers(where isMeant: (UInt8) -> Bool) -> [(name: String, value: String)] {
        head?.all(where: isMeant) ?? []
    }

    func header(_ name: String) -> String? { head?.first(name) }

    func header(_ name: String, beginsWith prefix: String) -> Bool {
        head?.first(name, beginsWith: prefix) ?? false
    }

    /// Writes a request and waits for the head of its answer.
    func send(_ request: UpstreamRequest, totalDeadline: NIODeadline) async throws(TransportError) {
        try write(request, totalDeadline: totalDeadline)
        isAwaitingHead = true
        defer { isAwaitingHead = false }
        if let upload = request.upload { try await send(upload) }
        while head == nil {
            if let failure { throw failure }
            await wait(until: quietSince + TimeAmount(deadlines.firstEvent))
        }
    }

    @inline(never)  // The parts of the request would lie in the frame of every request that waits for its answer.
    private func write(_ request: UpstreamRequest, totalDeadline: NIODeadline) throws(TransportError) {
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
        wasRead = false
        hasAnswerBegun = false
        quietSince = .now()
        keepsAlive = true
        var bytes = request.head(using: context.channel.allocator)
        if request.body.readableBytes <= Self.maximumCopiedBytes {
            bytes.writeImmutableBuffer(request.body)
            context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        } else {
            context.write(wrapOutboundOut(bytes), promise: nil)
            context.writeAndFlush(wrapOutboundOut(request.body), promise: nil)
        }
        phase = .head
    }

    func next() async throws(TransportError) -> UpstreamPiece {
        // The reader's own pauses are no silence of the upstream's.
        if wasRead { quietSince = .now() }
        wasRead = false
        while true {
            if let bytes = pending {
                pending = nil
                hasBody = true
                wasRead = true
                if isPaused { setReading(true) }
                return .bytes(bytes)
            }
            if let failure { throw failure }
            if isEnded {
                finish()
                return .end
            }
            await wait(until: quietSince + TimeAmount(hasBody ? deadlines.betweenEvents : deadlines.firstEvent))
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
        if keepsAlive, head?.keepsAlive == true, context?.channel.isActive == true {
            phase = .idle
            pool.release(self)
        } else {
            phase = .finished
            pool.remove(self)
            context?.close(promise: nil)
        }
    }

    // MARK: Waiting

    /// Suspends until something arrives, fails or a deadline passes.
    func wait(until deadline: NIODeadline) async {
        let now = NIODeadline.now()
        waitDeadline = deadline
        silenceDeadline = phase == .body ? now + TimeAmount(deadlines.silence) : .distantFuture
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
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
                isAwaitingRoom
                    ? TransportError(.stalled, "the upstream took no more of the file")
                    : hasBody
                        ? TransportError(.stalled, "the upstream fell silent in the middle of its answer")
                        : TransportError(.firstEventTimeout, "the upstream did not begin to answer in time"))
        } else if waiter != nil, now >= silenceDeadline {
            isSilent = true
            resume()
        }
    }

    private func setReading(_ isReading: Bool) {
        isPaused = !isReading
        // The option exists on every channel; a closed one reads no more in any case.
        try? context?.channel.syncOptions?.setOption(.autoRead, value: isReading)
    }

    // MARK: Channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        // Given up while it was being opened.
        if phase == .closed { context.close(promise: nil) }
        if shelf.host.scheme == .http, phase == .connecting { phase = .idle }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? TLSUserEvent, case .handshakeCompleted = event, phase == .connecting {
            phase = .idle
            resume()
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        parser.append(unwrapInboundIn(data))
        do throws(TransportError) {
            while phase != .closed, let piece = try parser.next() { try take(piece, context: context) }
        } catch {
            hasAnswerBegun = true
            fail(error)
            close()
        }
    }

    private func take(_ piece: ResponseParser.Piece, context: ChannelHandlerContext) throws(TransportError) {
        switch piece {
        case .head(let head):
            hasAnswerBegun = true
            guard phase == .head else {
                throw TransportError(.protocolViolation, "the upstream answered without being asked")
            }
            // Interim answers (100 Continue, 103 Early Hints) come before the real one.
            guard !head.isInterim else { return }
            self.head = head
            phase = .body
            // Upstreams are asked for plain answers; some compress all the same.
            guard let encoding = head.first("content-encoding"), encoding.lowercased() != "identity" else {
                isDecompressing = false
                return
            }
            isDecompressing = true
            if decompression == nil { decompression = try ResponseDecompression(behind: self, context: context) }
            try decompression?.begin(head, encoding: encoding)
        case .bytes(let bytes):
            if isDecompressing { decompression?.push(bytes) } else { receive(bytes) }
        case .end:
            if isDecompressing { decompression?.end() }
            isEnded = true
        }
    }

    /// Keeps a piece of the answer for its reader.
    func receive(_ bytes: ByteBuffer) {
        guard bytes.readableBytes > 0 else { return }
        if pending == nil { pending = bytes } else { pending?.writeImmutableBuffer(bytes) }
        if !isPaused, pending?.readableBytes ?? 0 > Self.maximumPendingBytes { setReading(false) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if waiter != nil, isAwaitingHead ? head != nil : pending != nil || isEnded { resume() }
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if isAwaitingRoom, context.channel.isWritable { resume() }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if phase == .idle {
            close()
        } else {
            // Of a head that is cut off no more is known than that the request arrived.
            if parser.isInsideAnswer { hasAnswerBegun = true }
            if parser.close() {
                if isDecompressing { decompression?.end() }
                isEnded = true
            }
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
        fail(phase == .connecting ? TransportError(connecting: error) : TransportError(receiving: error))
        close()
    }
}
