/// What each limited scope has used and what is reserved for requests under way.
///
/// A reservation is taken before a request is sent and settled when it has ended, so that requests at the same time know
/// of each other: what is spent goes beyond a limit by one reservation at most. Only limited scopes are kept.
public struct LimitBook: Sendable {
    /// Money and requests of a scope, by period.
    struct Account: Sendable, Hashable {
        var limits: UsageLimits
        var spent: [BudgetPeriod: Spending] = [:]
        var reserved = NanoDollars.zero
        var reservedTokens = 0
        var requests = SlidingMinute()
        var tokens = SlidingMinute()
        var day = DayCount()
        var inFlight = 0

        init(_ limits: UsageLimits) { self.limits = limits }
    }

    /// What was spent in a period.
    struct Spending: Sendable, Hashable {
        var start: Int64
        var amount: NanoDollars
    }

    struct DayCount: Sendable, Hashable {
        var start: Int64 = .min
        var requests = 0
        var tokens = 0
    }

    /// What a request may use at most, in all its scopes.
    public struct Reservation: Sendable, Hashable {
        public let scopes: [LimitScope]
        public let cost: NanoDollars
        public let tokens: Int
    }

    private var accounts: [LimitScope: Account] = [:]

    public init() {}

    /// Whether nothing is limited, so that no request need ask.
    public var isEmpty: Bool { accounts.isEmpty }

    func isLimited(_ scope: LimitScope) -> Bool { accounts[scope] != nil }

    // MARK: Configuration

    /// Takes over limits; what is known of scopes that stay limited stays.
    /// - Returns: the scopes that were not limited before: what they used so far is unknown until ``load(_:of:)``.
    public mutating func configure(_ limits: [LimitScope: UsageLimits]) -> [LimitScope] {
        var fresh: [LimitScope] = []
        for scope in accounts.keys where limits[scope]?.isEmpty ?? true { accounts[scope] = nil }
        for (scope, limits) in limits where !limits.isEmpty {
            if accounts[scope] == nil {
                accounts[scope] = Account(limits)
                fresh.append(scope)
            } else {
                // Another calendar has other days; what was used in them is not known.
                if accounts[scope]?.limits.utcOffset != limits.utcOffset { fresh.append(scope) }
                accounts[scope]?.limits = limits
            }
        }
        return fresh
    }

    /// What a scope used before it was watched.
    public struct Past: Sendable, Hashable {
        public var spent: [BudgetPeriod: NanoDollars] = [:]
        public var requestsToday = 0
        public var tokensToday = 0
        /// All there ever were.
        public var requests = 0

        public init() {}
    }

    /// Puts what was used before in place of what is known.
    /// - Parameter now: milliseconds since 1970; the periods that hold it are meant.
    public mutating func load(_ past: Past, of scope: LimitScope, at now: Int64) {
        guard var account = accounts[scope] else { return }
        for (period, amount) in past.spent {
            let start = period.bounds(at: now, offset: account.limits.utcOffset).start
            account.spent[period] = Spending(start: start, amount: amount)
        }
        account.day = DayCount(
            start: BudgetPeriod.daily.bounds(at: now, offset: account.limits.utcOffset).start,
            requests: past.requestsToday, tokens: past.tokensToday)
        accounts[scope] = account
    }

    // MARK: Requests

    /// Reserves in all scopes or in none.
    ///
    /// - Parameters:
    ///   - scopes: those that are not limited do not matter.
    ///   - cost: what the request may cost; zero when the price is unknown.
    ///   - now: milliseconds since 1970.
    public mutating func reserve(
        _ scopes: [LimitScope], cost: NanoDollars, tokens: Int, at now: Int64
    ) throws(LimitRefusal) -> Reservation? {
        let limited = scopes.filter { accounts[$0] != nil }
        guard !limited.isEmpty else { return nil }
        for scope in limited {
            if let refusal = accounts[scope]?.refusal(at: now) {
                throw LimitRefusal(scope: scope, reason: refusal.reason, retryAfter: refusal.retryAfter)
            }
        }
        for scope in limited { accounts[scope]?.take(cost, tokens, at: now) }
        return Reservation(scopes: limited, cost: cost, tokens: tokens)
    }

    /// Puts what was used in place of what was reserved.
    /// - Parameters:
    ///   - cost: nil when it is unknown, which counts as nothing.
    ///   - isCounted: false for a request that was never sent: it is no request.
    public mutating func settle(
        _ reservation: Reservation, cost: NanoDollars?, tokens: Int, isCounted: Bool = true, at now: Int64
    ) {
        for scope in reservation.scopes {
            accounts[scope]?.settle(reservation, cost: cost ?? .zero, tokens: tokens, isCounted: isCounted, at: now)
        }
    }

    // MARK: Reading

    /// What a scope has used and may use.
    public struct Standing: Sendable, Hashable {
        public var limits: UsageLimits
        public var spent: [BudgetPeriod: NanoDollars] = [:]
        public var resetAt: [BudgetPeriod: Int64] = [:]
        public var reserved: NanoDollars
        public var requestsThisMinute: Int
        public var tokensThisMinute: Int
        public var requestsToday: Int
        public var tokensToday: Int
        public var inFlight: Int
        /// The limit that refuses requests at this moment.
        public var refusal: LimitRefusal?
    }

    /// - Returns: nil for a scope without limits.
    public mutating func standing(of scope: LimitScope, at now: Int64) -> Standing? {
        guard var account = accounts[scope] else { return nil }
        let refusal = account.refusal(at: now)
        defer { accounts[scope] = account }
        var standing = Standing(
            limits: account.limits, reserved: account.reserved, requestsThisMinute: account.requests.value(at: now),
            tokensThisMinute: account.tokens.value(at: now), requestsToday: account.day.requests,
            tokensToday: account.day.tokens, inFlight: account.inFlight)
        for period in BudgetPeriod.allCases {
            standing.spent[period] = account.spent(period, at: now)
            let end = period.bounds(at: now, offset: account.limits.utcOffset).end
            if end < .max { standing.resetAt[period] = end }
        }
        standing.refusal = refusal.map { LimitRefusal(scope: scope, reason: $0.reason, retryAfter: $0.retryAfter) }
        return standing
    }
}
