/// What a model and its endpoint accept, where that decides how a request must be written.
public struct ModelCapabilities: Sendable, Hashable {
    public enum Thinking: Sendable, Hashable { case none, budget, adaptive, adaptiveOnly }

    /// Whether an endpoint may leave thoughts in the visible text, between `<think>` and `</think>`.
    public enum ThinkTags: Sendable, Hashable {
        /// Tags are text like any other.
        case ignored
        /// An answer may begin with `<think>`.
        case atStart
        /// The prompt's template ends with `<think>`: an answer begins amid thoughts, and only `</think>` is in it.
        case alreadyOpen
    }

    /// Whether temperature, top_p and top_k are accepted at all.
    public var allowsSampling = true
    public var thinking = Thinking.budget
    /// Reasoning models of OpenAI: `developer` role, `max_completion_tokens`, no sampling, no stop.
    public var isOpenAIReasoning = false
    /// The endpoint is OpenAI's own and not merely compatible.
    public var isOpenAI = false
    /// Whether `max_completion_tokens` is understood; else `max_tokens` is sent.
    public var usesMaxCompletionTokens = false
    public var allowsDeveloperRole = false
    public var allowsAssistantPrefill = true
    public var allowsMidConversationSystem = false
    /// Whether Anthropic's `output_config.format` and strict tools are understood.
    public var supportsJSONSchema = true
    /// The amounts of reasoning the model can be asked for; the default is what most compatible endpoints know.
    public var efforts: Set<Reasoning.Effort> = [.none, .low, .medium, .high]
    /// Whether Ollama's `think` may name an amount; most models take yes and no, and refuse anything else.
    public var takesThinkLevels = false
    /// The output limit to send where the format demands one and the client gave none.
    public var maxOutputTokens: Int?
    /// Whether earlier reasoning must be sent back as `reasoning_content` (DeepSeek, Kimi tool loops).
    public var replaysReasoningContent = false
    /// Call ids must be exactly nine letters and digits (Mistral).
    public var usesNineCharacterCallIDs = false
    public var supportsStreamOptions = true
    /// Whether a chat stream is complete only with `[DONE]`; many compatible servers close after the finish instead.
    public var endsStreamsWithDone = false
    /// Whether cache breakpoints are understood by a chat endpoint.
    public var supportsCacheBreakpoints = false
    /// How answers are read; same-dialect passthrough never looks.
    public var thinkTags = ThinkTags.ignored

    public init() {}
}
