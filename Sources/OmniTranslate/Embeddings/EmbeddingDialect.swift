/// How requests for embeddings and their answers are written.
///
/// Finer than ``WireFormat``: Gemini and Ollama have two interfaces each, Cohere has one of its own beside OpenAI's Chat, and some
/// that answer as OpenAI does want to be asked in words of their own.
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
    /// OpenAI's with `output_dimension`.
    case mistral
    /// OpenAI's with `input_type` `query` or `passage`.
    case nvidia
    /// OpenAI's with `output_dimension`, `truncation`, and `input_type` `query` or `document`.
    case voyage
    /// OpenAI's with `embedding_type` and `task`.
    case jina

    /// The most inputs one request may have; nil where no limit is known.
    public var maximumInputs: Int? {
        switch self {
        case .openAI, .jina: 2048
        case .gemini, .ollamaPrompt: 1
        case .geminiBatch: 100
        case .cohere: 96
        case .voyage: 1000
        case .ollama, .mistral, .nvidia: nil
        }
    }
}
