/// Lets one request at a time test a target whose cooldown or open time is over.
///
/// A test that is neither good nor bad after ``lease`` has at least not failed fast; then one more request may test, so that
/// a slow model does not hold everyone up. At most one test is begun in each lease.
public struct RecoveryProbe: Sendable, Hashable {
    /// Nanoseconds.
    static let lease: UInt64 = 5_000_000_000

    /// The attempt that tests; zero for none.
    private(set) var attempt: UInt64 = 0
    private(set) var startedAt = MonotonicInstant.zero

    public init() {}

    func isFree(at now: MonotonicInstant) -> Bool { attempt == 0 || now.since(startedAt) >= Self.lease }

    /// When another request may test.
    var freeAt: MonotonicInstant { attempt == 0 ? .zero : startedAt + Self.lease }

    mutating func take(_ attempt: UInt64, at now: MonotonicInstant) {
        self.attempt = attempt
        startedAt = now
    }

    /// The attempt ended; nothing happens when another one tests by now.
    mutating func release(_ attempt: UInt64) {
        if self.attempt == attempt { self.attempt = 0 }
    }
}
