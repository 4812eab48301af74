/// What a request wants of a model.
public enum ModelPurpose: Sendable, Hashable, CaseIterable {
    case chat
    case embedding
    case image
    case transcription
    case speech
    case rerank
    case moderation

    /// What the catalogue calls models that do it; sound is one kind, whichever way it goes.
    public var kind: String {
        switch self {
        case .chat: "chat"
        case .embedding: "embedding"
        case .image: "image"
        case .transcription, .speech: "audio"
        case .rerank: "rerank"
        case .moderation: "moderation"
        }
    }

    /// What a model does that has this purpose, after its name.
    var deed: String {
        switch self {
        case .chat: "chats"
        case .embedding: "makes embeddings"
        case .image: "makes images"
        case .transcription: "transcribes speech"
        case .speech: "speaks"
        case .rerank: "ranks documents"
        case .moderation: "judges content"
        }
    }
}
