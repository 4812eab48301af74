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

    /// Some vectors of questions, those stored first at the front; nil when there are no more.
    ///
    /// - Parameter last: ``ArchivedVectorPage/last`` of the page before; 0 for the first.
    func vectors(after last: Int64, limit: Int) async throws -> ArchivedVectorPage?
    /// Has a vector written soon; it goes with the answer that has its key.
    func keep(_ vector: ArchivedVector)
    /// Has vectors removed soon, but not their answers.
    func removeVectors(of keys: [CacheKey])
    /// Has all vectors removed soon but those of one model.
    func removeVectors(besides model: String?)
}

/// Some vectors of an archive.
public struct ArchivedVectorPage: Sendable {
    public var vectors: [ArchivedVector]
    /// The place of the last one.
    public var last: Int64

    public init(vectors: [ArchivedVector], last: Int64) {
        self.vectors = vectors
        self.last = last
    }
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
