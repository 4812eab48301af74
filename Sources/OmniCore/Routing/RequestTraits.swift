public import OmniTranslate

/// What routing needs to know of a request.
public struct RequestTraits: Sendable {
    /// Estimated.
    public var inputTokens: Int
    /// Estimated, or what the client allows.
    public var outputTokens: Int
    public var hasTools: Bool
    public var hasImages: Bool
    public var wantsReasoning: Bool
    public var clientFormat: WireFormat
    public var session: SessionKey?
    /// The connections a client key may use; nil for all.
    public var allowedConnections: Set<ConnectionID>?

    public init(
        inputTokens: Int = 0, outputTokens: Int = 0, hasTools: Bool = false, hasImages: Bool = false,
        wantsReasoning: Bool = false, clientFormat: WireFormat = .openAIChat, session: SessionKey? = nil,
        allowedConnections: Set<ConnectionID>? = nil
    ) {
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.hasTools = hasTools
        self.hasImages = hasImages
        self.wantsReasoning = wantsReasoning
        self.clientFormat = clientFormat
        self.session = session
        self.allowedConnections = allowedConnections
    }
}
