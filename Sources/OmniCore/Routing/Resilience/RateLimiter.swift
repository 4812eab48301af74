/// Keeps requests and tokens within what an account may use, set by hand or learnt from headers.
///
/// It never queues: whoever asks is told the wait and decides. Tokens are taken by estimate when an attempt begins and
/// corrected when it ends.
public struct RateLimiter: Sendable, Hashable {
    public private(set) var requests = TokenBucket()
    public private(set) var tokens = TokenBucket()
    /// One attempt in each interval, set by hand.
    public private(set) var spacing = TokenBucket()
    /// Whether a person set it; headers then change nothing.
    public private(set) var isManual = false

    public init() {}

    /// - Parameters: per minute; nil for no limit.
    public init(
        requestsPerMinute: Int?, tokensPerMinute: Int?, minimumInterval: Duration? = nil, at now: MonotonicInstant
    ) {
        if let requestsPerMinute { requests = TokenBucket(perMinute: Double(requestsPerMinute), at: now) }
        if let tokensPerMinute { tokens = TokenBucket(perMinute: Double(tokensPerMinute), at: now) }
        isManual = requests.isLimited || tokens.isLimited
        let interval = minimumInterval?.clampedNanoseconds ?? 0
        if interval > 0 {
            spacing = TokenBucket(capacity: 1, available: 1, perSecond: 1e9 / Double(interval), at: now)
        }
    }

    init(requests: TokenBucket, tokens: TokenBucket) {
        self.requests = requests
        self.tokens = tokens
    }

    public var isLimited: Bool { requests.isLimited || tokens.isLimited || spacing.isLimited }
    /// Whether anything is limited that headers taught.
    public var isLearned: Bool { !isManual && (requests.isLimited || tokens.isLimited) }

    /// Nanoseconds until a request of this size fits; zero when it does.
    public func wait(tokens estimate: Int, at now: MonotonicInstant) -> UInt64 {
        guard isLimited else { return 0 }
        return max(
            requests.wait(for: 1, at: now), tokens.wait(for: Double(estimate), at: now), spacing.wait(for: 1, at: now))
    }

    public mutating func take(tokens estimate: Int, at now: MonotonicInstant) {
        requests.take(1, at: now)
        tokens.take(Double(estimate), at: now)
        spacing.take(1, at: now)
    }

    /// Gives back, or takes later, what the estimate was wrong by.
    public mutating func correct(estimate: Int, actual: Int, at now: MonotonicInstant) {
        tokens.take(Double(actual - estimate), at: now)
    }

    public mutating func learn(_ hints: ResetHints, at now: MonotonicInstant) {
        guard !isManual else { return }
        requests.learn(hints.requests, at: now)
        tokens.learn(hints.tokens, at: now)
    }

    /// Forgets what headers taught; limits set by hand stay.
    public mutating func forgetLearned() {
        guard !isManual else { return }
        requests = TokenBucket()
        tokens = TokenBucket()
    }

    /// The scarcer of both, from 0 to 1.
    public func headroom(at now: MonotonicInstant) -> Double {
        min(requests.headroom(at: now), tokens.headroom(at: now))
    }
}
