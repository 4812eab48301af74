/// What a person set for one account, as far as routing needs it.
public struct AccountOptions: Sendable, Hashable {
    /// Attempts in flight at most; nil for no cap.
    public var maximumConcurrency: Int?
    /// Replaces what headers teach; nil to learn.
    public var requestsPerMinute: Int?
    public var tokensPerMinute: Int?
    /// Its share where accounts are drawn by lot or compared by use.
    ///
    /// Default: 1. Range: above 0.
    public var weight: Double = 1
    public var profile = ResilienceProfile.Kind.apiKey
    /// Changes with the credential and the address: what was learnt about the old ones is forgotten then.
    ///
    /// Zero for unknown.
    public var revision: UInt64 = 0

    public init() {}
}
