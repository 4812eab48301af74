public import OmniTranslate

/// What endpoints other than chat are asked for.
public enum RequestService: Sendable, Hashable {
    case embedding(EmbeddingDialect)
    case image(ImageRequest.Operation)
    case speech
    case rerank
    case moderation

    /// What a model must be able to do.
    public var purpose: ModelPurpose {
        switch self {
        case .embedding: .embedding
        case .image: .image
        case .speech: .speech
        case .rerank: .rerank
        case .moderation: .moderation
        }
    }

    /// The model that is meant where a client names none; nil where it must name one.
    var defaultModel: String? {
        switch self {
        case .moderation: "omni-moderation-latest"
        case .embedding, .image, .speech, .rerank: nil
        }
    }

    /// Reads what a client wants, so that a mistake is told before any upstream is asked.
    func course(_ envelope: RequestEnvelope) throws(TranslationError) -> any ServiceCourse {
        switch self {
        case .embedding(let dialect): try EmbeddingCourse(envelope, dialect: dialect)
        case .image(let operation): try ImageCourse(envelope, operation: operation)
        case .speech: try SpeechCourse(envelope)
        case .rerank: try RerankCourse(envelope)
        case .moderation: try ModerationCourse(envelope)
        }
    }
}
