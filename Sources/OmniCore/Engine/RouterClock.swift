/// Gives the time, so that logic and tests need no system clock.
public protocol RouterClock: Sendable {
    /// Milliseconds since 1970, for records.
    func wallMilliseconds() -> Int64
    /// Nanoseconds that only ever rise, for durations.
    func monotonicNanoseconds() -> UInt64
}
