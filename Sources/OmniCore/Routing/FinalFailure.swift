public import OmniTranslate

/// What one attempt came to.
public struct AttemptRecord: Sendable, Hashable {
    /// Into ``RoutePlan/targets``.
    public var target: Int
    /// What the client would have been told.
    public var status: Int
    public var failure: FailureClass
    public var startedAt: MonotonicInstant
    public var endedAt: MonotonicInstant
    /// Nanoseconds the request waited before it.
    public var waited: UInt64
    public var isRetry: Bool
    public var isProbe: Bool
}

/// Why a request cannot be answered, with all that was attempted for it.
public struct FinalFailure: Sendable {
    public var fault: UpstreamFault
    /// Nanoseconds until the first target is expected to serve again; nil when nobody knows.
    public var retryAfter: UInt64?
    /// The upstream's own answer, when it says best what is wrong.
    public var original: OriginalAnswer?
    public var attempts: [AttemptRecord]

    public init(
        _ fault: UpstreamFault, retryAfter: UInt64? = nil, original: OriginalAnswer? = nil,
        attempts: [AttemptRecord] = []
    ) {
        self.fault = fault
        self.retryAfter = retryAfter
        self.original = original
        self.attempts = attempts
    }

    /// Whole seconds, rounded up.
    public var retryAfterSeconds: Int? { retryAfter.map(ResetHints.seconds) }
}

extension FinalFailure {
    /// What speaks against the targets that were not attempted.
    struct Leftovers {
        /// Whether any may serve again by itself.
        var hasTemporary = false
        /// Whether all of those wait for an allowance.
        var areLimits = true
        /// When the first of them is ready.
        var readyAt = MonotonicInstant.never
        /// Whether no step's conditions fit the request.
        var isUnfit = false
        /// Whether the request's time is over.
        var isTooLate = false
    }

    /// The most useful of all that went wrong.
    ///
    /// What the client got wrong is said as it was said. A plan with a single target keeps the real answer, and so do
    /// targets that all failed in the same way. Else it is 429 when what could help again waits for allowances only, and
    /// 503 when it does not; refused keys and missing models are worth a word only when there is nothing else.
    init(
        failures: [(failure: AttemptFailure, verdict: FailureVerdict)], attempts: [AttemptRecord],
        leftovers: Leftovers, isSingle: Bool, now: MonotonicInstant
    ) {
        var retryAfter: UInt64?
        if leftovers.readyAt != .never { retryAfter = leftovers.readyAt.since(now) }
        guard let last = failures.last else {
            self.init(Self.nothingAttempted(leftovers), retryAfter: retryAfter)
            return
        }
        switch last.verdict.failure {
        case .clientFault, .cancelled, .contextOverflow, .contentFilter:
            self.init(last.failure.fault, original: last.failure.original, attempts: attempts)
            return
        default: break
        }
        for ((_, verdict), attempt) in zip(failures, attempts) {
            if let wait = verdict.reset { retryAfter = min((attempt.endedAt + wait).since(now), retryAfter ?? .max) }
        }
        let passing = failures.filter { $0.verdict.failure.isPassing }
        let relevant = passing.isEmpty ? failures : passing
        let isUniform = relevant.allSatisfy { $0.failure.fault.kind == relevant[0].failure.fault.kind }
        let chosen = isSingle ? last : relevant.last ?? last
        if isSingle || isUniform && !(leftovers.hasTemporary && chosen.verdict.failure.isLimit != leftovers.areLimits)
            || passing.isEmpty && !leftovers.hasTemporary
        {
            self.init(
                chosen.failure.fault, retryAfter: retryAfter, original: chosen.failure.original, attempts: attempts)
            return
        }
        if passing.allSatisfy({ $0.verdict.failure.isLimit }), !leftovers.hasTemporary || leftovers.areLimits {
            let limit = passing.last?.failure.fault.message ?? "every account is limited"
            self.init(
                UpstreamFault(.rateLimit, message: limit, code: "rate_limit_exceeded"), retryAfter: retryAfter,
                attempts: attempts)
            return
        }
        let count = attempts.count
        self.init(
            UpstreamFault(
                .overloaded,
                message: "no target could serve the request: \(count) attempt\(count == 1 ? "" : "s"), the last one: "
                    + chosen.failure.fault.message, code: "no_target_available"),
            retryAfter: retryAfter, attempts: attempts)
    }

    private static func nothingAttempted(_ leftovers: Leftovers) -> UpstreamFault {
        if leftovers.isUnfit {
            return UpstreamFault(
                .invalidRequest, message: "no step of the combo takes a request like this one: see its conditions",
                code: "no_step_fits", parameter: "model")
        }
        if leftovers.isTooLate {
            return UpstreamFault(
                .timeout, message: "the request's time was over before a target was free", code: "router_timeout")
        }
        guard leftovers.hasTemporary else {
            return UpstreamFault(
                .permission, message: "no connection that this key may use can serve the model",
                code: "no_connection_allowed", parameter: "model")
        }
        return leftovers.areLimits
            ? UpstreamFault(
                .rateLimit, message: "every account of this model is limited for now", code: "rate_limit_exceeded")
            : UpstreamFault(
                .overloaded, message: "every target of this model is unavailable for now", code: "no_target_available")
    }
}

extension FailureClass {
    /// Whether it may be over soon.
    fileprivate var isPassing: Bool {
        switch self {
        case .rateLimited, .overloaded, .transient, .emptyAnswer, .unreachable, .proxyFailed: true
        case .clientFault, .contextOverflow, .contentFilter, .cancelled, .authentication, .forbidden, .paymentRequired,
            .modelUnavailable:
            false
        }
    }
}
