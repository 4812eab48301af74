/// What went wrong, in terms every dialect can express (kind, words), with the upstream's own words kept.
public struct UpstreamFault: Error, Sendable, Hashable {
    /// The router's error vocabulary; each dialect maps it to its own types.
    public enum Kind: String, Sendable, CaseIterable {
        case invalidRequest, contextLength, authentication, billing, permission, notFound, methodNotAllowed, conflict
        case tooLarge, unprocessable, rateLimit, clientClosed, upstream, overloaded, timeout
    }

    public var kind: Kind
    /// The HTTP status for the client, before any dialect's own adjustment.
    public var status: Int
    /// For people; no secret, no address of an upstream.
    public var message: String
    /// A machine-readable code such as `model_not_found` or the upstream's own.
    public var code: String?
    /// The field at fault, such as `messages[2].content`.
    public var parameter: String?
    /// How long the upstream asks to be left alone, from its error's body; `retry-after` is a header of its answer.
    public var retryAfter: Duration?

    public init(
        _ kind: Kind, status: Int? = nil, message: String, code: String? = nil, parameter: String? = nil,
        retryAfter: Duration? = nil
    ) {
        self.kind = kind
        self.status = status ?? kind.status
        self.message = message
        self.code = code
        self.parameter = parameter
        self.retryAfter = retryAfter
    }
}

extension UpstreamFault.Kind {
    /// The status each kind has unless the upstream said otherwise.
    public var status: Int {
        switch self {
        case .invalidRequest, .contextLength: 400
        case .authentication: 401
        case .billing: 402
        case .permission: 403
        case .notFound: 404
        case .methodNotAllowed: 405
        case .conflict: 409
        case .tooLarge: 413
        case .unprocessable: 422
        case .rateLimit: 429
        case .clientClosed: 499
        case .upstream: 502
        case .overloaded: 503
        case .timeout: 504
        }
    }
}
