import OmniJSON

/// Errors as OpenAI and the many servers that imitate it write them.
enum OpenAIChatErrors {
    /// The fault in an error body or in-band error object; nil when the object is no error.
    /// - Parameter status: the HTTP status, or nil for an error inside a stream. now: milliseconds since 1970.
    static func decode(_ body: JSONValue, status: Int?, now: Int64? = nil) -> UpstreamFault? {
        guard body.kind == .object else { return nil }
        if let error = body.present("error") {
            if let text = error.string { return FaultCodec.fault(status: status, message: text) }
            guard error.kind == .object else { return nil }
            return decodeObject(error, status: status, now: now)
        }
        // vLLM and Mistral put the fields at the top.
        if body["object"]?.isString("error") == true || body["type"]?.isString("error") == true {
            return decodeObject(body, status: status, now: now)
        }
        guard status != nil else { return nil }
        for name in ["message", "detail", "error_message", "err_msg"] as [StaticString] {
            guard let value = body.present(name) else { continue }
            if let text = value.string { return FaultCodec.fault(status: status, message: text) }
            // FastAPI: a list of {loc, msg, type}.
            if let text = value.elements.first(where: { _ in true })?["msg"]?.string {
                return FaultCodec.fault(status: status, message: text)
            }
        }
        return nil
    }

    private static func decodeObject(_ error: JSONValue, status: Int?, now: Int64?) -> UpstreamFault {
        var status = status
        var code = error.present("code")?.string
        if let number = error.present("code")?.int {
            code = nil
            if status == nil, (400..<600).contains(number) { status = number }
        }
        var fault = FaultCodec.fault(
            status: status, message: error.present("message")?.string ?? "", type: error.present("type")?.string,
            code: code, parameter: error.present("param")?.string)
        if let span = RetryHint.renewal(in: error, now: now) { fault.retryAfter = span }
        return fault
    }

    static func write(_ fault: UpstreamFault, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("error")
        writer.beginObject()
        writer.key("message")
        writer.string(fault.message)
        writer.key("type")
        writer.value(type(of: fault))
        writer.key("param")
        if let parameter = fault.parameter { writer.string(parameter) } else { writer.null() }
        writer.key("code")
        if fault.kind == .contextLength {
            // Agents shorten their history at this code and at no other.
            writer.value("context_length_exceeded")
        } else if let code = fault.code {
            writer.string(code)
        } else if let code = defaultCode(of: fault) {
            writer.value(code)
        } else {
            writer.null()
        }
        writer.endObject()
        writer.endObject()
    }

    private static func type(of fault: UpstreamFault) -> StaticString {
        switch fault.kind {
        case .invalidRequest, .contextLength, .notFound, .methodNotAllowed, .tooLarge, .unprocessable, .clientClosed:
            "invalid_request_error"
        case .authentication: "authentication_error"
        case .billing: "insufficient_quota"
        case .permission: "permission_error"
        case .conflict: "conflict_error"
        case .rateLimit: "rate_limit_error"
        case .upstream, .overloaded, .timeout: "server_error"
        }
    }

    private static func defaultCode(of fault: UpstreamFault) -> StaticString? {
        switch fault.kind {
        case .authentication: "invalid_api_key"
        case .billing: "insufficient_quota"
        case .notFound: "model_not_found"
        case .rateLimit: "rate_limit_exceeded"
        case .overloaded: "overloaded"
        case .timeout: "timeout"
        default: nil
        }
    }
}
