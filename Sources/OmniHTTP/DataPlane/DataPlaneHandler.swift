import NIOCore
import NIOHTTP1
import OmniCore
import OmniTranslate

/// Takes inference requests of one connection, runs each as one task on the connection's loop and writes its answer.
///
/// One request at a time: further requests of a pipelining client wait unread until the answer is written.
// SAFETY: all state is read and written on the channel's event loop, also by the request's task, which is pinned to it.
final class DataPlaneHandler: ChannelDuplexHandler, RemovableChannelHandler, @unchecked Sendable {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private enum Phase {
        case idle
        /// A request belongs to Hummingbird, until both it and its answer are complete.
        case passing(isReceived: Bool, isAnswered: Bool)
        case receiving(HTTPRequestHead, InferenceRoute)
        /// An answer was sent before the request was complete; the rest of it is thrown away.
        case discarding
        case answering
    }

    /// How much of further requests is taken in while one is being answered; the client must wait with the rest.
    private static let maximumQueuedBytes = 256 << 10
    /// What a part counts for besides its bytes.
    private static let partOverhead = 512

    let plane: DataPlane
    let eventLoop: any EventLoop
    private let handover: HummingbirdHandover
    let state: LoopState
    private var phase = Phase.idle
    private var body: [UInt8] = []
    private var fields: RequestFields?
    /// Takes the body in the place of `body` when it brings a file.
    var intake: UploadIntake?
    private var context: ChannelHandlerContext?
    /// Where NIO's encoder stands: answers are written past it, as bytes.
    private var encoder: ChannelHandlerContext?
    private var task: Task<Void, Never>?
    private var writer: ChannelResponseWriter?
    var bodyTimer: Scheduled<Void>?
    /// Parts that arrived while an answer was under way.
    private var queued: [HTTPServerRequestPart] = []
    private var queuedBytes = 0
    /// Set once the answer's last part was handed to a channel that closes when it is written.
    private var closesWhenWritten = false
    private var isQuiescing = false
    private var heldQuiescing: Any?
    private var holdsRead = false
    private var idleTimer: RepeatedTask?
    /// Whether no request came since the idle timer's last turn.
    private var isQuiet = true

    init(plane: DataPlane, eventLoop: any EventLoop, handover: HummingbirdHandover) {
        self.plane = plane
        self.eventLoop = eventLoop
        self.handover = handover
        state = plane.state(of: eventLoop)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        encoder = try? context.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
        let tick = TimeAmount(plane.options.idleTimeout / 2)
        idleTimer = eventLoop.scheduleRepeatedTask(initialDelay: tick, delay: tick) { _ in self.closeIfIdle() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        encoder = nil
        idleTimer?.cancel()
        handover.end()
    }

    /// Makes sure that what is passed on has a receiver.
    private func handOver(_ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        do {
            try handover.setUp()
        } catch {
            // Without a receiver nothing can be answered.
            context.close(promise: nil)
        }
    }

    /// Closes connections on which nothing was asked for a whole period, also those that send a head byte by byte.
    private func closeIfIdle() {
        if case .idle = phase, isQuiet { context?.close(promise: nil) }
        isQuiet = true
    }

    // MARK: Inbound

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        guard !takesParts else {
            receive(part, context: context)
            return
        }
        queued.append(part)
        queuedBytes += Self.partOverhead
        if case .body(let bytes) = part { queuedBytes += bytes.readableBytes }
    }

    /// Whether what arrives belongs to the request in hand, or to none yet.
    private var takesParts: Bool {
        switch phase {
        case .answering, .passing(isReceived: true, _): false
        case .idle, .passing, .receiving, .discarding: true
        }
    }

    private func receive(_ part: HTTPServerRequestPart, context: ChannelHandlerContext) {
        switch (phase, part) {
        case (.idle, .head(let head)):
            isQuiet = false
            if let fault = objection(to: context, head) {
                refuse(fault, head: head)
                return
            }
            guard let route = InferenceRoute(method: head.method, uri: head.uri) else {
                phase = .passing(isReceived: false, isAnswered: false)
                handOver(context)
                context.fireChannelRead(wrapInboundOut(part))
                return
            }
            begin(head, route: route, context: context)
        case (.passing(_, let isAnswered), _):
            if case .end = part { phase = isAnswered ? .idle : .passing(isReceived: true, isAnswered: false) }
            context.fireChannelRead(wrapInboundOut(part))
        case (.receiving, .body(let bytes)) where intake != nil: receiveForm(bytes)
        case (.receiving, .body(let bytes)):
            guard body.count + bytes.readableBytes <= plane.options.maximumBodyBytes else {
                refuse(tooLarge())
                return
            }
            body.append(contentsOf: bytes.readableBytesView)
        case (.receiving(let head, let route), .end):
            bodyTimer?.cancel()
            bodyTimer = nil
            run(head, route: route)
        case (.discarding, .end): context.close(promise: nil)
        case (.discarding, _), (.receiving, .head), (.answering, _), (.idle, _): break
        }
    }

    /// Reading stops while a client sends further requests faster than they are answered.
    func read(context: ChannelHandlerContext) {
        if queuedBytes >= Self.maximumQueuedBytes || intake?.isFull == true { holdsRead = true } else { context.read() }
    }

    private func begin(_ head: HTTPRequestHead, route: InferenceRoute, context: ChannelHandlerContext) {
        phase = .receiving(head, route)
        body = []
        writer = ChannelResponseWriter(handler: self, head: head)
        let fields = RequestFields(head.headers)
        self.fields = fields
        if let length = fields[.contentLength].flatMap({ Int($0) }) {
            guard length <= (route.takesFile ? plane.options.maximumUploadBytes : plane.options.maximumBodyBytes) else {
                refuse(route.takesFile ? UploadIntake.tooLarge(plane.options.maximumUploadBytes) : tooLarge())
                return
            }
            if !route.takesFile { body.reserveCapacity(length) }
        }
        if let encoding = fields[.contentEncoding], encoding.lowercased() != "identity" {
            refuse(
                UpstreamFault(
                    .invalidRequest, status: 415,
                    message: "request bodies compressed as \(AnswerHeaders.sanitized(encoding)) are not accepted",
                    code: "unsupported_encoding"))
            return
        }
        if route.takesFile, !beginForm(head, fields: fields, route: route) { return }
        if fields[.expect]?.lowercased() == "100-continue" {
            context.writeAndFlush(
                wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
        }
    }

    /// Bodies nearly always arrive with their head; only for those that do not is there a timer.
    func channelReadComplete(context: ChannelHandlerContext) {
        if case .receiving = phase, bodyTimer == nil { awaitBody() }
        context.fireChannelReadComplete()
    }

    /// Takes up reading where it was held back.
    func readOn() {
        guard holdsRead, queuedBytes < Self.maximumQueuedBytes else { return }
        holdsRead = false
        context?.read()
    }

    /// Answers a request with a fault in the dialect of its path.
    private func refuse(_ fault: UpstreamFault, head: HTTPRequestHead) {
        // Other paths are refused as the first of the dialects does, which is how management words its errors too.
        phase = .receiving(head, InferenceRoute(method: head.method, uri: head.uri) ?? .notFound(.openAIChat))
        body = []
        writer = ChannelResponseWriter(handler: self, head: head)
        refuse(fault)
    }

    /// Answers a request that was not received whole.
    ///
    /// The rest of it is read and thrown away for a while before the connection is closed: closing at once would make
    /// the client's system drop the answer it has not read yet.
    func refuse(_ fault: UpstreamFault) {
        guard case .receiving(let head, let route) = phase, let writer else { return }
        bodyTimer?.cancel()
        body = []
        dropForm()
        writer.closesAfterwards = true
        phase = .discarding
        let requestID = RequestIdentifier.make(RequestFields(head.headers), random: &state.identifiers)
        respond(fault, format: route.format, requestID: requestID, writer: writer)
        self.writer = nil
        bodyTimer = eventLoop.scheduleTask(in: .seconds(2)) { self.context?.close(promise: nil) }
    }

    // MARK: Running

    private func run(_ head: HTTPRequestHead, route: InferenceRoute) {
        guard let writer, let fields else { return }
        self.fields = nil
        phase = .answering
        let body = body
        self.body = []
        state.requestBegan(on: self)
        if let intake {
            dropForm()
            task = Task(executorPreference: state.executor) {
                await self.answer(head, fields: fields, route: route, form: intake, writer: writer)
                self.ended()
            }
            return
        }
        let request = DataPlaneRequest(
            head: head, fields: fields, route: route, body: body, plane: plane, state: state)
        guard let inference = request.immediateAnswer(writer: writer, handler: self) else {
            ended()
            return
        }
        // The one task of a request: every suspension in it resumes on this connection's loop.
        task = Task(executorPreference: state.executor) {
            await self.plane.engine.answer(inference, routes: self.state.routes, on: self.eventLoop, writer: writer)
            self.ended()
        }
    }

    /// What is being asked of an upstream for this connection.
    var activeRequest: ActiveRequest? { writer?.active }

    /// The router must stop: whoever still waits is told so.
    func endRequest() { task?.cancel() }

    /// The request's answer is written; the next one may come.
    private func ended() {
        state.requestEnded(on: self)
        task = nil
        let isClosing = writer?.closesAfterwards ?? false
        writer?.detach()
        writer = nil
        phase = .idle
        isQuiet = false
        guard let context else { return }
        guard !isClosing, !isQuiescing else {
            if let held = heldQuiescing {
                heldQuiescing = nil
                context.fireUserInboundEventTriggered(held)
            }
            if !closesWhenWritten { context.close(promise: nil) }
            return
        }
        receiveQueued(context: context)
    }

    private func receiveQueued(context: ChannelHandlerContext) {
        guard !queued.isEmpty else { return }
        let parts = queued
        queued = []
        queuedBytes = 0
        for part in parts { channelRead(context: context, data: wrapInboundOut(part)) }
        // Hummingbird takes up what it was given only when told that this was all for now.
        context.fireChannelReadComplete()
        readOn()
    }

    // MARK: Outbound

    var allocator: ByteBufferAllocator { encoder?.channel.allocator ?? ByteBufferAllocator() }

    /// Writes a part of an answer.
    func send(_ pieces: [ByteBuffer], isLast: Bool = false) {
        guard let encoder else { return }
        var written: EventLoopPromise<Void>?
        if isLast, case .answering = phase, isQuiescing || writer?.closesAfterwards == true {
            // Closing at once would throw away what a slow client has not taken yet.
            closesWhenWritten = true
            let promise = eventLoop.makePromise(of: Void.self)
            let timer = closeUnlessDrained()
            promise.futureResult.whenComplete { _ in
                timer.cancel()
                self.context?.close(promise: nil)
            }
            written = promise
        }
        for piece in pieces.dropLast() { encoder.write(NIOAny(piece), promise: nil) }
        if let last = pieces.last { encoder.writeAndFlush(NIOAny(last), promise: written) }
    }

    /// Gives a client that takes nothing more the time to go on, then gives it up.
    func closeUnlessDrained() -> Scheduled<Void> {
        eventLoop.scheduleTask(in: TimeAmount(plane.options.clientStallTimeout)) {
            self.clientLeft()
            self.context?.close(promise: nil)
        }
    }

    var isWritable: Bool { context?.channel.isWritable ?? false }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        context.write(data, promise: promise)
        guard case .end = unwrapOutboundIn(data), case .passing(let isReceived, _) = phase else { return }
        phase = isReceived ? .idle : .passing(isReceived: false, isAnswered: true)
        if isReceived { receiveQueued(context: context) }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { writer?.resume() }
        context.fireChannelWritabilityChanged()
    }

    // MARK: Ends

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent, isBusy {
            // Hummingbird would take the connection for idle and close it under the answer.
            isQuiescing = true
            heldQuiescing = event
            return
        }
        if let event = event as? ChannelEvent, event == .inputClosed {
            switch phase {
            case .answering, .receiving:
                // A client that closed its side is taken to be gone, as proxies do: no answer may be paid for in vain.
                clientLeft()
                context.close(promise: nil)
            case .idle, .passing, .discarding: break
            }
        }
        handOver(context)
        context.fireUserInboundEventTriggered(event)
    }

    /// Whether an inference request is in hand.
    private var isBusy: Bool {
        switch phase {
        case .answering, .receiving: true
        case .idle, .passing, .discarding: false
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        clientLeft()
        idleTimer?.cancel()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if case .answering = phase {
            clientLeft()
            context.close(promise: nil)
        } else {
            handOver(context)
            context.fireErrorCaught(error)
        }
    }

    private func clientLeft() {
        bodyTimer?.cancel()
        bodyTimer = nil
        queued = []
        queuedBytes = 0
        dropForm()
        writer?.clientLeft()
        task?.cancel()
        if case .receiving = phase { phase = .discarding }
    }
}
