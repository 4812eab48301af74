/// A request that is no chat: read once, then asked of one target after the other until one answers.
///
/// A class, because it is large and few requests have one.
protocol ServiceCourse: AnyObject, Sendable {
    /// One attempt from its beginning to its end.
    ///
    /// What it throws is told as the attempt's failure.
    func attempt(_ target: Target, of execution: RequestExecution) async throws -> RequestExecution.Outcome

    /// What the request may use, as far as it can be told before it is sent; limits of money reserve it.
    var expectedUse: ExpectedUse { get }

    /// Whether the same question has the same answer, which the cache may keep.
    var isCacheable: Bool { get }

    /// All that shapes the answer, in parts that cannot run into each other.
    var fingerprint: [[UInt8]] { get }

    /// Answers with what was kept.
    ///
    /// - Throws: when it cannot be read after all; nothing was sent then.
    func repeated(
        _ answer: CachedAnswer, of target: Target, in execution: RequestExecution
    ) throws -> RequestExecution.Outcome
}

extension ServiceCourse {
    var expectedUse: ExpectedUse { ExpectedUse() }
    var isCacheable: Bool { false }
    var fingerprint: [[UInt8]] { [] }

    func repeated(
        _ answer: CachedAnswer, of target: Target, in execution: RequestExecution
    ) throws -> RequestExecution.Outcome {
        preconditionFailure("nothing is kept of what is not cacheable")
    }
}

/// What a request that is no chat may use.
struct ExpectedUse {
    /// Nil for a guess by the length of the body.
    var inputTokens: Int?
    var outputTokens = 0
    var billed: BilledQuantity?
}
