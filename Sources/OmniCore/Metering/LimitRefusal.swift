public import OmniTranslate

/// Which limit a request would break.
public struct LimitRefusal: Error, Hashable {
    public enum Reason: Sendable, Hashable {
        case budget(BudgetPeriod, limit: NanoDollars)
        case requestsPerMinute(Int)
        case requestsPerDay(Int)
        case tokensPerMinute(Int)
        case tokensPerDay(Int)
        case concurrency(Int)
        case expired
        case schedule
    }

    public var scope: LimitScope
    public var reason: Reason
    /// Whole seconds; nil when waiting does not help.
    public var retryAfter: Int?

    /// The code of a limit of the router's own, which must not be taken for an upstream's.
    static let code = "omniroute_limit"

    /// What the client is told.
    public var fault: UpstreamFault {
        switch reason {
        case .expired, .schedule: UpstreamFault(.permission, message: message, code: code)
        default:
            UpstreamFault(
                .rateLimit, message: message, code: code, retryAfter: retryAfter.map { .seconds($0) })
        }
    }

    /// The same as a failure of one target, which is no news about the target itself.
    var targetFault: UpstreamFault {
        var fault = fault
        fault.code = Self.code
        return fault
    }

    private var code: String {
        switch reason {
        case .budget: "budget_exceeded"
        case .expired: "key_expired"
        case .schedule: "outside_schedule"
        default: "rate_limit_exceeded"
        }
    }

    /// For people; starts lower-case.
    public var message: String {
        switch reason {
        case .budget(let period, let limit): "the \(period.word)budget of $\(limit.text) for \(owner) is used up"
        case .requestsPerMinute(let limit): "\(owner) may make \(limit) requests a minute"
        case .requestsPerDay(let limit): "\(owner) may make \(limit) requests a day"
        case .tokensPerMinute(let limit): "\(owner) may use \(limit) tokens a minute"
        case .tokensPerDay(let limit): "\(owner) may use \(limit) tokens a day"
        case .concurrency(let limit): "\(owner) may make \(limit) requests at the same time"
        case .expired: "\(owner) has expired"
        case .schedule: "\(owner) may not be used at this time"
        }
    }

    private var owner: String {
        switch scope {
        case .global: "this router"
        case .clientKey: "this client key"
        case .connection(let id): "the connection '\(id.rawValue)'"
        case .model(let provider, let model): "the model '\(provider.rawValue)/\(model)'"
        }
    }
}

extension BudgetPeriod {
    fileprivate var word: String { self == .total ? "" : "\(rawValue) " }
}

extension NanoDollars {
    /// Dollars as a plain decimal, without zeros at the end: `5`, `0.25`, `0.000000001`.
    public var text: String {
        let digits = String(value.magnitude)
        let padded = String(repeating: "0", count: max(0, 10 - digits.count)) + digits
        var fraction = padded.suffix(9)
        while fraction.last == "0" { fraction.removeLast() }
        return (value < 0 ? "-" : "") + padded.dropLast(9) + (fraction.isEmpty ? "" : "." + fraction)
    }
}
