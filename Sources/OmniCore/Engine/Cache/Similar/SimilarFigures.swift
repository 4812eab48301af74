/// What is compared, and what came of it since the start or since the cache was emptied.
public struct SimilarFigures: Sendable, Hashable {
    public var settings = SemanticCacheSettings()
    /// Vectors in memory.
    public var entries = 0
    public var bytes = 0
    /// Until when the embedding model is left alone, in milliseconds since 1970; in the past when it is not.
    public var restsUntil: Int64 = 0

    /// Requests answered with the answer to a similar question; they are among the hits of the whole cache.
    public var hits = 0
    /// Requests whose question could have been compared, and that then asked an upstream.
    public var misses = 0
    /// Vectors that were kept.
    public var stored = 0
    /// Requests to the embedding model, also those that failed.
    public var embeddings = 0
    public var failures = 0
    /// Of the failures, those that took longer than a request waits.
    public var timeouts = 0
    /// What the requests to the embedding model cost, as far as their price is known.
    public var cost = NanoDollars.zero
    /// Why the last failure was one.
    public var lastFailure: String?

    public init() {}

    /// Between 0 and 1; 0 before the first request.
    public var hitRate: Double { hits + misses == 0 ? 0 : Double(hits) / Double(hits + misses) }
}
