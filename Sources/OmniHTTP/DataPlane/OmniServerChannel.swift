public import HummingbirdCore
public import Logging
public import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// A server connection whose inference requests are taken out before Hummingbird sees them.
///
/// Hummingbird sets its own pipeline up; a ``DataPlaneHandler`` is then put in front of it. Management, dashboard and
/// everything else flow on untouched, on the same listener.
public struct OmniServerChannel: ServerChildChannel {
    public typealias Value = HTTP1Channel.Value

    private let base: HTTP1Channel
    private let plane: DataPlane

    public init(plane: DataPlane, responder: @escaping HTTPChannelHandler.Responder) {
        self.plane = plane
        base = HTTP1Channel(responder: responder)
    }

    public func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let plane = plane
        return base.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let codec = try pipeline.context(handlerType: HTTP1ToHTTPServerCodec.self).handler
            let handler = DataPlaneHandler(plane: plane, eventLoop: channel.eventLoop)
            guard let codec = codec as? HTTP1ToHTTPServerCodec else {
                throw ChannelPipelineError.notFound
            }
            try pipeline.addHandler(handler, position: .before(codec))
            return value
        }
    }

    public func handle(value: Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}
