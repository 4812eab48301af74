extension RouterHealth {
    /// What should survive a restart, by names and wall-clock times.
    ///
    /// Counts in flight, tests and retry budgets are not part of it: they end with the process.
    public struct Snapshot: Sendable, Hashable {
        public var accounts: [AccountState] = []
        public var models: [ModelState] = []
        public var combos: [CountState] = []
        public var steps: [CountState] = []

        public init() {}

        public var isEmpty: Bool { accounts.isEmpty && models.isEmpty && combos.isEmpty && steps.isEmpty }
    }

    /// Times are milliseconds since 1970.
    public struct AccountState: Sendable, Hashable {
        public var connection: ConnectionID
        public var cooldown: CooldownState?
        public var breaker: BreakerState?
        public var limits: LimitState?
        /// What is left of a subscription's window, from 0 to 1.
        public var quota: Double?
        public var quotaResetsAt: Int64?
        /// What the upstream told of the subscription's windows.
        public var windows: [SubscriptionWindow] = []
    }

    /// Times are milliseconds since 1970.
    public struct ModelState: Sendable, Hashable {
        public var connection: ConnectionID
        public var model: String
        public var cooldown: CooldownState?
        public var breaker: BreakerState?
        public var limits: LimitState?
    }

    /// Times are milliseconds since 1970.
    public struct CooldownState: Sendable, Hashable {
        public var until: Int64
        public var probeAfter: Int64
        public var level: Int
        public var reason: FailureClass
        public var isExplicit: Bool
    }

    /// Times are milliseconds since 1970.
    public struct BreakerState: Sendable, Hashable {
        public var openUntil: Int64
        public var openings: Int
    }

    /// Learnt allowances as of the moment of the snapshot.
    public struct LimitState: Sendable, Hashable {
        public var requests: BucketState?
        public var tokens: BucketState?
    }

    /// One allowance.
    public struct BucketState: Sendable, Hashable {
        public var capacity: Double
        public var available: Double
        public var perSecond: Double
        /// Milliseconds since 1970.
        public var at: Int64
    }

    // MARK: Out

    /// - Parameters: the same moment on both clocks, the wall's in milliseconds since 1970.
    public func snapshot(at now: MonotonicInstant, wall: Int64) -> Snapshot {
        let times = Times(now: now, wall: wall)
        var snapshot = Snapshot()
        for (position, account) in accounts.enumerated() {
            let isQuotaKnown = account.quota < 1 && account.quotaResetsAt > now
            let state = AccountState(
                connection: accountIDs[position], cooldown: times.state(account.cooldown),
                breaker: times.state(account.breaker), limits: times.state(account.limiter),
                quota: isQuotaKnown ? account.quota : nil,
                quotaResetsAt: isQuotaKnown ? times.wall(account.quotaResetsAt) : nil,
                windows: account.windows.filter { $0.isCurrent(at: wall) })
            let isExcluded = state.cooldown != nil || state.breaker != nil
            guard isExcluded || state.limits != nil || isQuotaKnown || !state.windows.isEmpty else { continue }
            snapshot.accounts.append(state)
        }
        for (position, model) in models.enumerated() where model.account >= 0 {
            let state = ModelState(
                connection: accountIDs[Int(model.account)], model: modelNames[position],
                cooldown: times.state(model.cooldown), breaker: times.state(model.breaker),
                limits: times.state(model.limiter))
            guard state.cooldown != nil || state.breaker != nil || state.limits != nil else { continue }
            snapshot.models.append(state)
        }
        func states(_ positions: [String: Int32], _ counts: (Int) -> ServingCounts) -> [CountState] {
            positions.compactMap { key, position in
                let counts = counts(Int(position))
                guard counts.requests > 0 else { return nil }
                return CountState(key: key, counts: counts, lastUsedAt: times.wall(counts.lastUsedAt))
            }.sorted { $0.key < $1.key }
        }
        snapshot.combos = states(comboPositions) { combos[$0] }
        snapshot.steps = states(stepPositions) { steps[$0].counts }
        return snapshot
    }

    // MARK: In

    /// Takes over what an earlier process knew; meant for a fresh value, before the first request.
    ///
    /// Cooldowns that ended meanwhile leave their targets recovering: one request tests each.
    public mutating func restore(_ snapshot: Snapshot, at now: MonotonicInstant, wall: Int64) {
        let times = Times(now: now, wall: wall)
        for state in snapshot.accounts {
            let position = Int(account(state.connection))
            if let cooldown = state.cooldown { accounts[position].cooldown = times.cooldown(cooldown) }
            if let breaker = state.breaker { accounts[position].breaker = times.breaker(breaker) }
            if let limits = state.limits, !accounts[position].limiter.isLimited {
                accounts[position].limiter = times.limiter(limits)
            }
            if let quota = state.quota, let resetsAt = state.quotaResetsAt {
                accounts[position].quota = min(1, max(0, quota))
                accounts[position].quotaResetsAt = times.instant(resetsAt)
            }
            if accounts[position].windows.isEmpty { accounts[position].windows = state.windows }
        }
        for state in snapshot.models {
            let position = Int(model(state.model, account: account(state.connection), at: now))
            if let cooldown = state.cooldown { models[position].cooldown = times.cooldown(cooldown) }
            if let breaker = state.breaker { models[position].breaker = times.breaker(breaker) }
            // What was set by hand meanwhile holds.
            if let limits = state.limits, !models[position].limiter.isLimited {
                models[position].limiter = times.limiter(limits)
            }
        }
        for state in snapshot.combos { combos[Int(combo(state.key))] = times.counts(state) }
        for state in snapshot.steps { steps[Int(step(state.key))].counts = times.counts(state) }
    }

    /// Translates between both clocks.
    private struct Times {
        let now: MonotonicInstant
        let wall: Int64

        /// Beyond it, a stored time is damage: ten years.
        private static let horizon: Int64 = 315_360_000_000

        func wall(_ instant: MonotonicInstant) -> Int64 {
            if instant >= now {
                return wall + Int64(clamping: min(instant.since(now) / 1_000_000, UInt64(Self.horizon)))
            }
            return wall - Int64(clamping: min(now.since(instant) / 1_000_000, UInt64(Self.horizon)))
        }

        /// Moments before the clock began are its beginning.
        func instant(_ milliseconds: Int64) -> MonotonicInstant {
            let (difference, overflow) = milliseconds.subtractingReportingOverflow(wall)
            guard !overflow, difference.magnitude <= UInt64(Self.horizon) else { return difference > 0 ? now : .zero }
            let nanoseconds = difference.magnitude * 1_000_000
            if difference >= 0 { return now + nanoseconds }
            return MonotonicInstant(nanoseconds: now.nanoseconds > nanoseconds ? now.nanoseconds - nanoseconds : 0)
        }

        func counts(_ state: CountState) -> ServingCounts {
            var counts = state.counts
            counts.lastUsedAt = instant(state.lastUsedAt)
            return counts
        }

        func state(_ cooldown: Cooldown) -> CooldownState? {
            guard !cooldown.isHealthy else { return nil }
            return CooldownState(
                until: wall(cooldown.until), probeAfter: wall(cooldown.probeAfter), level: cooldown.level,
                reason: cooldown.reason, isExplicit: cooldown.isExplicit)
        }

        func cooldown(_ state: CooldownState) -> Cooldown {
            Cooldown(
                until: instant(state.until), probeAfter: instant(state.probeAfter), level: max(1, state.level),
                reason: state.reason, isExplicit: state.isExplicit)
        }

        func state(_ breaker: CircuitBreaker) -> BreakerState? {
            guard breaker.openings > 0 else { return nil }
            return BreakerState(openUntil: wall(breaker.openUntil), openings: breaker.openings)
        }

        func breaker(_ state: BreakerState) -> CircuitBreaker {
            CircuitBreaker(openUntil: instant(state.openUntil), openings: max(1, state.openings))
        }

        /// Limits set by hand come from the configuration again.
        func state(_ limiter: RateLimiter) -> LimitState? {
            guard limiter.isLearned else { return nil }
            return LimitState(requests: state(limiter.requests), tokens: state(limiter.tokens))
        }

        private func state(_ bucket: TokenBucket) -> BucketState? {
            guard bucket.isLimited else { return nil }
            return BucketState(
                capacity: bucket.capacity, available: bucket.available(at: now), perSecond: bucket.perSecond, at: wall)
        }

        func limiter(_ state: LimitState) -> RateLimiter {
            RateLimiter(requests: bucket(state.requests), tokens: bucket(state.tokens))
        }

        private func bucket(_ state: BucketState?) -> TokenBucket {
            guard let state else { return TokenBucket() }
            // What has come back since is worked out from the time of the snapshot.
            let passed = max(0, Double(wall) - Double(state.at)) / 1000
            return TokenBucket(
                capacity: state.capacity, available: state.available + passed * state.perSecond,
                perSecond: state.perSecond, at: now)
        }
    }
}
