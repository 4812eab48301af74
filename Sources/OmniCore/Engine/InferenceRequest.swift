public import OmniTranslate

/// One request as a client sent it, after authentication.
public struct InferenceRequest: Sendable {
    /// Identifies the request in logs and answers; the client's `X-Request-Id` when it is a sane one.
    public var id: String
    /// Milliseconds since 1970 when the request was complete.
    public var receivedAt: Int64
    /// The same moment on the clock for durations; nil for the moment the engine is asked.
    public var arrivedAt: UInt64?
    public var clientFormat: WireFormat
    /// The path, for the request log.
    public var path: String
    /// One JSON object; empty once an answer has begun and it is needed no more.
    public var body: [UInt8] { storage.bytes }
    /// The length in bytes of the body the client sent, also when it is gone.
    public let bodyLength: Int
    private let storage: Storage
    public var clientKey: ClientKeyID?
    /// Headers of the client's dialect that its upstream may see, lower-case names (`anthropic-version`, `anthropic-beta`).
    public var dialectHeaders: [(name: String, value: String)]
    /// Whether losses of translation are refused (`X-OmniRoute-Strict: true`).
    public var isStrict: Bool
    /// What the URL said besides the dialect.
    public var operation: RequestOperation
    /// The client's own name for the conversation (`X-Session-Id`), which should stay on one account.
    public var session: String?
    /// Whether the answer's head shall say which way the request took (`X-OmniRoute-Route: true`).
    public var wantsRoute = false
    /// The client's `traceparent`, where traces are told.
    public var traceParent: String?
    /// Whether the answer's head shall say how long the router itself took (`X-OmniRoute-Overhead: true`).
    public var wantsOverhead = false
    /// What makes it a duplicate of another one; nil when nothing does.
    public var idempotency: IdempotencyMark?
    /// The type of the body, as the client's head gives it.
    public var contentType: String?
    /// Whether a stream shall tell how it gets on (`X-OmniRoute-Progress: true`).
    public var wantsProgress = false
    /// Whether the client wants no answer from the cache and none of its own kept (`X-OmniRoute-No-Cache: true`).
    public var bypassesCache = false

    public init(
        id: String, receivedAt: Int64, clientFormat: WireFormat, path: String, body: [UInt8],
        clientKey: ClientKeyID? = nil, dialectHeaders: [(name: String, value: String)] = [], isStrict: Bool = false,
        operation: RequestOperation = RequestOperation()
    ) {
        self.id = id
        self.receivedAt = receivedAt
        self.clientFormat = clientFormat
        self.path = path
        storage = Storage(body)
        bodyLength = body.count
        self.clientKey = clientKey
        self.dialectHeaders = dialectHeaders
        self.isStrict = isStrict
        self.operation = operation
    }

    /// The file that came with the body; nil for nearly all requests.
    public var upload: ClientUpload? { storage.upload }

    /// Puts a file beside the body.
    public func attach(_ upload: ClientUpload?) { storage.upload = upload }

    /// Puts another body in the place of the client's.
    func replaceBody(with body: [UInt8]) { storage.bytes = body }

    /// Lets the body go: streams may run for hours, and nobody needs what was asked any more.
    func releaseBody() {
        storage.bytes = []
        storage.upload = nil
    }

    /// The body in a place of its own, so that letting it go frees it whoever else holds the request.
    private final class Storage: @unchecked Sendable {  // SAFETY: only the request's task, pinned to one loop, uses it
        var bytes: [UInt8]
        var upload: ClientUpload?

        init(_ bytes: [UInt8]) { self.bytes = bytes }
    }

    /// Whether it is answered in any other way than most.
    var isMarked: Bool { wantsProgress || idempotency != nil }

    func dialectHeader(_ name: String) -> String? {
        dialectHeaders.first { $0.name == name }?.value
    }
}
