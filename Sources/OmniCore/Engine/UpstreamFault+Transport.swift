import OmniTranslate

extension UpstreamFault {
    /// The fault a client is told of when the call failed below HTTP.
    init(_ error: TransportError) {
        switch error.code {
        case .connectTimeout, .firstEventTimeout, .stalled, .totalTimeout:
            self.init(.timeout, message: error.message, code: "upstream_timeout")
        case .cancelled: self.init(.clientClosed, message: error.message, code: "client_closed")
        case .connectionLost: self.init(.upstream, message: error.message, code: "upstream_incomplete")
        case .tooLarge, .protocolViolation, .unsupportedEncoding:
            self.init(.upstream, message: error.message, code: "upstream_invalid")
        case .invalidAddress, .resolutionFailed, .connectionRefused, .tlsFailed:
            self.init(.upstream, message: error.message, code: "upstream_unreachable")
        }
    }

    init(_ error: TranslationError) {
        switch error.code {
        case .invalid:
            self.init(.invalidRequest, message: error.description, code: "invalid_request", parameter: error.path)
        case .unsupported:
            self.init(.invalidRequest, message: error.description, code: "unsupported_parameter", parameter: error.path)
        case .malformedAnswer:
            self.init(.upstream, message: "the upstream's answer is malformed: \(error.description)", code: "upstream_invalid")
        }
    }
}
