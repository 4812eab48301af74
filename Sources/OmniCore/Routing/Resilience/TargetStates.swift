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

/// What a look at targets needs of ``RouterHealth``, and nothing more: handing on the whole of it copies a dozen
/// references for each pool.
struct TargetStates: Sendable {
    let accounts: [RouterHealth.Account]
    let models: [RouterHealth.Model]

    /// What speaks against a target.
    ///
    /// Almost always nothing, which is found out in a few comparisons.
    func standing(account: Int32, model: Int32, tokens: Int, at now: MonotonicInstant) -> Standing {
        let account = Int(account)
        let model = Int(model)
        if accounts[account].cooldown.isHealthy, models[model].cooldown.isHealthy,
            accounts[account].breaker.openings == 0, models[model].breaker.openings == 0,
            !accounts[account].gate.isFull, !accounts[account].limiter.isLimited, !models[model].limiter.isLimited,
            !models[model].isFull
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

    /// The most any account behind a node has left, from 0 to 1; of large pools some accounts stand for all.
    func headroom(behind node: Int, in plan: RoutePlan, binding: PlanBinding, at now: MonotonicInstant) -> Double {
        let start = Int(plan.nodes[node].start)
        let end = start + Int(plan.nodes[node].count)
        var best = 0.0
        var index = start
        while best < 1, index < (plan.nodes[node].isPool ? min(end, start + 16) : end) {
            if plan.nodes[node].isPool {
                let target = Int(plan.members[index])
                let account = Int(binding.accounts[target])
                best = max(best, headroom(account: account, model: Int(binding.models[target]), at: now))
            } else {
                best = max(best, headroom(behind: Int(plan.children[index].node), in: plan, binding: binding, at: now))
            }
            index += 1
        }
        return best
    }

    @inline(never)  // Keeps the common case small enough to be inlined into the scan.
    private func troubledStanding(account: Int, model: Int, tokens: Int, at now: MonotonicInstant) -> Standing {
        var standing = Standing()
        if accounts[account].trouble > 0 {
            standing.testsAccount = true
            standing.judge(
                accounts[account].cooldown, openUntil: accounts[account].breaker.openUntil,
                accounts[account].probe, at: now)
        }
        if models[model].trouble > 0 {
            standing.testsModel = true
            standing.judge(
                models[model].cooldown, openUntil: models[model].breaker.openUntil, models[model].probe, at: now)
        }
        if accounts[account].limiter.isLimited || models[model].limiter.isLimited {
            let limit = max(
                accounts[account].limiter.wait(tokens: tokens, at: now),
                models[model].limiter.wait(tokens: tokens, at: now))
            if limit > 0 {
                standing.block(.limited, until: now + limit, isLastResort: false)
                standing.isLimit = true
            }
        }
        // Someone leaves sooner or later; nobody knows when.
        if accounts[account].gate.isFull { standing.block(.accountFull, until: now, isLastResort: false) }
        if models[model].isFull { standing.block(.modelFull, until: now, isLastResort: false) }
        return standing
    }
}

extension Standing {
    /// What a cooldown, a breaker and a test under way say.
    fileprivate mutating func judge(
        _ cooldown: Cooldown, openUntil: MonotonicInstant, _ probe: RecoveryProbe, at now: MonotonicInstant
    ) {
        let isFree = probe.isFree(at: now)
        if cooldown.isCooling(at: now) {
            let mayTest = !cooldown.isExplicit || cooldown.probeAfter <= now
            block(.cooling, until: cooldown.until, isLastResort: mayTest && isFree)
            if cooldown.reason.isLimit { isLimit = true }
        }
        if openUntil > now { block(.breakerOpen, until: openUntil, isLastResort: isFree) }
        if !isFree { block(.probing, until: probe.freeAt, isLastResort: false) }
    }

    /// The first reason is kept, the latest end counts, and one firm reason is enough to rule the last resort out.
    fileprivate mutating func block(_ reason: RouteSkip, until: MonotonicInstant, isLastResort: Bool) {
        self.isLastResort = skip == nil ? isLastResort : self.isLastResort && isLastResort
        skip = skip ?? reason
        readyAt = max(readyAt, until)
    }
}

extension RouterHealth {
    /// To be let go before anything changes: arrays in two hands are copied.
    var targetStates: TargetStates { TargetStates(accounts: accounts, models: models) }
}
