/// How patient the router is with one kind of account.
///
/// All times are nanoseconds. Subscriptions are treated with more patience than keys, and what runs on the same machine
/// with less.
public struct ResilienceProfile: Sendable, Hashable {
    /// The first guess after transient trouble; it doubles with each failure in a row.
    ///
    /// Default: 3 s.
    public var transientBase: UInt64 = 3_000_000_000
    /// The first guess after a rate limit that names no reset.
    ///
    /// Default: 1 s.
    public var rateLimitBase: UInt64 = 1_000_000_000
    /// How often a guess doubles at most.
    ///
    /// Default: 5. Range: 0...15.
    public var maximumLevel: Int = 5
    /// How many calls the circuit breaker wants to have seen before it opens.
    ///
    /// Default: 5. Range: 1...20.
    public var breakerThreshold: Int = 5
    /// The percentage of failed calls at which it opens.
    ///
    /// Default: 50.
    public var breakerPercentage: Int = 50
    /// How long it stays open the first time; it doubles up to ``breakerMaximum``.
    ///
    /// Default: 15 s.
    public var breakerBase: UInt64 = 15_000_000_000
    /// Default: 5 min.
    public var breakerMaximum: UInt64 = 300_000_000_000

    public init() {}

    /// Accounts with a key.
    public static let apiKey = ResilienceProfile()
    /// Subscriptions.
    public static let oauth: ResilienceProfile = {
        var profile = ResilienceProfile()
        profile.transientBase = 5_000_000_000
        profile.maximumLevel = 8
        return profile
    }()
    /// Servers on the person's own machines.
    public static let local: ResilienceProfile = {
        var profile = ResilienceProfile()
        profile.transientBase = 2_000_000_000
        profile.maximumLevel = 3
        profile.breakerBase = 5_000_000_000
        return profile
    }()

    /// Which profile an account has.
    public enum Kind: String, Sendable, CaseIterable {
        case apiKey = "apikey"
        case oauth, local
    }
}

/// The profiles in force.
public struct ResilienceProfiles: Sendable, Hashable {
    public var apiKey = ResilienceProfile.apiKey
    public var oauth = ResilienceProfile.oauth
    public var local = ResilienceProfile.local

    public init() {}

    public subscript(_ kind: ResilienceProfile.Kind) -> ResilienceProfile {
        get {
            switch kind {
            case .apiKey: apiKey
            case .oauth: oauth
            case .local: local
            }
        }
        set {
            switch kind {
            case .apiKey: apiKey = newValue
            case .oauth: oauth = newValue
            case .local: local = newValue
            }
        }
    }
}
