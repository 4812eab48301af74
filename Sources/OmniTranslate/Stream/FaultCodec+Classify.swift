/// From the words of an upstream to the router's vocabulary.
extension FaultCodec {
    /// - Parameters:
    ///   - status: the HTTP status; nil for an error inside a stream, whose type then decides alone.
    ///   - type: the dialect's error type, such as `overloaded_error`.
    ///   - code: its machine-readable code, such as `context_length_exceeded`.
    static func fault(
        status: Int?, message: String, type: String? = nil, code: String? = nil, parameter: String? = nil
    ) -> UpstreamFault {
        // Only the router itself knows whether its client is gone.
        let status = status == 499 ? nil : status
        let kind = kind(status: status, type: type, code: code, message: message)
        let words = FaultWording.clean(message)
        return UpstreamFault(
            kind, status: status, message: words.isEmpty ? defaultMessage(kind: kind, status: status) : words,
            code: code.map(FaultWording.clean), parameter: parameter.map(FaultWording.clean),
            retryAfter: kind.canPass ? RetryHint.inWords(message) : nil)
    }

    private static func kind(status: Int?, type: String?, code: String?, message: String) -> UpstreamFault.Kind {
        let isClientFault = status.map { $0 == 400 || $0 == 413 || $0 == 422 || $0 == 500 } ?? true
        if code == "context_length_exceeded" || isClientFault && mentionsContextLength(message) {
            return .contextLength
        }
        if code == "insufficient_quota" || type == "insufficient_quota" { return .billing }
        if let status { return kind(status: status, message: message) }
        // The code says more than the type: `invalid_request_error` covers half of them.
        for word in [code, type].compactMap({ $0 }) {
            if let kind = kinds[word] { return kind }
        }
        return .upstream
    }

    private static func kind(status: Int, message: String) -> UpstreamFault.Kind {
        switch status {
        // Gemini answers a bad key with 400.
        case 400: message.hasPrefix("API key not valid") ? .authentication : .invalidRequest
        case 401: .authentication
        case 402: .billing
        case 403: .permission
        case 404: .notFound
        case 405: .methodNotAllowed
        case 408, 504, 524: .timeout
        case 409: .conflict
        case 413: .tooLarge
        case 422: .unprocessable
        case 429: .rateLimit
        case 503, 529: .overloaded
        case 400..<500: .invalidRequest
        default: .upstream
        }
    }

    private static let kinds: [String: UpstreamFault.Kind] = [
        "invalid_request_error": .invalidRequest, "authentication_error": .authentication,
        "invalid_api_key": .authentication, "billing_error": .billing, "permission_error": .permission,
        "not_found_error": .notFound, "model_not_found": .notFound, "conflict_error": .conflict,
        "request_too_large": .tooLarge, "rate_limit_error": .rateLimit, "rate_limit_exceeded": .rateLimit,
        "api_error": .upstream, "server_error": .upstream, "overloaded_error": .overloaded, "overloaded": .overloaded,
        "timeout_error": .timeout, "timeout": .timeout,
    ]

    private static func mentionsContextLength(_ message: String) -> Bool {
        let words = message.lowercased()
        return [
            "context length", "context window", "context_length", "prompt is too long", "input is too long",
            "maximum context", "input token count", "exceeds the maximum number of tokens",
        ].contains { words.contains($0) }
    }

    private static func defaultMessage(kind: UpstreamFault.Kind, status: Int?) -> String {
        let end = status.map { " with status \($0) and no usable error message" } ?? " with an error"
        return switch kind {
        case .rateLimit: "the upstream limits the rate of requests and answered" + end
        case .overloaded: "the upstream is overloaded and answered" + end
        case .timeout: "the upstream gave up waiting and answered" + end
        default: "the upstream answered" + end
        }
    }
}

extension UpstreamFault.Kind {
    /// Whether waiting can help; words of other faults may quote a client's, which are no hint.
    fileprivate var canPass: Bool {
        switch self {
        case .rateLimit, .overloaded, .timeout, .upstream, .billing: true
        case .invalidRequest, .contextLength, .authentication, .permission, .notFound, .methodNotAllowed, .conflict,
            .tooLarge, .unprocessable, .clientClosed:
            false
        }
    }
}
