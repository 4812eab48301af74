/// How often accounts and models were put aside since the start.
struct ExclusionCounts: Sendable {
    struct Cause: Hashable, Sendable {
        var scope: FailureVerdict.Scope
        var reason: FailureClass
    }

    /// Cooldowns that began; one that grew longer is still the same.
    private(set) var cooldowns: [Cause: Int] = [:]
    private(set) var openings: [FailureVerdict.Scope: Int] = [:]

    mutating func note(_ verdict: FailureVerdict, from before: Exclusion, to after: Exclusion) {
        if after.isCooling, !before.isCooling {
            cooldowns[Cause(scope: verdict.scope, reason: verdict.failure), default: 0] += 1
        }
        if after.openings > before.openings { openings[verdict.scope, default: 0] += 1 }
    }
}

/// Whether something is put aside at a moment.
struct Exclusion: Sendable {
    var isCooling: Bool
    var openings: Int
}

/// What is put aside at one moment, and what was since the start.
struct ExclusionFigures: Sendable {
    /// Accounts and models by why they cool.
    var cooling: [ExclusionCounts.Cause: Int] = [:]
    var open: [FailureVerdict.Scope: Int] = [:]
    var halfOpen: [FailureVerdict.Scope: Int] = [:]
    var counts = ExclusionCounts()

    fileprivate mutating func add(
        _ cooldown: Cooldown, _ breaker: CircuitBreaker, _ scope: FailureVerdict.Scope, at now: MonotonicInstant
    ) {
        if cooldown.isCooling(at: now) {
            cooling[ExclusionCounts.Cause(scope: scope, reason: cooldown.reason), default: 0] += 1
        }
        switch breaker.state(at: now) {
        case .closed: break
        case .open: open[scope, default: 0] += 1
        case .halfOpen: halfOpen[scope, default: 0] += 1
        }
    }
}

extension RouterHealth {
    func exclusion(_ scope: FailureVerdict.Scope, at position: Int, now: MonotonicInstant) -> Exclusion {
        scope == .account
            ? Exclusion(
                isCooling: accounts[position].cooldown.isCooling(at: now), openings: accounts[position].breaker.openings
            )
            : Exclusion(
                isCooling: models[position].cooldown.isCooling(at: now), openings: models[position].breaker.openings)
    }

    /// Takes a look at every account and model that is known.
    func exclusionFigures(at now: MonotonicInstant) -> ExclusionFigures {
        var figures = ExclusionFigures()
        figures.counts = exclusionCounts
        for account in accounts { figures.add(account.cooldown, account.breaker, .account, at: now) }
        for model in models where model.account >= 0 { figures.add(model.cooldown, model.breaker, .model, at: now) }
        return figures
    }
}
