/// What a request wants of a model.
public enum ModelPurpose: Sendable, Hashable {
    case chat
    case embedding
}
