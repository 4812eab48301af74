/// What is in the cache, and what came of it since the start or since it was emptied.
public struct CacheFigures: Sendable, Hashable {
    public var settings = CacheSettings()
    /// In memory.
    public var entries = 0
    public var bytes = 0
    public var archivedEntries = 0
    public var archivedBytes = 0
    /// Requests that wait for an identical one at this moment.
    public var waiting = 0
    /// Of questions that say the same in other words.
    public var similar = SimilarFigures()

    /// Requests answered from the cache, those included that waited for an identical one.
    public var hits = 0
    /// Requests that asked an upstream for want of an answer here.
    public var misses = 0
    /// Of the hits, those that waited.
    public var joined = 0
    /// Answers that were taken from the disk into memory.
    public var archiveReads = 0
    /// Requests whose client wanted none of the cache.
    public var bypasses = 0
    /// Answers that were kept.
    public var stored = 0
    /// Answers that had to leave the memory before their time.
    public var evictions = 0
    public var tokensSaved = 0
    public var saved = NanoDollars.zero

    public init() {}

    /// Between 0 and 1; 0 before the first request.
    public var hitRate: Double { hits + misses == 0 ? 0 : Double(hits) / Double(hits + misses) }
}
