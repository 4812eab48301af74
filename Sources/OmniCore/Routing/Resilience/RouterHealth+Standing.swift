/// Whether a target may be attempted now.
struct Standing: Sendable {
    /// nil: it may.
    var skip: RouteSkip?
    /// When it may, as far as anyone knows; `.never` when nobody does.
    var readyAt = MonotonicInstant.zero
    /// Whether an attempt tests the account, or the model on it.
    var testsAccount = false
    var testsModel = false
    /// Whether only a guess speaks against it, so that it may be tested when nothing better is left.
    var isLastResort = false
    /// Whether an allowance is used up, which the client is told as 429.
    var isLimit = false

    static let ready = Standing()
}

extension RouterHealth {
    /// What speaks against a target.
    ///
    /// Almost always nothing, which is found out in a few comparisons.
    func standing(account: Int32, model: Int32, tokens: Int, at now: MonotonicInstant) -> Standing {
        let account = Int(account)
        let model = Int(model)
        if accounts[account].cooldown.isHealthy, models[model].cooldown.isHealthy,
            accounts[account].breaker.openings == 0, models[model].breaker.openings == 0,
            !accounts[account].gate.isFull, !accounts[account].limiter.isLimited, !models[model].limiter.isLimited
        {
            return .ready
        }
        return troubledStanding(account: account, model: model, tokens: tokens, at: now)
    }

    /// What is left of all that limits a target, from 0 to 1.
    func headroom(account: Int, model: Int, at now: MonotonicInstant) -> Double {
        let quota = accounts[account].quotaResetsAt <= now ? 1 : accounts[account].quota
        return min(quota, accounts[account].limiter.headroom(at: now), models[model].limiter.headroom(at: now))
    }

    @inline(never)  // Keeps the common case small enough to be inlined into the scan.
    private func troubledStanding(account: Int, model: Int, tokens: Int, at now: MonotonicInstant) -> Standing {
        var standing = Standing()
        judge(
            accounts[account].cooldown, accounts[account].breaker, accounts[account].probe, isAccount: true,
            at: now, into: &standing)
        judge(
            models[model].cooldown, models[model].breaker, models[model].probe, isAccount: false, at: now,
            into: &standing)
        let limit = max(
            accounts[account].limiter.wait(tokens: tokens, at: now),
            models[model].limiter.wait(tokens: tokens, at: now))
        if limit > 0 {
            standing.block(.limited, until: now + limit, isLastResort: false)
            standing.isLimit = true
        }
        // Someone leaves sooner or later; nobody knows when.
        if accounts[account].gate.isFull { standing.block(.accountFull, until: now, isLastResort: false) }
        return standing
    }

    private func judge(
        _ cooldown: Cooldown, _ breaker: CircuitBreaker, _ probe: RecoveryProbe,
        isAccount: Bool, at now: MonotonicInstant, into standing: inout Standing
    ) {
        guard !cooldown.isHealthy || breaker.openings > 0 else { return }
        if isAccount { standing.testsAccount = true } else { standing.testsModel = true }
        let isFree = probe.isFree(at: now)
        if cooldown.isCooling(at: now) {
            let mayTest = !cooldown.isExplicit || cooldown.probeAfter <= now
            standing.block(.cooling, until: cooldown.until, isLastResort: mayTest && isFree)
            if cooldown.reason.isLimit { standing.isLimit = true }
        }
        if breaker.openUntil > now {
            standing.block(.breakerOpen, until: breaker.openUntil, isLastResort: isFree)
        }
        if standing.skip == nil, !isFree { standing.block(.probing, until: probe.freeAt, isLastResort: false) }
    }
}

extension Standing {
    /// The first reason is kept, the latest end counts, and one firm reason is enough to rule the last resort out.
    fileprivate mutating func block(_ reason: RouteSkip, until: MonotonicInstant, isLastResort: Bool) {
        self.isLastResort = skip == nil ? isLastResort : self.isLastResort && isLastResort
        skip = skip ?? reason
        readyAt = max(readyAt, until)
    }
}
