/// Opens when too many of the latest calls failed, and lets one call through to find out whether they would still.
///
/// States: closed, then open when at least half of the last 20 calls within 60 s failed (and there were at least five),
/// then half-open when the open time is over, then closed after a success or open for twice as long after a failure.
/// Who tests in the half-open state is decided by ``RecoveryProbe``. Calls that began before the breaker opened neither
/// close it nor lengthen it.
public struct CircuitBreaker: Sendable, Hashable {
    public enum State: String, Sendable {
        case closed, open
        case halfOpen = "half-open"
    }

    static let windowSize = 20
    static let windowNanoseconds: UInt64 = 60_000_000_000

    public private(set) var openUntil = MonotonicInstant.zero
    private(set) var openedAt = MonotonicInstant.zero
    private var lastCallAt = MonotonicInstant.zero
    private var openingCount: Int32 = 0
    /// Outcomes, newest in the lowest bit; a set bit is a failure.
    private var outcomes: UInt32 = 0
    private var count: Int8 = 0
    /// Where the newest of ``times`` is.
    private var head: Int8 = 0
    /// When each call ended, in hundredths of a second without their upper digits.
    ///
    /// A vector, because it lies in the struct itself; short numbers, because breakers of hundreds of targets are looked at
    /// for each request. No two neighbours are a minute apart, so that the missing digits are known.
    private var times = SIMD32<UInt16>()

    /// How often it opened without a success in between; zero while closed.
    public var openings: Int { Int(openingCount) }

    public init() {}

    init(openUntil: MonotonicInstant, openings: Int) {
        self.openUntil = openUntil
        openingCount = Int32(clamping: openings)
    }

    public func state(at now: MonotonicInstant) -> State {
        if openings == 0 { return .closed }
        return openUntil > now ? .open : .halfOpen
    }

    public mutating func succeeded(startedAt: MonotonicInstant, at now: MonotonicInstant) {
        if openings > 0 {
            guard startedAt >= openedAt else { return }
            self = CircuitBreaker()
            return
        }
        record(isFailure: false, at: now)
    }

    public mutating func failed(
        startedAt: MonotonicInstant, at now: MonotonicInstant, profile: ResilienceProfile,
        using random: inout some RandomNumberGenerator
    ) {
        if openings > 0 {
            guard startedAt >= openedAt, openUntil <= now else { return }
            open(at: now, profile: profile, using: &random)
            return
        }
        record(isFailure: true, at: now)
        let (calls, failures) = recent(at: now)
        guard calls >= profile.breakerThreshold, failures * 100 >= calls * profile.breakerPercentage else { return }
        open(at: now, profile: profile, using: &random)
    }

    /// Calls and failures of the window.
    public func recent(at now: MonotonicInstant) -> (calls: Int, failures: Int) {
        guard now.since(lastCallAt) <= Self.windowNanoseconds else { return (0, 0) }
        let present = Self.hundredths(now)
        var calls = 0
        var failures = 0
        var index = Int(head)
        while calls < Int(count) {
            guard present &- times[index] <= UInt16(Self.windowNanoseconds / 10_000_000) else { break }
            failures += Int(outcomes >> UInt32(calls)) & 1
            calls += 1
            index = index == 0 ? Self.windowSize - 1 : index - 1
        }
        return (calls, failures)
    }

    private mutating func record(isFailure: Bool, at now: MonotonicInstant) {
        if now.since(lastCallAt) > Self.windowNanoseconds { count = 0 }
        lastCallAt = now
        head = Int(head) == Self.windowSize - 1 ? 0 : head + 1
        times[Int(head)] = Self.hundredths(now)
        outcomes = outcomes << 1 | (isFailure ? 1 : 0)
        count = min(count + 1, Int8(Self.windowSize))
    }

    private mutating func open(
        at now: MonotonicInstant, profile: ResilienceProfile, using random: inout some RandomNumberGenerator
    ) {
        let doublings = UInt64(min(openings, 20))
        let (grown, overflow) = profile.breakerBase.multipliedReportingOverflow(by: 1 << doublings)
        let time = max(min(overflow ? .max : grown, profile.breakerMaximum), 1)
        openingCount += 1
        openedAt = now
        // A tenth more or less, so that breakers that opened together do not close together.
        openUntil = now + UInt64.random(in: (time - time / 10)...(time + time / 10), using: &random)
        outcomes = 0
        count = 0
    }

    private static func hundredths(_ instant: MonotonicInstant) -> UInt16 {
        UInt16(truncatingIfNeeded: instant.nanoseconds / 10_000_000)
    }
}
