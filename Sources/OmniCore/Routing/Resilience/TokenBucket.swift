/// An allowance that fills up steadily: so many per minute, by hand or as an upstream's headers describe it.
public struct TokenBucket: Sendable, Hashable {
    /// Zero for no limit.
    public private(set) var capacity = 0.0
    private var level = 0.0
    /// Per nanosecond.
    private var rate = 0.0
    private var updatedAt = MonotonicInstant.zero

    public init() {}

    /// A limit set by hand.
    public init(perMinute: Double, at now: MonotonicInstant) {
        guard perMinute > 0 else { return }
        capacity = perMinute
        level = perMinute
        rate = perMinute / 60e9
        updatedAt = now
    }

    init(capacity: Double, available: Double, perSecond: Double, at now: MonotonicInstant) {
        guard capacity > 0, capacity.isFinite, available.isFinite, perSecond.isFinite else { return }
        self.capacity = capacity
        level = max(-capacity, min(capacity, available))
        rate = max(0, perSecond) / 1e9
        updatedAt = now
    }

    var perSecond: Double { rate * 1e9 }

    public var isLimited: Bool { capacity > 0 }

    public func available(at now: MonotonicInstant) -> Double {
        min(capacity, level + Double(now.since(updatedAt)) * rate)
    }

    /// What is left, from 0 to 1; 1 without a limit.
    public func headroom(at now: MonotonicInstant) -> Double {
        guard isLimited else { return 1 }
        return max(0, min(1, available(at: now) / capacity))
    }

    /// Nanoseconds until so many are there; zero when they are.
    ///
    /// Whoever needs more than there ever are needs a full bucket.
    public func wait(for amount: Double, at now: MonotonicInstant) -> UInt64 {
        guard isLimited else { return 0 }
        let missing = min(amount, capacity) - available(at: now)
        guard missing > 1e-6 else { return 0 }
        guard rate > 0 else { return .max }
        return UInt64(min(missing / rate + 1, 1e18))
    }

    /// Takes so many; the level may fall below zero, when what was estimated turns out to be more.
    public mutating func take(_ amount: Double, at now: MonotonicInstant) {
        guard isLimited else { return }
        level = max(-capacity, min(capacity, available(at: now) - amount))
        updatedAt = now
    }

    /// Believes the upstream, which counts all of the account's users.
    public mutating func learn(_ allowance: ResetHints.Allowance, at now: MonotonicInstant) {
        let limit = allowance.limit ?? capacity
        guard limit > 0, limit.isFinite, let remaining = allowance.remaining, remaining.isFinite, remaining >= 0 else {
            return
        }
        capacity = limit
        level = min(remaining, limit)
        updatedAt = now
        if let reset = allowance.reset, limit > remaining {
            rate = (limit - remaining) / Double(max(reset, 1_000_000))
        } else if rate <= 0 || allowance.reset == nil {
            // Limits without a reset are per minute as far as anyone documents them.
            rate = limit / 60e9
        }
    }
}
