/// A request that is no chat: read once, then asked of one target after the other until one answers.
///
/// A class, because it is large and few requests have one.
protocol ServiceCourse: AnyObject, Sendable {
    /// One attempt from its beginning to its end.
    ///
    /// What it throws is told as the attempt's failure.
    func attempt(_ target: Target, of execution: inout RequestExecution) async throws -> RequestExecution.Outcome

    /// What the request may use, as far as it can be told before it is sent; limits of money reserve it.
    var expectedUse: ExpectedUse { get }
}

extension ServiceCourse {
    var expectedUse: ExpectedUse { ExpectedUse() }
}

/// What a request that is no chat may use.
struct ExpectedUse {
    /// Nil for a guess by the length of the body.
    var inputTokens: Int?
    var outputTokens = 0
    var billed: BilledQuantity?
}
