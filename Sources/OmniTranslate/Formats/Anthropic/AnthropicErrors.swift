import OmniJSON

/// Errors as Anthropic writes them.
enum AnthropicErrors {
    /// The fault in an error body or `error` event; nil when the object is no error.
    /// - Parameter status: the HTTP status, or nil for an error inside a stream.
    static func decode(_ body: JSONValue, status: Int?) -> UpstreamFault? {
        guard let error = body.present("error"), error.kind == .object else {
            // Compatible servers often fall back to OpenAI's shape.
            return OpenAIChatErrors.decode(body, status: status)
        }
        return FaultCodec.fault(
            status: status, message: error.present("message")?.string ?? "", type: error.present("type")?.string,
            code: error.present("details")?.present("error_code")?.string ?? error.present("code")?.string,
            parameter: error.present("param")?.string)
    }

    /// - Parameter requestID: shown to the client when given.
    static func write(_ fault: UpstreamFault, requestID: String?, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("type")
        writer.value("error")
        writer.key("error")
        writer.beginObject()
        writer.key("type")
        writer.value(type(of: fault.kind))
        writer.key("message")
        writer.string(message(of: fault))
        // Anthropic's stable codes live there; other dialects' codes would mislead, yet help where nothing else does.
        if let code = fault.code {
            writer.key("details")
            writer.beginObject()
            writer.key("error_code")
            writer.string(code)
            writer.endObject()
        }
        writer.endObject()
        if let requestID {
            writer.key("request_id")
            writer.string(requestID)
        }
        writer.endObject()
    }

    /// Agents recognize a full context by these words, there is no code for it.
    private static func message(of fault: UpstreamFault) -> String {
        guard fault.kind == .contextLength, !fault.message.lowercased().contains("prompt is too long") else {
            return fault.message
        }
        return "prompt is too long: \(fault.message)"
    }

    private static func type(of kind: UpstreamFault.Kind) -> StaticString {
        switch kind {
        case .invalidRequest, .contextLength, .methodNotAllowed, .unprocessable, .clientClosed:
            "invalid_request_error"
        case .authentication: "authentication_error"
        case .billing: "billing_error"
        case .permission: "permission_error"
        case .notFound: "not_found_error"
        case .conflict: "conflict_error"
        case .tooLarge: "request_too_large"
        case .rateLimit: "rate_limit_error"
        case .upstream: "api_error"
        case .overloaded: "overloaded_error"
        case .timeout: "timeout_error"
        }
    }
}
