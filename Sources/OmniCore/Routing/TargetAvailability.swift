/// Which targets of a plan could be attempted right now.
public struct TargetAvailability: Sendable, Hashable {
    /// The accounts of one provider that serve one model.
    public struct Pool: Sendable, Hashable {
        public var provider: ProviderID
        public var model: String
        public var accounts = 0
        public var available = 0
        /// Why the account that is ready first is not attempted; nil when one is available.
        public var skip: RouteSkip?
        /// Milliseconds until that account may be attempted, where anyone knows.
        public var readyInMS: Int?
    }

    /// In the order of the plan.
    public private(set) var pools: [Pool] = []

    public var isAvailable: Bool { pools.contains { $0.available > 0 } }

    /// - Parameter health: a copy; looking counts for nothing.
    public init(_ plan: RoutePlan, health: RouterHealth, at now: MonotonicInstant) {
        var health = health
        let binding = health.binding(of: plan, at: now)
        let states = health.targetStates
        for (index, target) in plan.targets.enumerated() {
            let standing = states.standing(
                account: binding.accounts[index], model: binding.models[index], tokens: 0, at: now)
            note(standing, of: target, at: now)
        }
    }

    private mutating func note(_ standing: Standing, of target: Target, at now: MonotonicInstant) {
        let known = pools.firstIndex { $0.provider == target.provider && $0.model == target.model }
        var pool = known.map { pools[$0] } ?? Pool(provider: target.provider, model: target.model)
        pool.accounts += 1
        let wait = standing.readyAt == .never ? nil : Int(clamping: standing.readyAt.since(now) / 1_000_000)
        if standing.skip == nil {
            pool.available += 1
            (pool.skip, pool.readyInMS) = (nil, nil)
        } else if pool.available == 0, pool.skip == nil || (wait ?? .max) < (pool.readyInMS ?? .max) {
            (pool.skip, pool.readyInMS) = (standing.skip, wait)
        }
        if let known { pools[known] = pool } else { pools.append(pool) }
    }
}
