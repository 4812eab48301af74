/// What became of the requests that went through a combo, or of the attempts at one of its steps.
public struct ServingCounts: Sendable, Hashable {
    /// Those that are over; the ones whose client left are neither successes nor failures.
    public var requests = 0
    public var successes = 0
    public var failures = 0
    /// How often a request went on from one step to another.
    public var fallbacks = 0
    /// Requests whose first event came.
    public var answers = 0
    /// Nanoseconds to the first event, of all ``answers`` together.
    public var latency: UInt64 = 0
    /// What the latest one came to, as the client would have been told.
    public var lastStatus = 0
    public var lastUsedAt = MonotonicInstant.zero

    public init() {}

    public enum Ending: Sendable { case success, failure, cancellation }

    mutating func ended(_ ending: Ending, status: Int, at now: MonotonicInstant) {
        requests += 1
        switch ending {
        case .success: successes += 1
        case .failure: failures += 1
        case .cancellation: break
        }
        lastStatus = status
        lastUsedAt = now
    }

    mutating func answered(after nanoseconds: UInt64) {
        answers += 1
        latency = latency.addingReportingOverflow(nanoseconds).partialValue
    }

    /// Both together, as when two steps name the same model.
    public static func + (left: ServingCounts, right: ServingCounts) -> ServingCounts {
        var sum = left.lastUsedAt > right.lastUsedAt ? left : right
        sum.requests = left.requests + right.requests
        sum.successes = left.successes + right.successes
        sum.failures = left.failures + right.failures
        sum.fallbacks = left.fallbacks + right.fallbacks
        sum.answers = left.answers + right.answers
        sum.latency = left.latency.addingReportingOverflow(right.latency).partialValue
        return sum
    }
}
