extension RouterHealth {
    /// What a course decided to attempt.
    struct Choice: Sendable {
        var target: Int32
        var pool: Int32
        var path: StepPath
        var standing: Standing
        var isRetry = false
        /// Whether it is attempted although a guess speaks against it.
        var isLastResort = false
    }

    /// Takes everything an attempt needs: places, tokens, the right to test.
    mutating func begin(_ choice: Choice, binding: PlanBinding, tokens: Int, at now: MonotonicInstant) -> AttemptTicket
    {
        let account = binding.accounts[Int(choice.target)]
        let model = binding.models[Int(choice.target)]
        let standing = choice.standing
        let ticket = AttemptTicket(
            serial: nextSerial(), target: Int(choice.target), startedAt: now,
            isProbe: standing.testsAccount || standing.testsModel, isRetry: choice.isRetry, account: account,
            model: model, path: choice.path, pool: choice.pool, tokens: tokens,
            testsAccount: standing.testsAccount, testsModel: standing.testsModel)
        accounts[Int(account)].gate.enter()
        accounts[Int(account)].usage.add(requests: 1, at: now)
        if choice.isRetry || choice.isLastResort {
            accounts[Int(account)].budget.retry(at: now)
        } else {
            accounts[Int(account)].budget.request(at: now)
        }
        accounts[Int(account)].limiter.take(tokens: tokens, at: now)
        models[Int(model)].limiter.take(tokens: tokens, at: now)
        models[Int(model)].inFlight += 1
        models[Int(model)].usedAt = now
        if standing.testsAccount { accounts[Int(account)].probe.take(ticket.serial, at: now) }
        if standing.testsModel { models[Int(model)].probe.take(ticket.serial, at: now) }
        for level in 0..<choice.path.count {
            let step = Int(binding.steps[choice.path[level]])
            steps[step].gate.enter()
            steps[step].usage.add(requests: 1, at: now)
        }
        return ticket
    }

    /// The first meaningful event came: the target works.
    mutating func answering(_ ticket: AttemptTicket, binding: PlanBinding, at now: MonotonicInstant) {
        let account = Int(ticket.account)
        let model = Int(ticket.model)
        let latency = now.since(ticket.startedAt)
        models[model].latency.observe(latency, at: now)
        for level in 0..<ticket.path.count {
            let step = Int(binding.steps[ticket.path[level]])
            steps[step].latency.observe(latency, at: now)
            steps[step].counts.answered(after: latency)
        }
        let before = accounts[account].trouble + models[model].trouble
        accounts[account].cooldown.succeeded(startedAt: ticket.startedAt)
        accounts[account].breaker.succeeded(startedAt: ticket.startedAt, at: now)
        models[model].cooldown.succeeded(startedAt: ticket.startedAt)
        models[model].breaker.succeeded(startedAt: ticket.startedAt, at: now)
        if accounts[account].trouble + models[model].trouble != before { revision += 1 }
        accounts[account].probe.release(ticket.serial)
        models[model].probe.release(ticket.serial)
    }

    /// Gives everything back and learns from the outcome.
    /// - Returns: what the outcome means; nil for success and cancellation.
    mutating func end(
        _ ticket: AttemptTicket, _ outcome: AttemptOutcome, binding: PlanBinding, at now: MonotonicInstant,
        using random: inout some RandomNumberGenerator
    ) -> FailureVerdict? {
        let account = Int(ticket.account)
        let model = Int(ticket.model)
        accounts[account].gate.leave()
        models[model].inFlight -= 1
        for level in 0..<ticket.path.count {
            let step = Int(binding.steps[ticket.path[level]])
            steps[step].gate.leave()
            steps[step].counts.ended(outcome.ending, status: outcome.status, at: now)
        }
        switch outcome {
        case .answered(let tokens, let hints):
            if !ticket.hasAnswered { answering(ticket, binding: binding, at: now) }
            let tokens = tokens ?? ticket.tokens
            accounts[account].usage.add(tokens: tokens, at: now)
            accounts[account].limiter.correct(estimate: ticket.tokens, actual: tokens, at: now)
            models[model].limiter.correct(estimate: ticket.tokens, actual: tokens, at: now)
            learn(hints, account: account, model: model, at: now)
            return nil
        case .cancelled:
            release(ticket)
            return nil
        case .failed(let failure):
            let profile = profiles[accounts[account].options.profile]
            let verdict = failure.verdict(profile)
            learn(failure.hints, account: account, model: model, at: now)
            punish(verdict, profile: profile, ticket: ticket, at: now, using: &random)
            release(ticket)
            return verdict
        }
    }

    private mutating func release(_ ticket: AttemptTicket) {
        accounts[Int(ticket.account)].probe.release(ticket.serial)
        models[Int(ticket.model)].probe.release(ticket.serial)
    }

    private mutating func learn(_ hints: ResetHints, account: Int, model: Int, at now: MonotonicInstant) {
        if !hints.windows.isEmpty { learn(hints.windows, account: account, at: now) }
        guard hints.hasAllowances else { return }
        // Providers limit models apart; a limit set by hand is the account's.
        guard !accounts[account].limiter.isManual, accounts[account].options.isLimited else { return }
        models[model].limiter.learn(hints, at: now)
        revision += 1
    }

    /// Remembers a subscription's windows; the fullest one says what the account has left.
    private mutating func learn(_ windows: [SubscriptionWindow], account: Int, at now: MonotonicInstant) {
        accounts[account].windows = windows
        revision += 1
        guard let fullest = windows.max(by: { $0.used < $1.used }), let resetsAt = fullest.resetsAt else { return }
        let left = UInt64(clamping: min(resetsAt - fullest.toldAt, 31_536_000_000)) * 1_000_000
        noteQuota(accountIDs[account], remaining: 1 - fullest.used, resetsAt: now + left)
    }

    private mutating func punish(
        _ verdict: FailureVerdict, profile: ResilienceProfile, ticket: AttemptTicket, at now: MonotonicInstant,
        using random: inout some RandomNumberGenerator
    ) {
        let position = Int(verdict.scope == .account ? ticket.account : ticket.model)
        guard verdict.scope != .none else { return }
        let before = exclusion(verdict.scope, at: position, now: now)
        switch verdict.scope {
        case .none: return
        case .account:
            accounts[position].cooldown.failed(
                verdict, startedAt: ticket.startedAt, at: now, maximumLevel: profile.maximumLevel, using: &random)
            if verdict.tripsBreaker {
                accounts[position].breaker.failed(
                    startedAt: ticket.startedAt, at: now, profile: profile, using: &random)
            }
        case .model:
            models[position].cooldown.failed(
                verdict, startedAt: ticket.startedAt, at: now, maximumLevel: profile.maximumLevel, using: &random)
            if verdict.tripsBreaker {
                models[position].breaker.failed(startedAt: ticket.startedAt, at: now, profile: profile, using: &random)
            }
        }
        let after = exclusion(verdict.scope, at: position, now: now)
        exclusionCounts.note(verdict, from: before, to: after)
        revision += 1
    }
}
