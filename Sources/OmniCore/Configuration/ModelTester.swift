/// Finds out whether a model, alias or combo is served, by a real request through the whole router.
public protocol ModelTester: Sendable {
    /// - Parameters:
    ///   - model: as a client would name it.
    ///   - text: what the model is asked.
    ///   - timeout: after it, the request is given up.
    func test(_ model: String, text: String, in snapshot: CatalogSnapshot, timeout: Duration) async -> ModelTestResult
}

/// What a test of a model found.
public struct ModelTestResult: Sendable, Hashable {
    /// What a client would have been told; nil when the request was given up.
    public var status: Int?
    /// For people; nil when all is well.
    public var error: String?
    /// Until the whole answer was there.
    public var latencyMS: Int
    /// What was asked last; nil when nothing was.
    public var target: ActiveRequest?
    public var attempts: Int
    /// As the upstream counted; nil when it did not say.
    public var inputTokens: Int?
    public var outputTokens: Int?

    public var isServed: Bool { error == nil }

    public init(
        status: Int?, error: String? = nil, latencyMS: Int, target: ActiveRequest? = nil, attempts: Int = 0,
        inputTokens: Int? = nil, outputTokens: Int? = nil
    ) {
        self.status = status
        self.error = error
        self.latencyMS = latencyMS
        self.target = target
        self.attempts = attempts
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
    }
}
