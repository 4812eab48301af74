public import HummingbirdCore
public import Logging
public import NIOCore
import NIOHTTP1

/// A server connection whose inference requests never reach Hummingbird.
///
/// A ``DataPlaneHandler`` stands at its HTTP codec. Management, dashboard and everything else flow on from it, on the same
/// listener; Hummingbird's part of the pipeline is set up when the first such request comes, for most connections never.
public struct OmniServerChannel: ServerChildChannel {
    /// An accepted connection.
    public struct Value: ServerChildChannelValue {
        public let channel: any Channel
        /// Hummingbird's side of it; nil once it ended without one.
        fileprivate let others: EventLoopFuture<HTTP1Channel.Value?>
    }

    private let base: HTTP1Channel
    private let plane: DataPlane

    public init(plane: DataPlane, responder: @escaping HTTPChannelHandler.Responder) {
        self.plane = plane
        base = HTTP1Channel(responder: responder)
    }

    public func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            var limits = NIOHTTPDecoderLimitConfiguration()
            limits.maxHeaderFieldSize = base.configuration.httpDecoder.maxHeaderFieldSize
            limits.maxHeaderListSize = base.configuration.httpDecoder.maxHeaderListSize
            limits.maxHeaderFieldCount = base.configuration.httpDecoder.maxHeaderFieldCount
            let pipeline = channel.pipeline.syncOperations
            // Pipelining, errors and headers are dealt with behind: by the data plane's handler and by Hummingbird.
            try pipeline.configureHTTPServerPipeline(
                withPipeliningAssistance: false, withErrorHandling: false, withOutboundHeaderValidation: false,
                withEncoderConfiguration: .init(), withDecoderLimitConfiguration: limits)
            let handover = HummingbirdHandover(channel: channel, configuration: base.configuration, logger: logger)
            try pipeline.addHandler(
                DataPlaneHandler(plane: plane, eventLoop: channel.eventLoop, handover: handover))
            return Value(channel: channel, others: handover.future)
        }
    }

    public func handle(value: Value, logger: Logger) async {
        let others = await withTaskCancellationHandler {
            // Nobody fails it.
            try? await value.others.get()
        } onCancel: {
            // As Hummingbird does: its loop ends with its input.
            value.channel.close(mode: .input, promise: nil)
        }
        guard let asyncChannel = others.flatMap({ $0 }) else { return }
        await base.handle(value: asyncChannel, logger: logger)
    }
}
