/// Keeps cached answers where they outlive the process.
///
/// What is kept and what goes is decided by ``AnswerCache``; an archive does as it is told. Nothing here blocks but what
/// is `async`.
public protocol AnswerArchive: Sendable {
    /// All answers without their bodies, those stored first at the front.
    func listing() async throws -> [ArchivedAnswer]
    /// An answer, also one that still waits to be written; nil when there is none or it cannot be read.
    func answer(_ key: CacheKey) async throws -> CachedAnswer?
    /// Has an answer written soon.
    func keep(_ answer: CachedAnswer, for key: CacheKey)
    /// Has answers removed soon.
    func remove(_ keys: [CacheKey])
}

/// One answer of an archive's list.
public struct ArchivedAnswer: Sendable, Hashable {
    public var key: CacheKey
    public var model: String
    public var byteCount: Int
    /// Milliseconds since 1970.
    public var storedAt: Int64

    public init(key: CacheKey, model: String, byteCount: Int, storedAt: Int64) {
        self.key = key
        self.model = model
        self.byteCount = byteCount
        self.storedAt = storedAt
    }
}
