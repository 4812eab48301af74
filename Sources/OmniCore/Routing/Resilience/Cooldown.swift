/// The time an account, or a model on an account, is left alone after a failure.
///
/// Valid course: healthy, then `failed` (cooling until an instant), then recovering from that instant on, then `succeeded`
/// (healthy) or `failed` (cooling again, longer). What an attempt that began before the present cooldown says is old news:
/// its success does not end the cooldown, and its failure does not make the next one longer.
public struct Cooldown: Sendable, Hashable {
    public private(set) var until = MonotonicInstant.zero
    /// When one request may test the target although it cools: an upstream that names a reset in hours may be wrong.
    public private(set) var probeAfter = MonotonicInstant.zero
    /// When it was set; attempts that began before know nothing of it.
    public private(set) var since = MonotonicInstant.zero
    /// Failures in a row; zero while healthy.
    public private(set) var level = 0
    /// The latest failure's class; meaningless while healthy.
    public private(set) var reason = FailureClass.transient
    /// Whether the upstream named the end; else it is a guess.
    public private(set) var isExplicit = false

    /// Nanoseconds after which a target is tested before its long cooldown ends.
    static let probeInterval: UInt64 = 600_000_000_000

    public init() {}

    init(
        until: MonotonicInstant, probeAfter: MonotonicInstant, level: Int, reason: FailureClass, isExplicit: Bool
    ) {
        self.until = until
        self.probeAfter = probeAfter
        self.level = level
        self.reason = reason
        self.isExplicit = isExplicit
    }

    public var isHealthy: Bool { level == 0 }

    public func isCooling(at now: MonotonicInstant) -> Bool { until > now }

    /// Nothing but a test should reach it: the cooldown is over, but nobody knows whether the trouble is.
    public func isRecovering(at now: MonotonicInstant) -> Bool { level > 0 && until <= now }

    /// - Parameter startedAt: when the attempt began that failed.
    public mutating func failed(
        _ verdict: FailureVerdict, startedAt: MonotonicInstant, at now: MonotonicInstant, maximumLevel: Int,
        using random: inout some RandomNumberGenerator
    ) {
        // One storm is one failure: the other requests of the same moment only confirm it.
        let isNews = level == 0 || startedAt >= since
        if isNews { level += 1 }
        let end: MonotonicInstant
        if let reset = verdict.reset {
            // A reset of zero would let the herd loose at once.
            end = now + min(max(reset, 100_000_000), verdict.backoff.longestReset)
        } else {
            guard isNews, verdict.backoff.base > 0 else { return }
            let doublings = UInt64(min(max(level - 1, 0), max(maximumLevel, 0), 20))
            let (grown, overflow) = verdict.backoff.base.multipliedReportingOverflow(by: 1 << doublings)
            let ceiling = max(min(overflow ? .max : grown, verdict.backoff.maximum), 1)
            // Full jitter, so that many routers and many models do not come back together; never nothing.
            end = now + UInt64.random(in: (ceiling / 10)...ceiling, using: &random)
        }
        guard end > until || isNews else { return }
        // A guess does not shorten what the upstream itself said.
        let replaces = isNews && (verdict.reset != nil || !isExplicit || until <= now)
        until = replaces ? end : max(until, end)
        since = now
        if replaces || end == until {
            reason = verdict.failure
            isExplicit = verdict.reset != nil
        }
        probeAfter = min(until, now + Self.probeInterval)
    }

    /// - Returns: whether the target is healthy now.
    @discardableResult
    public mutating func succeeded(startedAt: MonotonicInstant) -> Bool {
        guard level > 0 else { return true }
        guard startedAt >= since else { return false }
        self = Cooldown()
        return true
    }
}
