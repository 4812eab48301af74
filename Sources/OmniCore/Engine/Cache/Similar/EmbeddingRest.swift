/// Leaves an embedding model alone that failed several times on end, so that not every request waits for it in vain.
struct EmbeddingRest: Sendable {
    /// Failures on end that lead to a rest.
    static let limit = 3
    /// How long one is, in milliseconds.
    static let length: Int64 = 30_000

    private var failures = 0
    /// Milliseconds since 1970; in the past when it does not rest.
    private(set) var end: Int64 = 0

    func isOver(at now: Int64) -> Bool { now >= end }

    mutating func noteSuccess() { self = EmbeddingRest() }

    /// After a rest one failure is enough for the next.
    mutating func noteFailure(at now: Int64) {
        failures += 1
        if failures >= Self.limit { end = now + Self.length }
    }
}
