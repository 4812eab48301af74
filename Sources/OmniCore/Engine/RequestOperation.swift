/// What the URL of a request says, in dialects that do not leave everything to the body.
public struct RequestOperation: Sendable, Hashable {
    /// The model in the path (Gemini), without `models/`.
    public var model: String?
    /// Whether the method streams (Gemini).
    public var isStreaming: Bool?
    /// Whether a stream is one JSON array and not server-sent events (Gemini without `alt=sse`).
    public var usesArrayFraming = false
    /// Whether the body is a prompt and no conversation: `/api/generate` (Ollama), `/v1/completions` (OpenAI).
    public var isGenerate = false
    /// Whether the prompt is only to be counted.
    public var isCount = false
    /// What is asked for, if it is no chat.
    public var service: RequestService?
    /// The provider the request is confined to (`/v1/providers/{provider}/…`).
    public var provider: String?

    public init() {}

    /// What a model must be able to do.
    public var purpose: ModelPurpose { service?.purpose ?? .chat }
}
