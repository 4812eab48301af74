/// Stored settings of the cache of answers.
public struct CacheSettings: Sendable, Hashable {
    /// Which requests are answered from the cache.
    public enum Mode: String, Sendable, CaseIterable {
        case off
        /// Those that ask for the same answer every time: temperature 0, or a seed.
        case deterministic
        case all
    }

    /// Who gets whose answers.
    public enum Scope: String, Sendable, CaseIterable {
        /// Each client key its own.
        case key
        case shared
    }

    /// Default: deterministic.
    public var mode = Mode.deterministic
    /// Default: key.
    public var scope = Scope.key
    /// How long an answer serves.
    ///
    /// Default: 1 h. Range: 1 s ... 30 days.
    public var lifetime = Duration.seconds(3600)
    /// Answers in memory.
    ///
    /// Default: 10,000.
    public var maximumEntries = 10_000
    /// What the answers in memory hold together.
    ///
    /// Default: 64 MiB.
    public var maximumBytes = 64 << 20
    /// Answers that are longer are not kept.
    ///
    /// Default: 1 MiB.
    public var maximumAnswerBytes = 1 << 20
    /// What the answers on disk hold together; zero keeps none there.
    ///
    /// Default: 256 MiB.
    public var maximumDiskBytes = 256 << 20
    /// Whether answers that call tools are kept too.
    ///
    /// Default: true; the client runs the tools, whoever asks it to.
    public var keepsToolCalls = true
    /// Of questions that say the same in other words.
    public var semantic = SemanticCacheSettings()

    public init() {}

    var lifetimeMilliseconds: Int64 { Int64(clamping: lifetime.clampedNanoseconds / 1_000_000) }
}
