public import OmniTranslate

/// An upstream's answer byte for byte.
public struct OriginalAnswer: Sendable, Hashable {
    public var status: Int
    public var body: [UInt8]

    public init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }
}

/// How an attempt failed, as the engine saw it.
public struct AttemptFailure: Sendable {
    public var fault: UpstreamFault
    public var hints: ResetHints
    /// Nanoseconds the answer's body asked to wait.
    public var bodyReset: UInt64?
    /// The upstream's own error answer, when it is in the client's dialect and can be passed on as it is.
    public var original: OriginalAnswer?
    /// Whether the connection has a token that can be renewed and was not yet renewed for this request.
    public var canRefresh: Bool

    public init(
        _ fault: UpstreamFault, hints: ResetHints = ResetHints(), bodyReset: UInt64? = nil,
        original: OriginalAnswer? = nil, canRefresh: Bool = false
    ) {
        self.fault = fault
        self.hints = hints
        self.bodyReset = bodyReset ?? fault.retryAfter?.clampedNanoseconds
        self.original = original
        self.canRefresh = canRefresh
    }

    func verdict(_ profile: ResilienceProfile) -> FailureVerdict {
        let failure = FailureClassifier.classify(fault, canRefresh: canRefresh)
        return FailureClassifier.verdict(
            fault, reset: hints.wait(isRateLimit: failure.isLimit, body: bodyReset), canRefresh: canRefresh,
            profile: profile)
    }
}

/// How an attempt ended.
public enum AttemptOutcome: Sendable {
    /// The client has its whole answer.
    /// - `tokens`: input and output together, where the upstream said so.
    case answered(tokens: Int?, hints: ResetHints)
    /// The attempt failed, before the answer began or in the middle of it.
    case failed(AttemptFailure)
    /// The client left or the router is going down.
    case cancelled
}
