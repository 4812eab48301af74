public import OmniTranslate

/// One request as a client sent it, after authentication.
public struct InferenceRequest: Sendable {
    /// Identifies the request in logs and answers; the client's `X-Request-Id` when it is a sane one.
    public var id: String
    /// Milliseconds since 1970 when the request was complete.
    public var receivedAt: Int64
    public var clientFormat: WireFormat
    /// The path, for the request log.
    public var path: String
    /// One JSON object.
    public var body: [UInt8]
    public var clientKey: ClientKeyID?
    /// Headers of the client's dialect that its upstream may see, lower-case names (`anthropic-version`, `anthropic-beta`).
    public var dialectHeaders: [(name: String, value: String)]
    /// Whether losses of translation are refused (`X-OmniRoute-Strict: true`).
    public var isStrict: Bool

    public init(
        id: String, receivedAt: Int64, clientFormat: WireFormat, path: String, body: [UInt8],
        clientKey: ClientKeyID? = nil, dialectHeaders: [(name: String, value: String)] = [], isStrict: Bool = false
    ) {
        self.id = id
        self.receivedAt = receivedAt
        self.clientFormat = clientFormat
        self.path = path
        self.body = body
        self.clientKey = clientKey
        self.dialectHeaders = dialectHeaders
        self.isStrict = isStrict
    }

    func dialectHeader(_ name: String) -> String? {
        dialectHeaders.first { $0.name == name }?.value
    }
}
