/// Holds repeated attempts at one account to about a fifth of its recent requests, so that trouble is not multiplied.
///
/// Each request pays in a fifth of a retry, each retry takes a whole one; a small income keeps quiet accounts able to
/// retry at all. Going on to another account costs nothing here: each account sees a request once.
public struct RetryBudget: Sendable, Hashable {
    /// Retries each request pays for.
    static let ratio = 0.2
    /// Retries that are paid for every ten seconds without any request.
    static let floor = 3.0
    static let ceiling = 20.0

    private var balance = floor
    private var updatedAt = MonotonicInstant.zero

    public init() {}

    private func available(at now: MonotonicInstant) -> Double {
        guard balance < Self.floor else { return balance }
        return min(Self.floor, balance + Double(now.since(updatedAt)) / 10e9 * Self.floor)
    }

    public func allowsRetry(at now: MonotonicInstant) -> Bool { available(at: now) >= 1 }

    public mutating func request(at now: MonotonicInstant) {
        balance = min(Self.ceiling, available(at: now) + Self.ratio)
        updatedAt = now
    }

    public mutating func retry(at now: MonotonicInstant) {
        balance = max(0, available(at: now) - 1)
        updatedAt = now
    }
}
