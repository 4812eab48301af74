extension RouterHealth {
    /// Puts the settings of a snapshot in force: profiles, and the limits of every account.
    ///
    /// What is in flight and what was learnt stay as they are. Plans of older snapshots are let go; those that are still
    /// followed change nothing any more.
    public mutating func adopt(_ snapshot: CatalogSnapshot, at now: MonotonicInstant) {
        forgetPlans()
        adopted = snapshot.serial
        profiles = snapshot.routing.resilience.profiles
        for (connection, options) in snapshot.accountOptions {
            apply(options, account: account(connection), at: now)
        }
        keepCounts(of: snapshot.allCombos)
    }

    mutating func apply(_ options: AccountOptions, account: Int32, at now: MonotonicInstant) {
        let position = Int(account)
        let old = accounts[position].options
        guard options != old else { return }
        accounts[position].options = options
        accounts[position].gate.cap = Int32(clamping: options.maximumConcurrency ?? 0)
        if options.requestsPerMinute != old.requestsPerMinute || options.tokensPerMinute != old.tokensPerMinute
            || options.minimumInterval != old.minimumInterval
        {
            accounts[position].limiter = RateLimiter(
                requestsPerMinute: options.requestsPerMinute, tokensPerMinute: options.tokensPerMinute,
                minimumInterval: options.minimumInterval, at: now)
        }
        if options.modelLimits != old.modelLimits || options.isLimited != old.isLimited {
            for model in models.indices where models[model].account == account {
                let name = modelNames[model]
                if !options.isLimited { models[model].limiter.forgetLearned() }
                guard options.modelLimits[name] != old.modelLimits[name] else { continue }
                limit(model, to: options.modelLimits[name], at: now)
            }
        }
        if old.revision != 0, options.revision != 0, options.revision != old.revision { clear(account: account) }
    }

    /// Gives a model the limits that were set for it by hand; nil takes them away.
    mutating func limit(_ model: Int, to limits: RateLimits?, at now: MonotonicInstant) {
        models[model].cap = Int32(clamping: limits?.maximumConcurrency ?? 0)
        models[model].limiter = RateLimiter(
            requestsPerMinute: limits?.requestsPerMinute, tokensPerMinute: limits?.tokensPerMinute,
            minimumInterval: limits?.minimumInterval, at: now)
    }
}
