/// How one of a provider's accounts is chosen; a conversation that already has a healthy account keeps it.
public enum AccountStrategy: String, Sendable, CaseIterable {
    /// The first by priority.
    case fillFirst = "fill-first"
    /// In turn.
    case roundRobin = "round-robin"
    /// The fewest attempts in flight, then the fewest requests lately, by weight.
    case leastUsed = "least-used"
    /// The less busy and faster of two drawn by lot.
    case powerOfTwo = "p2c"
    /// By lot, by weight.
    case random
    /// The most allowance left, of equals the one that is whole again soonest.
    case quotaAware = "quota-aware"

    /// Reads a name of the management API; `priority` and `cost-optimized` order accounts as `fill-first` does, since all
    /// accounts of a provider cost the same.
    public init?(name: String) {
        let name = name.lowercased()
        switch name {
        case "priority", "cost-optimized": self = .fillFirst
        case "power-of-two", "lowest-latency": self = .powerOfTwo
        case "strict-random": self = .random
        default:
            guard let strategy = AccountStrategy(rawValue: name) else { return nil }
            self = strategy
        }
    }
}
