/// Stored settings of what failures lead to, and of how much accounts may be used that say nothing themselves.
public struct ResilienceSettings: Sendable, Hashable {
    public var profiles = ResilienceProfiles()
    /// For accounts without limits of their own.
    ///
    /// Default: none.
    public var defaults = RateLimits()

    public init() {}
}
