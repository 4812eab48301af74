public import HummingbirdCore
public import Logging
public import NIOCore

/// A server connection whose inference requests never reach Hummingbird.
///
/// A ``DataPlaneHandler`` stands at its socket. When the first request comes that is for the management API, the dashboard or
/// anything else, NIO's codec and Hummingbird's part of the pipeline are set up behind it; for most connections never.
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
            let handover = HummingbirdHandover(channel: channel, configuration: base.configuration, logger: logger)
            try channel.pipeline.syncOperations.addHandler(
                DataPlaneHandler(plane: plane, channel: channel, handover: handover))
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
