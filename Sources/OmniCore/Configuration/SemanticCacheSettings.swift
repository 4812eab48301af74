public import OmniTranslate

/// Stored settings of answers to questions that say the same in other words.
public struct SemanticCacheSettings: Sendable, Hashable {
    /// Default: false.
    public var isEnabled = false
    /// The model that makes the vectors, by any name a client could ask for; empty when there is none.
    public var model = ""
    /// How alike two questions must be, as the cosine between their vectors.
    ///
    /// Default: 0.95. Range: 0.5 ... 1.
    public var threshold = 0.95
    /// Who gets whose answers.
    ///
    /// Default: key.
    public var scope = CacheSettings.Scope.key
    /// Which words may be put otherwise; everything else must be the same.
    ///
    /// Default: the last turn's.
    public var part = ComparableQuestion.Part.lastTurn
    /// Requests with a higher temperature, or with none written, are not compared.
    ///
    /// Default: 0.3. Range: 0 ... 1.
    public var maximumTemperature = 0.3
    /// Vectors in memory and on disk.
    ///
    /// Default: 10,000.
    public var maximumEntries = 10_000
    /// How long a request waits for its vector before it goes on without.
    ///
    /// Default: 500 ms. Range: 10 ms ... 10 s.
    public var deadline = Duration.milliseconds(500)

    public init() {}
}
