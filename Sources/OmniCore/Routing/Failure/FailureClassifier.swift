import OmniTranslate

/// The one table from failures to verdicts.
///
/// It judges by kind and code first. The words of a message count only where no code exists for the matter, and never for
/// what the client got wrong: a validation error that mentions "capacity" must not take an account out of service.
///
/// | failure | left alone | request goes on | wait without a word of the upstream | breaker |
/// |---|---|---|---|---|
/// | client's fault (400, 405, 409, 422) | nothing | stops; next step for what a model cannot take | - | no |
/// | too long (413, context) | nothing | next step | - | no |
/// | content filter | nothing | next step if the combo wants it | - | no |
/// | cancelled (499) | nothing | stops | - | no |
/// | authentication (401) | account | rotates, after a refresh | 2 min to 30 min | no |
/// | forbidden (403) | model on the account | rotates | 2 min to 30 min | no |
/// | payment (402, credit codes) | account | rotates | 1 h to 24 h | no |
/// | a limit of the router's own | nothing | rotates | - | no |
/// | rate limited (429) | model on the account | rotates | the profile's, to 2 min | no |
/// | overloaded (503, 529) | model on the account | retries | the profile's, to 1 min | yes |
/// | transient (408, 5xx, stalls, broken answers) | model on the account | retries | the profile's, to 1 min | yes |
/// | empty answer | nothing | rotates | - | no |
/// | unreachable | account | retries | the profile's, to 1 min | yes |
/// | a proxy on the way that does not work | nothing | retries; rotates where it refuses | - | no |
/// | model unavailable (404) | model on the account | rotates | 10 min | no |
public struct FailureClassifier: Sendable {
    private static let second: UInt64 = 1_000_000_000
    private static let minute = 60 * second
    private static let hour = 60 * minute

    /// - Parameters:
    ///   - fault: what the upstream or the transport said.
    ///   - reset: nanoseconds the upstream asked for, from headers (``ResetHints/wait(isRateLimit:)``) or its body.
    ///   - canRefresh: whether the connection has a token that can be renewed and was not yet renewed for this request.
    ///   - profile: how long the guesses are.
    public static func verdict(
        _ fault: UpstreamFault, reset: UInt64? = nil, canRefresh: Bool = false, profile: ResilienceProfile = .apiKey
    ) -> FailureVerdict {
        let failure = classify(fault, canRefresh: canRefresh)
        // A limit of the router's own says nothing about the account, and may be lifted at any time.
        if fault.code == LimitRefusal.code { return FailureVerdict(.rateLimited, action: .rotate, reset: reset) }
        switch failure {
        case .clientFault:
            // What one model cannot take another may.
            return FailureVerdict(failure, action: fault.code == "unsupported_parameter" ? .nextStep : .stop)
        case .cancelled: return FailureVerdict(failure, action: .stop)
        case .contextOverflow, .contentFilter: return FailureVerdict(failure, action: .nextStep)
        case .authentication:
            return FailureVerdict(
                failure, scope: .account, action: .rotate, reset: reset,
                backoff: .init(base: 2 * minute, maximum: 30 * minute, longestReset: 30 * minute),
                suggestsRefresh: canRefresh)
        case .forbidden:
            return FailureVerdict(
                failure, scope: .model, action: .rotate, reset: reset,
                backoff: .init(base: 2 * minute, maximum: 30 * minute, longestReset: 30 * minute))
        case .paymentRequired:
            return FailureVerdict(
                failure, scope: .account, action: .rotate, reset: reset,
                backoff: .init(base: hour, maximum: 24 * hour, longestReset: 24 * hour))
        case .rateLimited:
            // Windows of subscriptions last hours; a plain limit that claims more than half an hour is not believed.
            return FailureVerdict(
                failure, scope: .model, action: .rotate, reset: reset,
                backoff: .init(
                    base: profile.rateLimitBase, maximum: max(2 * minute, profile.rateLimitBase),
                    longestReset: namesQuota(fault) ? 6 * hour : 30 * minute))
        case .overloaded, .transient:
            return FailureVerdict(
                failure, scope: .model, action: .retry, reset: reset,
                backoff: .init(
                    base: profile.transientBase, maximum: max(minute, profile.transientBase), longestReset: 30 * minute),
                tripsBreaker: true)
        case .emptyAnswer:
            // Some prompts leave nothing to say: the account may be as healthy as any.
            return FailureVerdict(failure, action: .rotate)
        case .unreachable:
            return FailureVerdict(
                failure, scope: .account, action: .retry,
                backoff: .init(
                    base: profile.transientBase, maximum: max(minute, profile.transientBase), longestReset: 30 * minute),
                tripsBreaker: true)
        case .proxyFailed:
            // One that refuses credentials or the upstream's address will go on doing so.
            return FailureVerdict(failure, action: fault.code == "proxy_unreachable" ? .retry : .rotate)
        case .modelUnavailable:
            return FailureVerdict(
                failure, scope: .model, action: .rotate,
                backoff: .init(base: 10 * minute, maximum: 10 * minute, longestReset: 10 * minute))
        }
    }

    static func classify(_ fault: UpstreamFault, canRefresh: Bool = false) -> FailureClass {
        if fault.kind == .clientClosed { return .cancelled }
        if let code = fault.code, contentFilterCodes.contains(code) { return .contentFilter }
        switch fault.kind {
        case .contextLength, .tooLarge: return .contextOverflow
        case .invalidRequest, .unprocessable:
            return fault.code.map(modelCodes.contains) == true ? .modelUnavailable : .clientFault
        case .methodNotAllowed, .conflict, .clientClosed: return .clientFault
        case .authentication: return .authentication
        case .billing: return .paymentRequired
        case .permission: return permission(fault, canRefresh: canRefresh)
        case .notFound: return .modelUnavailable
        case .rateLimit: return mentions(creditWords, fault) ? .paymentRequired : .rateLimited
        case .overloaded: return .overloaded
        case .timeout: return .transient
        case .upstream:
            if fault.code == UpstreamFault.emptyAnswerCode { return .emptyAnswer }
            if fault.code?.hasPrefix("proxy_") == true { return .proxyFailed }
            return fault.code == "upstream_unreachable" ? .unreachable : .transient
        }
    }

    /// 403 stands for many things; only what the upstream names is more than a model this account may not use.
    private static func permission(_ fault: UpstreamFault, canRefresh: Bool) -> FailureClass {
        if mentions(creditWords, fault) { return .paymentRequired }
        if mentions(deactivationWords, fault) { return .authentication }
        if canRefresh, mentions(["token expired", "token has expired", "expired token"], fault) {
            return .authentication
        }
        return .forbidden
    }

    private static let contentFilterCodes: Set<String> = [
        "content_filter", "content_policy_violation", "content_blocked", "prohibited_content", "moderation_blocked",
        "safety",
    ]

    private static let modelCodes: Set<String> = [
        "model_not_found", "model_not_supported", "unsupported_model", "invalid_model", "model_not_available",
        "model_decommissioned",
    ]

    private static let creditWords = [
        "insufficient_quota", "billing_hard_limit_reached", "credit_balance_too_low", "credit balance is too low",
        "credits exhausted", "out of credits", "insufficient balance", "payment required",
    ]

    private static let deactivationWords = [
        "account_deactivated", "account has been deactivated", "account has been disabled",
        "account has been suspended", "account is deactivated", "verify your account to continue",
    ]

    private static func namesQuota(_ fault: UpstreamFault) -> Bool {
        mentions(["usage limit", "quota", "weekly limit", "daily limit"], fault)
    }

    private static func mentions(_ words: [String], _ fault: UpstreamFault) -> Bool {
        if let code = fault.code, words.contains(code) { return true }
        let message = fault.message.lowercased()
        return words.contains { message.contains($0) }
    }
}
