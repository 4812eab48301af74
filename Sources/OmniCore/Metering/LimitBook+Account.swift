extension LimitBook.Account {
    /// The first limit one more request would break.
    mutating func refusal(at now: Int64) -> (reason: LimitRefusal.Reason, retryAfter: Int?)? {
        if let end = limits.expiresAt, now >= end { return (.expired, nil) }
        if let schedule = limits.schedule, !schedule.admits(now, offset: limits.utcOffset) { return (.schedule, nil) }
        beginDay(at: now)
        if let limit = limits.concurrency, inFlight >= limit { return (.concurrency(limit), 1) }
        if let limit = limits.requestsPerMinute, requests.value(at: now) >= limit {
            return (.requestsPerMinute(limit), requests.wait(below: limit, at: now))
        }
        if let limit = limits.tokensPerMinute, tokens.value(at: now) + reservedTokens >= limit {
            return (.tokensPerMinute(limit), max(1, tokens.wait(below: limit, at: now)))
        }
        if let limit = limits.requestsPerDay, day.requests >= limit {
            return (.requestsPerDay(limit), seconds(until: .daily, at: now))
        }
        if let limit = limits.tokensPerDay, day.tokens + reservedTokens >= limit {
            return (.tokensPerDay(limit), seconds(until: .daily, at: now))
        }
        for period in BudgetPeriod.allCases {
            guard let limit = limits.money[period], spent(period, at: now) + reserved >= limit else { continue }
            return (.budget(period, limit: limit), period == .total ? nil : seconds(until: period, at: now))
        }
        return nil
    }

    mutating func take(_ cost: NanoDollars, _ tokens: Int, at now: Int64) {
        beginDay(at: now)
        reserved += cost
        reservedTokens += tokens
        inFlight += 1
        requests.add(1, at: now)
        day.requests += 1
    }

    mutating func settle(
        _ reservation: LimitBook.Reservation, cost: NanoDollars, tokens: Int, isCounted: Bool, at now: Int64
    ) {
        beginDay(at: now)
        reserved = max(.zero, reserved - reservation.cost)
        reservedTokens = max(0, reservedTokens - reservation.tokens)
        inFlight = max(0, inFlight - 1)
        guard isCounted else {
            day.requests = max(0, day.requests - 1)
            return
        }
        self.tokens.add(tokens, at: now)
        day.tokens += tokens
        for period in BudgetPeriod.allCases {
            let before = spent(period, at: now)
            spent[period]?.amount = before + cost
        }
    }

    /// What was spent in the period that holds a moment.
    mutating func spent(_ period: BudgetPeriod, at now: Int64) -> NanoDollars {
        let start = period.bounds(at: now, offset: limits.utcOffset).start
        // A clock that was set back stays in the later period.
        if let known = spent[period], known.start >= start { return known.amount }
        spent[period] = LimitBook.Spending(start: start, amount: .zero)
        return .zero
    }

    private mutating func beginDay(at now: Int64) {
        let start = BudgetPeriod.daily.bounds(at: now, offset: limits.utcOffset).start
        if start > day.start { day = LimitBook.DayCount(start: start) }
    }

    private func seconds(until period: BudgetPeriod, at now: Int64) -> Int {
        let end = period.bounds(at: now, offset: limits.utcOffset).end
        return max(1, Int((end - now + 999) / 1000))
    }
}
