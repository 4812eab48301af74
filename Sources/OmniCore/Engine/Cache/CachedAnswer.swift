public import OmniJSON
public import OmniTranslate

/// What an upstream answered, as it came, with what is needed to read it for any client.
public struct CachedAnswer: Sendable {
    /// Who answered.
    public var provider: ProviderID
    public var model: String
    public var format: WireFormat
    /// Whether the body is the bytes of a stream.
    public var isStream: Bool
    /// Whether that stream is one JSON array (Gemini).
    public var usesArrayFraming = false
    public var body: [UInt8]
    /// Milliseconds since 1970.
    public var storedAt: Int64
    /// What it cost; nil when the price was unknown.
    public var cost: NanoDollars?

    // How the request was sent: see the members of ``TranslationContext`` and ``EncodedRequest`` with these names.
    public var renamedTools: [JSONText: JSONText] = [:]
    public var customTools: Set<JSONText> = []
    public var groupedTools: [JSONText: GroupedTool] = [:]
    public var stopSequences: [JSONText] = []
    /// What the upstream was not told.
    public var report = TranslationReport()

    public init(
        provider: ProviderID, model: String, format: WireFormat, isStream: Bool, body: [UInt8], storedAt: Int64
    ) {
        self.provider = provider
        self.model = model
        self.format = format
        self.isStream = isStream
        self.body = body
        self.storedAt = storedAt
    }

    /// How alike the question is that it is given to; nil for the same question.
    ///
    /// Not kept.
    var similarity: Float?

    /// What it holds in memory, in bytes, roughly.
    public var byteCount: Int { body.count + model.utf8.count + 256 }
}
