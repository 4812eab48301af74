public import OmniJSON

/// What a client wants embedded, whatever its dialect.
public struct EmbeddingRequest: Sendable {
    /// One thing to embed.
    public enum Input: Sendable {
        case text(JSONText)
        /// Numbers of a tokenizer's tokens, as an array.
        case tokens(JSONValue)
    }

    /// How vectors are written.
    public enum Encoding: Sendable, Hashable {
        case float
        /// Little-endian 32-bit floats in base64.
        case base64
    }

    public var inputs: [Input] = []
    public var dimensions: Int?
    public var encoding = Encoding.float
    public var task: EmbeddingTask?
    public var user: JSONText?
    /// The title of a document (Gemini).
    public var title: JSONText?
    /// Whether too long inputs are cut; nil leaves it to the upstream.
    public var truncates: Bool?
    /// Fields that only the client's own dialect has.
    public var furtherFields: [VendorField] = []
    /// Whether the client speaks OpenAI's dialect.
    public var isOpenAI = false

    public init() {}

    /// The same request for some of its inputs.
    public func part(_ range: Range<Int>) -> EmbeddingRequest {
        var part = self
        part.inputs = Array(inputs[range])
        return part
    }
}
