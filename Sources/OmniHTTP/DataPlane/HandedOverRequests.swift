import NIOCore
import NIOHTTP1

/// Stands behind NIO's codec on connections that were handed over: sorts out the inference requests among the others.
///
/// Hummingbird gets what is not the data plane's. One request at a time: what a pipelining client sends ahead waits here.
final class HandedOverRequests: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let connection: DataPlaneHandler
    private var context: ChannelHandlerContext?
    private var queued: [HTTPServerRequestPart] = []
    /// What waits here, in bytes.
    private(set) var queuedBytes = 0

    /// What a part counts for besides its bytes.
    private static let partOverhead = 512

    init(_ connection: DataPlaneHandler) { self.connection = connection }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        connection.others = self
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        connection.others = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        guard connection.takesRequests else {
            queued.append(part)
            queuedBytes += Self.partOverhead
            if case .body(let bytes) = part { queuedBytes += bytes.readableBytes }
            return
        }
        receive(part, context: context)
    }

    private func receive(_ part: HTTPServerRequestPart, context: ChannelHandlerContext) {
        switch part {
        case .head(let head): if connection.take(head) { return }
        case .body(let bytes) where !connection.isPassing: return connection.receive(bytes)
        case .end where !connection.isPassing: return connection.requestIsWhole()
        case .body: break
        case .end: connection.passedRequest()
        }
        context.fireChannelRead(wrapInboundOut(part))
    }

    /// Takes up the requests that waited.
    func receiveQueued() {
        guard !queued.isEmpty, let context else { return }
        let parts = queued
        drop()
        for part in parts { channelRead(context: context, data: wrapInboundOut(part)) }
        // Hummingbird takes up what it was given only when told that this was all for now.
        context.fireChannelReadComplete()
    }

    /// Lets go of what waits: nobody is left to be answered.
    func drop() {
        queued = []
        queuedBytes = 0
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        context.write(data, promise: promise)
        if case .end = unwrapOutboundIn(data) { connection.passedAnswer() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Answers under way would be mixed up with what Hummingbird says about it.
        if connection.isAnswering { connection.giveUp() } else { context.fireErrorCaught(error) }
    }
}
