import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// Sets up NIO's codec and Hummingbird's part of a connection when something comes that is not the data plane's.
///
/// An inference connection so does without seven handlers and a stream of requests that nobody reads, several kilobytes in all.
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

    /// Appends what `HTTP1Channel` has, with the data plane between the codec and the rest.
    func setUp(behind connection: DataPlaneHandler) throws {
        guard !isSetUp else { return }
        isSetUp = true
        let pipeline = channel.pipeline.syncOperations
        // Pipelining, errors and headers are dealt with behind: by the data plane's handler and by Hummingbird.
        try pipeline.configureHTTPServerPipeline(
            withPipeliningAssistance: false, withErrorHandling: false, withOutboundHeaderValidation: false,
            withEncoderConfiguration: .init(), withDecoderLimitConfiguration: decoderLimits)
        try pipeline.addHandler(HandedOverRequests(connection))
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

    private var decoderLimits: NIOHTTPDecoderLimitConfiguration {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = configuration.httpDecoder.maxHeaderFieldSize
        limits.maxHeaderListSize = configuration.httpDecoder.maxHeaderListSize
        limits.maxHeaderFieldCount = configuration.httpDecoder.maxHeaderFieldCount
        return limits
    }
}
