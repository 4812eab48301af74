/// How many requests and tokens went somewhere in about the last ten minutes.
///
/// The present window of ten minutes plus the fitting part of the one before: constant space, and no sudden forgetting.
public struct UsageWindow: Sendable, Hashable {
    static let length: UInt64 = 600_000_000_000

    private var window: UInt64 = 0
    private var requestsNow = 0.0
    private var requestsBefore = 0.0
    private var tokensNow = 0.0
    private var tokensBefore = 0.0

    public init() {}

    public mutating func add(requests: Int = 0, tokens: Int = 0, at now: MonotonicInstant) {
        let present = now.nanoseconds / Self.length
        if present != window {
            let isNext = present == window + 1
            requestsBefore = isNext ? requestsNow : 0
            tokensBefore = isNext ? tokensNow : 0
            requestsNow = 0
            tokensNow = 0
            window = present
        }
        requestsNow += Double(requests)
        tokensNow += Double(tokens)
    }

    public func requests(at now: MonotonicInstant) -> Double { sum(requestsNow, requestsBefore, at: now) }

    public func tokens(at now: MonotonicInstant) -> Double { sum(tokensNow, tokensBefore, at: now) }

    private func sum(_ current: Double, _ before: Double, at now: MonotonicInstant) -> Double {
        let present = now.nanoseconds / Self.length
        guard present == window || present == window + 1 else { return 0 }
        let passed = Double(now.nanoseconds % Self.length) / Double(Self.length)
        return present == window ? current + before * (1 - passed) : current * (1 - passed)
    }
}
