extension LimitMemory {
    /// Puts limits in force; of scopes that were not limited before, what they used so far is looked up.
    ///
    /// - Parameter now: milliseconds since 1970.
    public func adopt(_ limits: [LimitScope: UsageLimits], usage: any UsageReader, now: Int64) async throws {
        for scope in configure(limits) {
            let past = try await LimitBook.Past(
                of: scope, utcOffset: limits[scope]?.utcOffset ?? 0, usage: usage, now: now)
            load(past, of: scope, at: now)
        }
    }
}

extension LimitBook.Past {
    /// What the records say a scope used in the periods that hold a moment.
    ///
    /// - Parameters:
    ///   - utcOffset: minutes by which the calendar is ahead of UTC.
    ///   - now: milliseconds since 1970.
    public init(of scope: LimitScope, utcOffset: Int, usage: any UsageReader, now: Int64) async throws {
        self.init()
        for period in BudgetPeriod.allCases {
            let totals = try await scope.totals(
                since: period.bounds(at: now, offset: utcOffset).start, in: usage)
            spent[period] = totals.knownCost
            if period == .daily {
                requestsToday = totals.requests
                tokensToday = totals.promptTokens + totals.completionTokens
            }
            if period == .total { requests = totals.requests }
        }
    }
}

extension LimitScope {
    /// - Parameter start: milliseconds since 1970.
    fileprivate func totals(since start: Int64, in usage: any UsageReader) async throws -> UsageTotals {
        var filter = UsageFilter()
        filter.from = start
        switch self {
        case .global: break
        case .clientKey(let id): filter.clientKeyID = id
        case .connection(let id): filter.connectionID = id
        case .model(let provider, let model):
            filter.provider = provider.rawValue
            // Records have names as they were asked for, in any case.
            let history = try await usage.history(filter)
            return history.byModel.filter { $0.key.model.lowercased() == model }
                .reduce(into: UsageTotals()) { $0.add($1.value) }
        }
        return try await usage.history(filter).total
    }
}
