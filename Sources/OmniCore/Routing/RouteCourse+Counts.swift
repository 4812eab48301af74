import OmniTranslate

/// What people are shown of requests, and conversations are remembered by.
extension RouteCourse {
    /// An attempt begins.
    mutating func noteActive(_ ticket: AttemptTicket, at now: MonotonicInstant, health: inout RouterHealth) {
        if !plan.isSinglePool { trail.note(ticket.path, in: plan) }
        guard let session = request.session else { return }
        health.affinity.begin(
            session, pool: plan.nodes[Int(ticket.pool)].seed, account: ticket.account,
            model: plan.targets[ticket.target].model, isFirst: begun == 0, at: now)
    }

    /// An attempt is over; when the client was answered, so is the request.
    mutating func forgetActive(
        _ ticket: AttemptTicket, _ outcome: AttemptOutcome, at now: MonotonicInstant, health: inout RouterHealth
    ) {
        if let session = request.session {
            let pool = plan.nodes[Int(ticket.pool)].seed
            health.affinity.end(session, pool: pool)
            if case .answered = outcome {
                health.affinity.remember(session, pool: pool, account: ticket.account, at: now)
                rememberSteps(of: ticket, session: session, at: now, health: &health)
            }
        }
        guard !plan.isSinglePool else { return }
        switch outcome {
        case .failed where !ticket.hasAnswered: break
        default:
            if case .answered = outcome, trail.answeredAt == nil { trail.answeredAt = now }
            count(outcome.ending, status: outcome.status, from: ticket.path, at: now, health: &health)
        }
    }

    private func rememberSteps(
        of ticket: AttemptTicket, session: SessionKey, at now: MonotonicInstant, health: inout RouterHealth
    ) {
        for level in 0..<ticket.path.count {
            let node = plan.nodes[Int(plan.children[ticket.path[level]].parent)]
            guard node.comboStrategy == .lastKnownGood else { continue }
            health.lastSteps.remember(
                session, pool: node.seed, account: Int32(ticket.path[level]) - node.start, at: now)
        }
    }

    /// The request is over.
    @inline(never)  // Single models have nothing to count and are most requests.
    mutating func count(
        _ ending: ServingCounts.Ending, status: Int, from path: StepPath, at now: MonotonicInstant,
        health: inout RouterHealth
    ) {
        // A request that failed before anything was looked at is counted as well.
        let binding = binding ?? health.binding(of: plan, at: now)
        var trail = trail
        trail.count(ending, status: status, from: path, course: self, binding: binding, at: now, in: &health)
        self.trail = trail
    }
}

extension AttemptOutcome {
    var ending: ServingCounts.Ending {
        switch self {
        case .answered: .success
        case .failed: .failure
        case .cancelled: .cancellation
        }
    }

    /// What the client is told.
    var status: Int {
        switch self {
        case .answered: 200
        case .failed(let failure): failure.fault.status
        case .cancelled: 499
        }
    }
}
