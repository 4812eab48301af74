import NIOCore
import NIOHTTP1
import OmniCore
import OmniTranslate

/// What is wrong with requests before anybody reads them.
extension DataPlaneHandler {
    func tooLarge() -> UpstreamFault {
        UpstreamFault(
            .tooLarge, message: "the request body is larger than \(plane.options.maximumBodyBytes) bytes",
            code: "request_too_large")
    }

    /// Why the address of this connection may not make a request; nil when it may.
    func objection(to context: ChannelHandlerContext, _ head: HTTPRequestHead) -> UpstreamFault? {
        guard let filter = plane.state(of: eventLoop).snapshot.addressFilter,
            let peer = InternetAddress(context.channel.remoteAddress),
            !filter.admits(peer, at: plane.clock.wallMilliseconds())
        else { return nil }
        // Whoever sits at the machine can always undo a filter that was set too tight.
        if peer.isLoopback, InferenceRoute(method: head.method, uri: head.uri) == nil { return nil }
        return UpstreamFault(
            .permission, message: "requests from the address \(peer) are not accepted", code: "address_blocked")
    }

    func respond(
        _ fault: UpstreamFault, format: WireFormat, requestID: String, writer: ChannelResponseWriter,
        allowedMethods: String? = nil
    ) {
        let (status, body) = FaultCodec.encode(fault, to: format, requestID: requestID)
        var headers = AnswerHeaders.base(requestID: requestID, format: format)
        headers.append(("content-type", "application/json"))
        if let allowedMethods { headers.append(("allow", allowedMethods)) }
        writer.respond(status: status, headers: headers, body: ByteBuffer(bytes: body))
    }
}
