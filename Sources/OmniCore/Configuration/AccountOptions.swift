/// What a person set for one account, as far as routing needs it.
public struct AccountOptions: Sendable, Hashable {
    /// Attempts in flight at most; nil for no cap.
    public var maximumConcurrency: Int?
    /// Replaces what headers teach; nil to learn.
    public var requestsPerMinute: Int?
    public var tokensPerMinute: Int?
    /// The least time between the beginnings of two attempts; nil for none.
    public var minimumInterval: Duration?
    /// Whether limits hold here at all: its own, those of all accounts, and what headers teach.
    ///
    /// Default: true.
    public var isLimited = true
    /// For single models, by the name the upstream knows; beside the account's own limits.
    public var modelLimits: [String: RateLimits] = [:]
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

    /// The limits of the account as a whole.
    public var limits: RateLimits {
        get {
            var limits = RateLimits()
            limits.requestsPerMinute = requestsPerMinute
            limits.tokensPerMinute = tokensPerMinute
            limits.maximumConcurrency = maximumConcurrency
            limits.minimumInterval = minimumInterval
            return limits
        }
        set {
            requestsPerMinute = newValue.requestsPerMinute
            tokensPerMinute = newValue.tokensPerMinute
            maximumConcurrency = newValue.maximumConcurrency
            minimumInterval = newValue.minimumInterval
        }
    }

    /// These options with the limits that are in force.
    /// - Parameter defaults: for what the account says nothing about.
    public func limited(by defaults: RateLimits) -> AccountOptions {
        var options = self
        guard isLimited else {
            options.maximumConcurrency = nil
            options.requestsPerMinute = nil
            options.tokensPerMinute = nil
            options.minimumInterval = nil
            options.modelLimits = [:]
            return options
        }
        options.maximumConcurrency = maximumConcurrency ?? defaults.maximumConcurrency
        options.requestsPerMinute = requestsPerMinute ?? defaults.requestsPerMinute
        options.tokensPerMinute = tokensPerMinute ?? defaults.tokensPerMinute
        options.minimumInterval = minimumInterval ?? defaults.minimumInterval
        return options
    }
}
