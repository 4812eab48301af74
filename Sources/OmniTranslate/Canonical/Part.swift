public import OmniJSON

/// One piece of a turn's content, in requests and answers alike.
public enum Part: Sendable {
    case text(TextPart)
    /// Words by which the model declines (OpenAI `refusal`).
    case refusal(JSONText)
    case media(MediaPart)
    case reasoning(ReasoningPart)
    case toolCall(ToolCall)
    case toolResult(ToolResult)
    /// What a tool the provider ran itself was asked and gave.
    indirect case hostedCall(HostedCall)
    /// A piece only its own format understands, verbatim.
    case unknown(UnknownPart)
}

/// Words, and what the origin hung on them.
public struct TextPart: Sendable {
    public var text: JSONText
    public var cacheBreakpoint: CacheBreakpoint?
    /// Citations or annotations as the origin wrote them; an array.
    public var citations: JSONValue?
    /// `commentary` or `final_answer` (OpenAI Responses), which must come back with the text.
    public var phase: JSONText?

    public init(_ text: JSONText, cacheBreakpoint: CacheBreakpoint? = nil, citations: JSONValue? = nil) {
        self.text = text
        self.cacheBreakpoint = cacheBreakpoint
        self.citations = citations
    }
}

/// An image, document, recording or film.
public struct MediaPart: Sendable {
    public enum Kind: Sendable { case image, document, audio, video }

    public enum Source: Sendable {
        /// Base64 without a `data:` prefix. mediaType: such as `image/png`, as declared; nil when not.
        case base64(mediaType: JSONText?, data: JSONText)
        case url(JSONText)
        /// An id in the file store of the origin's provider.
        case fileID(JSONText)
        /// A document given as plain text.
        case text(JSONText)
        /// A document given as content blocks of its origin, verbatim.
        case blocks(JSONValue)
    }

    public var kind: Kind
    public var source: Source
    /// The declared type where the source does not carry it, such as `application/pdf` of a URL.
    public var mediaType: JSONText?
    public var filename: JSONText?
    public var title: JSONText?
    public var context: JSONText?
    /// `auto`, `low`, `high`, `original` as OpenAI names them.
    public var detail: JSONText?
    /// Whether citations from this document are wanted (Anthropic).
    public var citationsEnabled: Bool?
    public var cacheBreakpoint: CacheBreakpoint?
    /// Further fields of the origin's block, such as `transformations`.
    public var vendorFields: [VendorField] = []

    public init(kind: Kind, source: Source) {
        self.kind = kind
        self.source = source
    }
}

/// What a model thought, and the opaque token that lets its provider take the thought up again.
public struct ReasoningPart: Sendable {
    /// The readable text; empty when the provider keeps it to itself.
    public var text: JSONText
    public var state: OpaqueState?

    public init(text: JSONText, state: OpaqueState? = nil) {
        self.text = text
        self.state = state
    }
}

/// A provider's token for reasoning (signature, ciphertext), replayed to its origin only.
public struct OpaqueState: Sendable {
    public enum Kind: String, Sendable {
        case signature, redacted, encrypted
        case thoughtSignature = "thought"
    }

    public var kind: Kind
    public var origin: WireFormat
    /// The provider and model that made it, when known.
    public var provider: String?
    public var model: String?
    /// The item's id at its origin (OpenAI Responses), or on what a signature stood (Gemini).
    public var itemID: JSONText?
    public var payload: JSONText

    public init(
        kind: Kind, origin: WireFormat, provider: String? = nil, model: String? = nil, itemID: JSONText? = nil,
        payload: JSONText
    ) {
        self.kind = kind
        self.origin = origin
        self.provider = provider
        self.model = model
        self.itemID = itemID
        self.payload = payload
    }
}

/// A piece that only its origin's format understands.
public struct UnknownPart: Sendable {
    /// The origin's name for it, such as `server_tool_use`.
    public var type: JSONText
    public var origin: WireFormat
    public var raw: JSONValue
    /// Whether it stands beside messages and not inside one (OpenAI Responses).
    public var isItem = false

    public init(type: JSONText, origin: WireFormat, raw: JSONValue) {
        self.type = type
        self.origin = origin
        self.raw = raw
    }
}
