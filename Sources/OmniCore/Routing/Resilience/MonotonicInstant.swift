/// A moment on the clock that only ever rises (``RouterClock/monotonicNanoseconds()``).
///
/// Whole nanoseconds in one machine word, because decisions compare hundreds of moments for each request; `Duration` is
/// for settings. Arithmetic saturates: a wait that an upstream states in years is a wait, not a trap.
public struct MonotonicInstant: Sendable, Hashable, Comparable {
    public var nanoseconds: UInt64

    public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    /// Before every other moment.
    public static let zero = MonotonicInstant(nanoseconds: 0)
    /// After every other moment.
    public static let never = MonotonicInstant(nanoseconds: .max)

    public static func < (left: MonotonicInstant, right: MonotonicInstant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    public static func + (instant: MonotonicInstant, nanoseconds: UInt64) -> MonotonicInstant {
        let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(nanoseconds)
        return MonotonicInstant(nanoseconds: overflow ? .max : sum)
    }

    public static func + (instant: MonotonicInstant, duration: Duration) -> MonotonicInstant {
        instant + duration.clampedNanoseconds
    }

    /// Nanoseconds from an earlier moment to this one; zero when it is not earlier.
    public func since(_ earlier: MonotonicInstant) -> UInt64 {
        nanoseconds > earlier.nanoseconds ? nanoseconds - earlier.nanoseconds : 0
    }
}

extension Duration {
    /// Whole nanoseconds, never negative; what does not fit is the largest number.
    var clampedNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return .max }
        let (sum, carried) = whole.addingReportingOverflow(UInt64(attoseconds / 1_000_000_000))
        return carried ? .max : sum
    }
}
