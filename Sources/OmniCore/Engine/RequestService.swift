public import OmniTranslate

/// What endpoints other than chat are asked for.
public enum RequestService: Sendable, Hashable {
    case embedding(EmbeddingDialect)
    case image(ImageRequest.Operation)
    case speech
    case rerank
    case moderation
    /// - `translates`: whether the text shall be English, whatever is spoken.
    case transcription(translates: Bool)

    /// What a model must be able to do.
    public var purpose: ModelPurpose {
        switch self {
        case .embedding: .embedding
        case .image: .image
        case .speech: .speech
        case .rerank: .rerank
        case .moderation: .moderation
        case .transcription: .transcription
        }
    }

    /// The model that is meant where a client names none; nil where it must name one.
    var defaultModel: String? {
        switch self {
        case .moderation: "omni-moderation-latest"
        case .embedding, .image, .speech, .rerank, .transcription: nil
        }
    }

    /// Whether requests are forms with a file that is not held in memory.
    public var takesFile: Bool {
        switch self {
        case .embedding, .image, .speech, .rerank, .moderation: false
        case .transcription: true
        }
    }

    /// Reads what a client wants, so that a mistake is told before any upstream is asked.
    ///
    /// - Parameter upload: the file that came with the request.
    func course(_ envelope: RequestEnvelope, upload: ClientUpload?) throws(TranslationError) -> any ServiceCourse {
        switch self {
        case .embedding(let dialect): try EmbeddingCourse(envelope, dialect: dialect)
        case .image(let operation): try ImageCourse(envelope, operation: operation)
        case .speech: try SpeechCourse(envelope)
        case .rerank: try RerankCourse(envelope)
        case .moderation: try ModerationCourse(envelope)
        case .transcription(let translates): try TranscriptionCourse(envelope, upload: upload, translates: translates)
        }
    }
}
