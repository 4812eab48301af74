public import OmniTranslate

/// Decides what follows each attempt of one request.
///
/// A value without effects; the engine carries its decisions out.
///
/// Valid course: `firstAction` once, then `failed` for each attempt that ended before the commit point.
public struct AttemptStateMachine: Sendable {
    public enum Action: Sendable {
        /// Try the target at this position of the plan.
        case attempt(Int)
        /// Answer the client with this fault.
        case fail(Failure)
    }

    /// A fault together with what the upstream said about trying again.
    public struct Failure: Sendable, Hashable {
        public var fault: UpstreamFault
        /// Seconds, from `retry-after`.
        public var retryAfter: Int?
        /// The upstream's own error answer, when it is in the client's dialect and can be passed on as it is.
        public var original: OriginalAnswer?

        public init(_ fault: UpstreamFault, retryAfter: Int? = nil, original: OriginalAnswer? = nil) {
            self.fault = fault
            self.retryAfter = retryAfter
            self.original = original
        }
    }

    public typealias OriginalAnswer = OmniCore.OriginalAnswer

    private let targetCount: Int
    private var current = 0
    private var failures: [Failure] = []

    /// - Parameter targetCount: how many targets the plan has; at least one.
    public init(targetCount: Int) {
        self.targetCount = targetCount
    }

    /// Attempts begun so far.
    public var attempts: Int { min(current + 1, targetCount) }

    public func firstAction() -> Action { .attempt(0) }

    /// An attempt ended before anything was sent to the client.
    public mutating func failed(_ failure: Failure) -> Action {
        failures.append(failure)
        guard Self.allowsFallback(failure.fault.kind), current + 1 < targetCount else {
            return .fail(finalFailure(last: failure))
        }
        current += 1
        return .attempt(current)
    }

    /// Whether another account could do better.
    ///
    /// What the client got wrong is wrong everywhere.
    static func allowsFallback(_ kind: UpstreamFault.Kind) -> Bool {
        switch kind {
        case .invalidRequest, .contextLength, .tooLarge, .unprocessable, .conflict, .methodNotAllowed, .clientClosed:
            false
        case .authentication, .billing, .permission, .notFound, .rateLimit, .upstream, .overloaded, .timeout: true
        }
    }

    /// What the client is told when several targets failed: the reason that promises most.
    ///
    /// A rate limit ends by itself, so it is better news than a refused key.
    private func finalFailure(last: Failure) -> Failure {
        guard Self.allowsFallback(last.fault.kind) else { return last }
        let order: [UpstreamFault.Kind] = [.rateLimit, .overloaded, .timeout, .upstream]
        for kind in order {
            let matching = failures.filter { $0.fault.kind == kind }
            if var best = matching.first {
                best.retryAfter = matching.compactMap(\.retryAfter).min()
                return best
            }
        }
        return last
    }
}
