import OmniTranslate

extension UpstreamFault {
    /// The fault a client is told of when the call failed below HTTP.
    init(_ error: TransportError) {
        switch error.code {
        case .connectTimeout, .firstEventTimeout, .stalled, .totalTimeout:
            self.init(.timeout, message: error.message, code: error.code.faultCode)
        case .cancelled: self.init(.clientClosed, message: error.message, code: error.code.faultCode)
        case .uploadLost: self.init(.upstream, status: 500, message: error.message, code: error.code.faultCode)
        case .connectionLost, .tooLarge, .protocolViolation, .unsupportedEncoding, .invalidAddress, .resolutionFailed,
            .connectionRefused, .tlsFailed, .proxyUnresolvable, .proxyRefused, .proxyTimeout, .proxyTLSFailed,
            .proxyAuthentication, .proxyDenied, .proxyFailed:
            self.init(.upstream, message: error.message, code: error.code.faultCode)
        }
    }

    init(_ error: TranslationError) {
        switch error.code {
        case .invalid:
            self.init(.invalidRequest, message: error.description, code: "invalid_request", parameter: error.path)
        case .unsupported:
            self.init(.invalidRequest, message: error.description, code: "unsupported_parameter", parameter: error.path)
        case .malformedAnswer:
            self.init(
                .upstream, message: "the upstream's answer is malformed: \(error.description)", code: "upstream_invalid"
            )
        }
    }
}

extension TransportError.Code {
    /// What clients and logs are told.
    var faultCode: String {
        switch self {
        case .connectTimeout, .firstEventTimeout, .stalled, .totalTimeout: "upstream_timeout"
        case .cancelled: "client_closed"
        case .uploadLost: "upload_lost"
        case .connectionLost: "upstream_incomplete"
        case .tooLarge, .protocolViolation, .unsupportedEncoding: "upstream_invalid"
        case .invalidAddress, .resolutionFailed, .connectionRefused, .tlsFailed: "upstream_unreachable"
        case .proxyUnresolvable, .proxyRefused, .proxyTimeout, .proxyTLSFailed, .proxyFailed: "proxy_unreachable"
        case .proxyAuthentication: "proxy_authentication"
        case .proxyDenied: "proxy_denied"
        }
    }
}
