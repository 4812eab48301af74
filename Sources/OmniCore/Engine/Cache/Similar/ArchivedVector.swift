/// A question's vector as an archive keeps it, beside the answer with the same key.
public struct ArchivedVector: Sendable {
    public var key: CacheKey
    /// What else must be the same.
    public var context: CacheKey
    /// The name of the embedding model in the settings.
    public var model: String
    /// When the answer was stored, in milliseconds since 1970.
    public var storedAt: Int64
    /// Of length one.
    public var numbers: [Float]

    public init(key: CacheKey, context: CacheKey, model: String, storedAt: Int64, numbers: [Float]) {
        self.key = key
        self.context = context
        self.model = model
        self.storedAt = storedAt
        self.numbers = numbers
    }
}
