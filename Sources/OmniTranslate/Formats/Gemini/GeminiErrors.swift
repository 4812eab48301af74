import OmniJSON

/// Errors as Google's APIs write them.
enum GeminiErrors {
    /// The fault in an error body or in-band error; nil when the object is no error.
    /// - Parameter status: the HTTP status, or nil for an error inside a stream.
    static func decode(_ body: JSONValue, status: Int?) -> UpstreamFault? {
        // Streams without SSE, and some gateways, wrap the object in an array (C086).
        let body = body.kind == .array ? body.elements.first { _ in true } ?? body : body
        guard let error = body.present("error"), error.kind == .object else {
            return OpenAIChatErrors.decode(body, status: status)
        }
        let name = error.present("status")?.string
        let number = error.present("code")?.int.flatMap { (400..<600).contains($0) ? $0 : nil }
        let details = error.present("details").map { Array($0.elements) } ?? []
        let reason = details.compactMap { $0["reason"]?.string }.first
        var fault = FaultCodec.fault(
            status: status ?? number, message: error.present("message")?.string ?? "", code: reason,
            parameter: details.compactMap(field).first)
        if fault.kind != .contextLength, status ?? number == nil, let kind = name.flatMap({ kinds[$0] }) {
            fault = UpstreamFault(
                kind, message: fault.message, code: fault.code ?? name.map(FaultWording.clean),
                parameter: fault.parameter, retryAfter: fault.retryAfter ?? RetryHint.inWords(fault.message))
        }
        if let span = RetryHint.inDetails(details) { fault.retryAfter = span }
        if reason == "API_KEY_INVALID" { fault.kind = .authentication }
        return fault
    }

    private static func field(in detail: JSONValue) -> String? {
        detail["fieldViolations"]?.elements.first { _ in true }?["field"]?.string
    }

    private static let kinds: [String: UpstreamFault.Kind] = [
        "INVALID_ARGUMENT": .invalidRequest, "FAILED_PRECONDITION": .invalidRequest, "OUT_OF_RANGE": .invalidRequest,
        "UNAUTHENTICATED": .authentication, "PERMISSION_DENIED": .permission, "NOT_FOUND": .notFound,
        "ALREADY_EXISTS": .conflict, "ABORTED": .conflict, "RESOURCE_EXHAUSTED": .rateLimit, "CANCELLED": .clientClosed,
        "UNIMPLEMENTED": .methodNotAllowed, "INTERNAL": .upstream, "UNKNOWN": .upstream, "DATA_LOSS": .upstream,
        "UNAVAILABLE": .overloaded, "DEADLINE_EXCEEDED": .timeout,
    ]
}
