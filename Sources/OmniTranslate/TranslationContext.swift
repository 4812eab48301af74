public import OmniJSON

/// What a codec must know about the target besides the request itself.
public struct TranslationContext: Sendable {
    /// The upstream's model id.
    public var model: String
    /// The provider the request goes to or the answer came from.
    public var provider: String
    public var capabilities: ModelCapabilities
    /// Whether a loss that is normally reported is refused instead (`X-OmniRoute-Strict`).
    public var isStrict: Bool
    /// Whether reasoning text is shown to chat clients as `reasoning_content`.
    public var showsReasoning: Bool
    /// The model name the client asked for; answers carry it.
    public var requestedModel: String
    /// Seconds since 1970, for dialects whose answers need a time the upstream did not give.
    public var now: Int
    /// Whether the client asked a chat stream to end with a usage chunk.
    public var includesStreamUsage: Bool
    /// Tool names the upstream was sent in place of the client's own, which its limits did not allow.
    public var renamedTools: [JSONText: JSONText] = [:]
    /// Whether a Gemini client wants its stream as one JSON array: it did not ask for `alt=sse`.
    public var usesArrayFraming = false
    /// Names, as sent, of free-text tools the upstream knows as functions of one string.
    public var customTools: Set<JSONText> = []
    /// A Responses client's tools of groups by the names they went by, before ``renamedTools`` changed any.
    public var groupedTools: [JSONText: GroupedTool] = [:]
    /// Whether the client sent a prompt and awaits bare text: `response` from `/api/generate` (Ollama), `text` from
    /// `/v1/completions` (OpenAI).
    public var answersAsGenerate = false
    /// Stop sequences the upstream was not told, at which the answer is cut here.
    public var stopSequences: [JSONText] = []
    /// Whether somebody remembers the thoughts that led to calls, for a client that may not carry them.
    public var keepsThoughts = false
    /// Whether the router keeps the answer for later requests to refer to; Responses clients are told.
    public var keepsAnswer = false
    /// What makes the id of an answer that is kept different from every other.
    public var answerSeed = ""
    /// The request's id, of which ids are made where the upstream gives none; empty where no request is known.
    public var requestID = ""
    /// The response a Responses client continues.
    public var previousResponse: JSONText?

    public init(
        model: String, provider: String, capabilities: ModelCapabilities = ModelCapabilities(), isStrict: Bool = false,
        showsReasoning: Bool = true, requestedModel: String? = nil, now: Int = 0, includesStreamUsage: Bool = false
    ) {
        self.model = model
        self.provider = provider
        self.capabilities = capabilities
        self.isStrict = isStrict
        self.showsReasoning = showsReasoning
        self.requestedModel = requestedModel ?? model
        self.now = now
        self.includesStreamUsage = includesStreamUsage
    }
}

extension TranslationContext {
    /// What ids of an answer are made from: the upstream's own, so that equal answers get equal ids, else the request.
    func seed(of id: JSONText?) -> ArraySlice<UInt8> {
        if let id, !id.isEmpty { return id.escaped }
        return Array("\(requestID.isEmpty ? requestedModel : requestID) \(now)".utf8)[...]
    }

    /// The client's name of a tool.
    func clientName(of tool: JSONText) -> JSONText {
        renamedTools.isEmpty ? tool : renamedTools[tool] ?? tool
    }
}
