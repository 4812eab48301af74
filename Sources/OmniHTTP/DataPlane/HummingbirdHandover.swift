import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypesHTTP1

/// Sets up Hummingbird's part of a connection when something comes that is not the data plane's.
///
/// An inference connection so does without four handlers and a stream of requests that nobody reads, several kilobytes in all.
final class HummingbirdHandover: @unchecked Sendable {  // SAFETY: used on the channel's event loop only
    private let channel: any Channel
    private let configuration: HTTP1Channel.Configuration
    private let logger: Logger
    private let promise: EventLoopPromise<HTTP1Channel.Value?>
    private(set) var isSetUp = false

    init(channel: any Channel, configuration: HTTP1Channel.Configuration, logger: Logger) {
        self.channel = channel
        self.configuration = configuration
        self.logger = logger
        promise = channel.eventLoop.makePromise(of: HTTP1Channel.Value?.self)
    }

    /// What Hummingbird shall serve; nil when the connection ended without it.
    var future: EventLoopFuture<HTTP1Channel.Value?> { promise.futureResult }

    /// Appends what `HTTP1Channel` appends to the codec; does nothing when that is done.
    func setUp() throws {
        guard !isSetUp else { return }
        isSetUp = true
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
        try pipeline.addHandlers(configuration.additionalChannelHandlers())
        try pipeline.addHandler(
            HTTPConnectionStateHandler(idleTimeout: configuration.idleTimeout.map { .init($0) }, logger: logger))
        promise.succeed(
            try HTTP1Channel.Value(
                wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true)))
    }

    /// The connection is over.
    func end() { promise.succeed(nil) }
}
