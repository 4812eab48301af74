import Logging
import NIOCore
import OmniCore
import OmniTranslate

/// Takes inference requests of one connection, runs each as one task on the connection's loop and writes its answer.
///
/// It reads the socket's bytes itself (``RequestDecoder``). From the first request on that is none of these, it passes them on
/// to NIO's codec, and gets the inference requests among them from ``HandedOverRequests``. One request at a time: further
/// requests of a pipelining client wait unread until the answer is written.
/// The request's task is pinned to the channel's event loop too.
final class DataPlaneHandler: ChannelDuplexHandler, @unchecked Sendable {  // SAFETY: used on the channel's loop only
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Phase {
        case idle
        /// A request belongs to Hummingbird, until both it and its answer are complete.
        case passing(isReceived: Bool, isAnswered: Bool)
        case receiving(RequestHead, InferenceRoute)
        /// An answer was sent before the request was complete; the rest of it is thrown away.
        case discarding
        case answering
    }

    /// How much of further requests is taken in while one is being answered; the client must wait with the rest.
    private static let maximumQueuedBytes = 256 << 10

    let plane: DataPlane
    let eventLoop: any EventLoop
    let allocator: ByteBufferAllocator
    private let handover: HummingbirdHandover
    private let logger: Logger
    private var isHandedOver = false
    let state: LoopState
    /// Where ``LoopState`` has it among the open ones, and among those that are answering.
    var openPosition = 0
    var position = 0
    var phase = Phase.idle
    private var decoder = RequestDecoder()
    private var isReading = false
    /// Whether no further request is taken: the connection ends, if not at once.
    private(set) var isOver = false
    private var body: [UInt8] = []
    /// Takes the body in the place of `body` when it brings a file.
    var intake: UploadIntake?
    private(set) var context: ChannelHandlerContext?
    private var channel: (any Channel)?
    private var task: Task<Void, Never>?
    var writer: ChannelResponseWriter?
    var bodyTimer: Scheduled<Void>?
    /// What reads the requests since the connection was handed over.
    var others: HandedOverRequests?
    /// Set once the answer's last part was handed to a channel that closes when it is written.
    private var closesWhenWritten = false
    private var isQuiescing = false
    private var heldQuiescing: Any?
    private var holdsRead = false
    /// Whether no request came since idle connections were last looked for.
    var isQuiet = false

    init(plane: DataPlane, channel: any Channel, handover: HummingbirdHandover, logger: Logger) {
        self.plane = plane
        self.handover = handover
        self.logger = logger
        eventLoop = channel.eventLoop
        allocator = channel.allocator
        state = plane.state(of: eventLoop)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        channel = context.channel
        state.opened(self, idleTimeout: plane.options.idleTimeout)
        // Not before it is open, for that would be no end of it.
        if !plane.connections.opened() { eventLoop.execute { self.close() } }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        channel = nil
        // A task that still runs lets go of its writer when it ends.
        if task == nil { detachWriter() }
        state.closed(self)
        plane.connections.closed()
    }

    /// Makes sure that what is passed on has a receiver, and gives it what was not read.
    private func handOver(_ context: ChannelHandlerContext) {
        guard !isHandedOver, context.channel.isActive else { return }
        isHandedOver = true
        do {
            try handover.setUp(context.channel, behind: self, logger: logger)
        } catch {
            // Without a receiver nothing can be answered.
            context.close(promise: nil)
            return
        }
        if let bytes = decoder.takeInput() { context.fireChannelRead(wrapInboundOut(bytes)) }
    }

    /// Closes connections on which nothing was asked for a whole period, also those that send a head byte by byte.
    func closeIfIdle() {
        if case .idle = phase, isQuiet { close() }
        isQuiet = true
    }

    func close() { context?.close(promise: nil) }

    // MARK: Inbound

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isHandedOver else { return context.fireChannelRead(data) }
        decoder.append(unwrapInboundIn(data))
        readRequests()
    }

    /// Whether what arrives belongs to the request in hand, or to none yet.
    var takesRequests: Bool {
        switch phase {
        case .answering, .passing(isReceived: true, _): false
        case .idle, .passing, .receiving, .discarding: true
        }
    }

    /// Reads as much of what came as is the turn of.
    private func readRequests() {
        // An answer from memory ends within.
        guard !isReading else { return }
        isReading = true
        defer { isReading = false }
        while takesRequests, !isOver, let context, let piece = decoder.next() {
            switch piece {
            case .head(let head, let route): begin(head, route: route)
            case .bytes(let bytes): receive(bytes)
            case .end: requestIsWhole()
            case .foreign: return handOver(context)
            case .broken:
                refuse(
                    UpstreamFault(
                        .invalidRequest, message: "the chunks of the request body cannot be told apart",
                        code: "invalid_chunks"))
            }
        }
    }

    /// Takes in a part of a body.
    func receive(_ bytes: ByteBuffer) {
        guard case .receiving = phase else { return }
        guard intake == nil else { return receiveForm(bytes) }
        guard body.count + bytes.readableBytes <= plane.options.maximumBodyBytes else { return refuse(tooLarge()) }
        bytes.withUnsafeReadableBytes { body.append(contentsOf: $0) }
    }

    /// The request in hand has come to its end.
    func requestIsWhole() {
        switch phase {
        case .receiving(let head, let route):
            bodyTimer?.cancel()
            bodyTimer = nil
            run(head, route: route)
        case .discarding:
            isOver = true
            context?.close(promise: nil)
        case .idle, .passing, .answering: break
        }
    }

    /// Reading stops while a client sends further requests faster than they are answered.
    func read(context: ChannelHandlerContext) {
        if queuedBytes >= Self.maximumQueuedBytes || intake?.isFull == true { holdsRead = true } else { context.read() }
    }

    private var queuedBytes: Int { others?.queuedBytes ?? decoder.waitingBytes }

    func begin(_ head: RequestHead, route: InferenceRoute) {
        isQuiet = false
        phase = .receiving(head, route)
        body = []
        writer = ChannelResponseWriter(handler: self, head: head)
        if let fault = objection(toInference: true) ?? objection(to: head, route: route) { return refuse(fault) }
        if route.takesFile {
            guard beginForm(head, route: route) else { return }
        } else if let length = head.length {
            body.reserveCapacity(length)
        }
        if head.takesChunks, head.fields.says("100-continue", .expect) {
            context?.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
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
        let requestID = RequestIdentifier.make(head.fields, random: &state.identifiers)
        respond(fault, format: route.format, requestID: requestID, writer: writer)
        detachWriter()
        bodyTimer = eventLoop.scheduleTask(in: .seconds(2)) { self.context?.close(promise: nil) }
    }

    // MARK: Running

    private func run(_ head: RequestHead, route: InferenceRoute) {
        guard let writer else { return }
        phase = .answering
        let body = body
        self.body = []
        state.requestBegan(on: self)
        if let intake {
            dropForm()
            task = Task(executorPreference: state.executor) {
                await self.answer(head, route: route, form: intake, writer: writer)
                self.ended()
            }
            return
        }
        let request = DataPlaneRequest(head: head, route: route, body: body, plane: plane, state: state)
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
        detachWriter()
        phase = .idle
        isQuiet = false
        guard let context else { return }
        guard !isClosing, !isQuiescing else {
            isOver = true
            if let held = heldQuiescing {
                heldQuiescing = nil
                context.fireUserInboundEventTriggered(held)
            }
            if !closesWhenWritten { context.close(promise: nil) }
            return
        }
        takeUp(context)
    }

    /// Goes on with what came while another request was answered.
    func takeUp(_ context: ChannelHandlerContext) {
        if let others {
            others.receiveQueued()
        } else if decoder.waitingBytes > 0, !isReading {
            readRequests()
            // As after any other read: what is not whole gets its timer, and a receiver its turn.
            channelReadComplete(context: context)
        }
        readOn()
    }

    private func detachWriter() {
        writer?.detach()
        writer = nil
    }

    // MARK: Outbound

    /// Writes a part of an answer.
    func send(_ bytes: ByteBuffer, isLast: Bool = false) {
        guard let context else { return }
        context.writeAndFlush(wrapOutboundOut(bytes), promise: promise(forLast: isLast))
    }

    /// Writes a part of an answer that is too long to be one buffer.
    func send(_ pieces: [ByteBuffer], isLast: Bool) {
        guard let context else { return }
        for piece in pieces.dropLast() { context.write(wrapOutboundOut(piece), promise: nil) }
        if let last = pieces.last { send(last, isLast: isLast) }
    }

    /// What closes the connection when the end of its last answer is written.
    private func promise(forLast isLast: Bool) -> EventLoopPromise<Void>? {
        guard isLast, case .answering = phase, isQuiescing || writer?.closesAfterwards == true else { return nil }
        // Closing at once would throw away what a slow client has not taken yet.
        closesWhenWritten = true
        let promise = eventLoop.makePromise(of: Void.self)
        let timer = closeUnlessDrained()
        promise.futureResult.whenComplete { _ in
            timer.cancel()
            self.context?.close(promise: nil)
        }
        return promise
    }

    /// Gives a client that takes nothing more the time to go on, then gives it up.
    func closeUnlessDrained() -> Scheduled<Void> {
        eventLoop.scheduleTask(in: TimeAmount(plane.options.clientStallTimeout)) {
            self.clientLeft()
            self.context?.close(promise: nil)
        }
    }

    var isWritable: Bool { channel?.isWritable ?? false }

    var remoteAddress: SocketAddress? { channel?.remoteAddress }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { writer?.resume() }
        context.fireChannelWritabilityChanged()
    }

    // MARK: Ends

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        let isQuiescing = event is ChannelShouldQuiesceEvent
        if isQuiescing, isBusy {
            // Hummingbird would take the connection for idle and close it under the answer.
            self.isQuiescing = true
            heldQuiescing = event
            return
        }
        let hasEnded = (event as? ChannelEvent) == .inputClosed
        if hasEnded {
            // A client that closed its side is taken to be gone, as proxies do: no answer may be paid for in vain.
            if isBusy { giveUp() }
            // What it makes of half a head is the codec's to say.
            if case .idle = phase, decoder.waitingBytes > 0 { handOver(context) }
        }
        if !isHandedOver, case .idle = phase, isQuiescing || hasEnded { context.close(promise: nil) }
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
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if isAnswering || !isHandedOver { giveUp() } else { context.fireErrorCaught(error) }
    }

    var isAnswering: Bool { if case .answering = phase { true } else { false } }

    /// Ends the connection, for its client is gone.
    func giveUp() {
        clientLeft()
        context?.close(promise: nil)
    }

    private func clientLeft() {
        bodyTimer?.cancel()
        bodyTimer = nil
        isOver = true
        others?.drop()
        _ = decoder.takeInput()
        dropForm()
        writer?.clientLeft()
        task?.cancel()
        if case .receiving = phase { phase = .discarding }
    }
}
