/// How requests for embeddings and their answers are written.
///
/// Finer than ``WireFormat``: Gemini and Ollama have two interfaces each, Cohere has one of its own beside OpenAI's Chat.
public enum EmbeddingDialect: Sendable, Hashable {
    /// `/v1/embeddings`.
    case openAI
    /// `:embedContent`, one input.
    case gemini
    /// `:batchEmbedContents`.
    case geminiBatch
    /// `/api/embed`.
    case ollama
    /// `/api/embeddings`, one input called `prompt`.
    case ollamaPrompt
    /// `/v2/embed`.
    case cohere

    /// The most inputs one request may have; nil where no limit is known.
    public var maximumInputs: Int? {
        switch self {
        case .openAI: 2048
        case .gemini, .ollamaPrompt: 1
        case .geminiBatch: 100
        case .cohere: 96
        case .ollama: nil
        }
    }
}
