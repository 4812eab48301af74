import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import OmniCore

/// Undoes the compression of answers, behind the connection that reads them.
final class ResponseDecompression: ChannelInboundHandler, @unchecked Sendable {  // SAFETY: used on its event loop only
    typealias InboundIn = HTTPClientResponsePart

    private unowned let connection: UpstreamConnection
    private let context: ChannelHandlerContext

    /// - Parameter context: the connection's own, to which parts of answers are given.
    init(behind connection: UpstreamConnection, context: ChannelHandlerContext) throws(TransportError) {
        self.connection = connection
        self.context = context
        do {
            let pipeline = context.pipeline.syncOperations
            try pipeline.addHandler(NIOHTTPResponseDecompressor(limit: .ratio(200)), position: .after(connection))
            try pipeline.addHandler(self)
        } catch {
            throw TransportError(.unsupportedEncoding, "the upstream's compressed answer cannot be read")
        }
    }

    func begin(_ head: ResponseHead, encoding: String) throws(TransportError) {
        // `x-gzip` is the same by its older name, which the decompressor does not know.
        let encoding = encoding.lowercased() == "x-gzip" ? "gzip" : encoding.lowercased()
        guard ["gzip", "deflate"].contains(encoding) else {
            throw TransportError(.unsupportedEncoding, "the upstream's answer is compressed in an unknown way")
        }
        var headers = HTTPHeaders([("content-encoding", encoding)])
        if let length = head.first("content-length") { headers.add(name: "content-length", value: length) }
        give(.head(HTTPResponseHead(version: .http1_1, status: .init(statusCode: head.status), headers: headers)))
    }

    func push(_ bytes: ByteBuffer) { give(.body(bytes)) }

    func end() { give(.end(nil)) }

    private func give(_ part: HTTPClientResponsePart) {
        context.fireChannelRead(NIOAny(part))
    }

    // MARK: Channel

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .body(let bytes) = unwrapInboundIn(data) { connection.receive(bytes) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        connection.errorCaught(context: self.context, error: error)
    }
}
