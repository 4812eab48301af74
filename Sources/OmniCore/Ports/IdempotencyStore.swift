/// Keeps answers to requests with an `Idempotency-Key` over a restart.
///
/// Written from a queue, never on the way of a request.
public protocol IdempotencyStore: Sendable {
    /// Answers completed after this time, oldest first.
    /// - Parameter time: milliseconds since 1970.
    func idempotentAnswers(completedAfter time: Int64) async throws -> [IdempotentAnswer]
    /// Keeps these answers; of two with the same key the later one.
    func saveIdempotentAnswers(_ answers: [IdempotentAnswer]) async throws
    func removeIdempotentAnswers(completedUntil time: Int64) async throws
}
