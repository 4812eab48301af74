/// What goes on at this moment, for people.
extension RouterHealth {
    /// How much an account, or one model on it, is used.
    public struct Load: Sendable, Hashable {
        public var connection: ConnectionID
        /// nil for the account as a whole.
        public var model: String?
        /// Attempts in flight, and how many there may be; nil for no cap.
        public var inFlight: Int
        public var cap: Int?
        public var requests: Allowance?
        public var tokens: Allowance?
        /// Whether the allowances were set by hand.
        public var isManual: Bool
        /// In about the last ten minutes; zero for models.
        public var recentRequests: Int
        public var recentTokens: Int
    }

    public struct Allowance: Sendable, Hashable {
        public var limit: Int
        public var remaining: Int
        public var perMinute: Int
        /// Milliseconds until all of it is there again; nil when nobody knows.
        public var wholeInMS: Int?

        init?(_ bucket: TokenBucket, at now: MonotonicInstant) {
            guard bucket.isLimited else { return nil }
            let available = bucket.available(at: now)
            limit = Self.whole(bucket.capacity)
            remaining = max(0, Self.whole(available))
            perMinute = Self.whole((bucket.perSecond * 60).rounded())
            if bucket.perSecond > 0 { wholeInMS = Self.whole((bucket.capacity - available) / bucket.perSecond * 1000) }
        }

        private static func whole(_ number: Double) -> Int { Int(exactly: number.rounded(.down)) ?? .max }
    }

    /// Accounts that were used or have limits, and models that have limits of their own.
    public func loads(at now: MonotonicInstant) -> [Load] {
        var loads: [Load] = []
        for (position, account) in accounts.enumerated() {
            loads.append(
                Load(
                    connection: accountIDs[position], inFlight: Int(account.gate.inFlight),
                    cap: account.gate.cap > 0 ? Int(account.gate.cap) : nil,
                    requests: Allowance(account.limiter.requests, at: now),
                    tokens: Allowance(account.limiter.tokens, at: now), isManual: account.limiter.isManual,
                    recentRequests: Int(account.usage.requests(at: now).rounded()),
                    recentTokens: Int(account.usage.tokens(at: now).rounded())))
        }
        for (position, model) in models.enumerated() where model.account >= 0 {
            guard model.limiter.isLimited || model.cap > 0 else { continue }
            loads.append(
                Load(
                    connection: accountIDs[Int(model.account)], model: modelNames[position],
                    inFlight: Int(model.inFlight), cap: model.cap > 0 ? Int(model.cap) : nil,
                    requests: Allowance(model.limiter.requests, at: now),
                    tokens: Allowance(model.limiter.tokens, at: now), isManual: model.limiter.isManual,
                    recentRequests: 0, recentTokens: 0))
        }
        return loads
    }

    /// A conversation that was heard of lately.
    public struct Conversation: Sendable, Hashable {
        /// Its fingerprint (``SessionKey``).
        public var id: UInt64
        /// The account it was last sent to.
        public var connection: ConnectionID
        public var model: String
        public var createdAt: MonotonicInstant
        public var usedAt: MonotonicInstant
        public var requests: Int
        /// Attempts in flight.
        public var active: Int
    }

    /// The most recently used first.
    public func conversations(at now: MonotonicInstant) -> [Conversation] {
        affinity.entries(at: now).map { entry in
            Conversation(
                id: entry.session, connection: accountIDs[Int(entry.current)], model: entry.model,
                createdAt: entry.createdAt, usedAt: entry.usedAt, requests: Int(entry.requests),
                active: Int(entry.active))
        }
    }
}
