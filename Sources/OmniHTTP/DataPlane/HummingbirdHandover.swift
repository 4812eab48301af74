import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// Sets up NIO's codec and Hummingbird's part of a connection when something comes that is not the data plane's.
///
/// An inference connection so does without seven handlers, a task, and a stream of requests that nobody reads: several kilobytes
/// in all.
final class HummingbirdHandover: Sendable {
    /// Why nobody can take a connection.
    struct Refused: Error {}

    private let server: HTTP1Channel

    init(to server: HTTP1Channel) { self.server = server }

    /// Appends what `HTTP1Channel` has, with the data plane between the codec and the rest, and has it served.
    func setUp(_ channel: any Channel, behind connection: DataPlaneHandler, logger: Logger) throws {
        let configuration = server.configuration
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
        let value = try HTTP1Channel.Value(
            wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
        let handedOver = ClientConnections.HandedOver(server: server, value: value, logger: logger)
        guard connection.plane.connections.serve(handedOver) else { throw Refused() }
    }

    private var decoderLimits: NIOHTTPDecoderLimitConfiguration {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = server.configuration.httpDecoder.maxHeaderFieldSize
        limits.maxHeaderListSize = server.configuration.httpDecoder.maxHeaderListSize
        limits.maxHeaderFieldCount = server.configuration.httpDecoder.maxHeaderFieldCount
        return limits
    }
}
