public import HummingbirdCore
public import Logging
public import NIOCore

/// A server connection whose inference requests never reach Hummingbird.
///
/// A ``DataPlaneHandler`` stands at its socket. When the first request comes that is for the management API, the dashboard or
/// anything else, NIO's codec and Hummingbird's part of the pipeline are set up behind it; for most connections never.
/// ``DataPlane/connections`` must run beside the server.
public struct OmniServerChannel: ServerChildChannel {
    /// An accepted connection.
    public struct Value: ServerChildChannelValue {
        public let channel: any Channel
    }

    private let handover: HummingbirdHandover
    private let plane: DataPlane

    public init(plane: DataPlane, responder: @escaping HTTPChannelHandler.Responder) {
        self.plane = plane
        handover = HummingbirdHandover(to: HTTP1Channel(responder: responder))
    }

    public func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(
                DataPlaneHandler(plane: plane, channel: channel, handover: handover, logger: logger))
            return Value(channel: channel)
        }
    }

    /// Returns at once: what there is to do is done on the connection's loop, or by ``ClientConnections``.
    public func handle(value: Value, logger: Logger) async {}
}
