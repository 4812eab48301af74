/// How the steps of a combo are ordered for a request.
public enum ComboStrategy: String, Sendable, CaseIterable {
    /// As listed.
    case priority
    /// By lot, each step in proportion to its weight.
    case weighted
    /// In turn.
    case roundRobin = "round-robin"
    /// From a shuffled deck: each step once before any comes again.
    case random
    /// The fewest requests lately.
    case leastUsed = "least-used"
    /// The fewest requests in flight.
    case leastBusy = "least-busy"
    /// The faster of two drawn by lot, counting who is busy.
    case lowestLatency = "lowest-latency"
    /// The cheapest for this request; steps without a known price come last.
    case costOptimized = "cost-optimized"
    /// The smallest window the request fits into.
    case contextAware = "context-aware"
    /// The step that served the conversation last goes first, the others as listed.
    case lastKnownGood = "lkgp"
    /// The most allowance left.
    case quotaAware = "quota-aware"

    /// Reads a name of the management API, among them those that other routers use for the same.
    public init?(name: String) {
        let name = name.lowercased()
        switch name {
        case "fill-first", "fallback": self = .priority
        case "last-known-good": self = .lastKnownGood
        case "strict-random", "shuffle": self = .random
        case "p2c", "latency": self = .lowestLatency
        case "context-optimized": self = .contextAware
        default:
            guard let strategy = ComboStrategy(rawValue: name) else { return nil }
            self = strategy
        }
    }
}
