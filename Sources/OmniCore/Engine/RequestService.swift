public import OmniTranslate

/// What endpoints other than chat are asked for.
public enum RequestService: Sendable, Hashable {
    case embedding(EmbeddingDialect)
    /// - `translates`: whether the text shall be English, whatever is spoken.
    case transcription(translates: Bool)

    /// What a model must be able to do.
    public var purpose: ModelPurpose {
        switch self {
        case .embedding: .embedding
        case .transcription: .transcription
        }
    }

    /// Whether requests are forms with a file.
    public var takesFile: Bool {
        switch self {
        case .embedding: false
        case .transcription: true
        }
    }

    /// Reads what a client wants, so that a mistake is told before any upstream is asked.
    ///
    /// - Parameter upload: the file that came with the request.
    func course(_ envelope: RequestEnvelope, upload: ClientUpload?) throws(TranslationError) -> any ServiceCourse {
        switch self {
        case .embedding(let dialect): try EmbeddingCourse(envelope, dialect: dialect)
        case .transcription(let translates): try TranscriptionCourse(envelope, upload: upload, translates: translates)
        }
    }
}
