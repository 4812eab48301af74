import NIOCore
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
    func objection(toInference isInference: Bool) -> UpstreamFault? {
        guard let filter = state.snapshot.addressFilter, let peer = InternetAddress(remoteAddress),
            !filter.admits(peer, at: plane.clock.wallMilliseconds())
        else { return nil }
        // Whoever sits at the machine can always undo a filter that was set too tight.
        if peer.isLoopback, !isInference { return nil }
        return UpstreamFault(
            .permission, message: "requests from the address \(peer) are not accepted", code: "address_blocked")
    }

    /// Why a request may not be sent, as far as its head tells.
    func objection(to head: RequestHead, route: InferenceRoute) -> UpstreamFault? {
        let limit = route.takesFile ? plane.options.maximumUploadBytes : plane.options.maximumBodyBytes
        if let length = head.length, length > limit {
            return route.takesFile ? UploadIntake.tooLarge(limit) : tooLarge()
        }
        if let encoding = head.fields[.contentEncoding], encoding.lowercased() != "identity" {
            return UpstreamFault(
                .invalidRequest, status: 415,
                message: "request bodies compressed as \(AnswerHeaders.sanitized(encoding)) are not accepted",
                code: "unsupported_encoding")
        }
        return nil
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
