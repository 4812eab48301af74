import OmniTranslate

/// Decides, for one request, what is attempted next and when it is over.
///
/// A value without effects. The engine keeps one ``RouterHealth`` for all requests behind a lock and calls, each under it:
/// 1. ``next(at:health:random:)`` until it says ``Decision/fail(_:)`` or an attempt was answered. After
///    ``Decision/wait(until:)`` it calls again at that time; earlier does no harm.
/// 2. For each attempt: ``answering(_:at:health:)`` at its first meaningful event, where the client is answered from then on
///    and nothing else may be attempted, and ``ended(_:_:at:health:random:)`` exactly once, whatever happened.
/// 3. When the client leaves during an attempt: `ended` with ``AttemptOutcome/cancelled``. During a wait: nothing.
///
/// A refused token that can be renewed (``FailureVerdict/suggestsRefresh``) is renewed and sent again by the engine under the
/// same ticket, before its end is told; what is told then says that it cannot be renewed once more.
///
/// With each new snapshot the engine calls ``RouterHealth/forgetPlans()``; courses under way keep theirs. When
/// ``RouterHealth/revision`` has risen, it may have ``RouterHealth/snapshot(at:wall:)`` stored; headers of good answers raise it
/// too, so that it should wait some seconds in between.
///
/// The order of what is tried: fresh targets in the order of the strategies, as soon as one is healthy; then targets this
/// request attempted before, where their failure, the retry budget and their health allow it; then a bounded wait for the
/// first to recover or get a free place; then, one at a time, a target that only a guess speaks against.
public struct RouteCourse: Sendable {
    public enum Decision: Sendable {
        /// - `target`: into ``RoutePlan/targets``; `deadline`: for the first event.
        case attempt(target: Int, ticket: AttemptTicket, deadline: MonotonicInstant)
        case wait(until: MonotonicInstant)
        case fail(FinalFailure)
    }

    /// An attempted target that may be attempted again.
    struct Repeatable: Sendable {
        var target: Int32
        var pool: Int32
        var path: StepPath
        var count: Int32
        var readyAt: MonotonicInstant
    }

    /// What one look at the plan found besides a choice.
    struct Scan {
        var leftovers = FinalFailure.Leftovers()
        /// The first moment worth waiting for.
        var wakeAt = MonotonicInstant.never
        /// Whether a place may become free at any time.
        var isQueueing = false
        var lastResort: RouterHealth.Choice?
        var lastResortReadyAt = MonotonicInstant.never
        /// Whether any step's conditions fit.
        var anyFits = false
    }

    public let plan: RoutePlan
    public let request: RequestTraits
    public let startedAt: MonotonicInstant
    /// When the whole request is over.
    public let deadline: MonotonicInstant
    /// nil unless asked for.
    public internal(set) var trace: RouteTrace?
    /// The attempts that failed so far.
    public private(set) var attempts: [AttemptRecord] = []
    /// How many attempts were begun.
    public private(set) var begun = 0

    private var failures: [(failure: AttemptFailure, verdict: FailureVerdict)] = []
    private var repeatable: [Repeatable] = []
    /// The leaf of each failed attempt that was no repetition.
    private var attemptedPools: [Int32] = []
    /// One bit for each target that is no fresh one any more; empty before the first failure.
    var closed: [UInt64] = []
    /// The order of the children of combos that have one of their own, by child; empty before the first such combo.
    var order: [Int32] = []
    /// By node.
    var isOrdered: [Bool] = []
    var binding: PlanBinding?
    private var current: AttemptTicket?
    private var isAnswered = false
    private var final: FinalFailure?
    /// Models whose window is not larger cannot help; zero before a request was found too long.
    var tooSmallWindow = 0
    var trail = ComboTrail()
    private var waited: UInt64 = 0
    /// Nanoseconds of waiting since the last attempt that failed.
    private(set) var waitedBefore: UInt64 = 0
    private var lastWait: MonotonicInstant?

    /// - Parameters:
    ///   - deadline: for the whole request; nil for the plan's own.
    ///   - trace: where decisions are kept, for a log or a dry run; nil for nowhere.
    public init(
        _ plan: RoutePlan, request: RequestTraits, at now: MonotonicInstant, deadline: MonotonicInstant? = nil,
        trace: RouteTrace? = nil
    ) {
        self.plan = plan
        self.request = request
        startedAt = now
        self.deadline = min(deadline ?? .never, now + plan.limits.timeout)
        self.trace = trace
    }

    // MARK: Decisions

    public mutating func next(
        at now: MonotonicInstant, health: inout RouterHealth, random: inout some RandomNumberGenerator
    ) -> Decision {
        precondition(current == nil, "an attempt is in flight: its end is told first")
        if let final { return fail(final, at: now, health: &health) }
        noteWait(at: now)
        var scan = Scan()
        scan.leftovers.isTooLate = now >= deadline
        guard !isAnswered, begun < plan.limits.attempts, now < deadline else {
            return fail(finalFailure(scan, at: now), at: now, health: &health)
        }
        let binding = bound(to: &health, at: now)
        if let choice = pick(plan.root, path: StepPath(), binding: binding, at: now, in: &health, &random, &scan) {
            return begin(choice, binding: binding, at: now, health: &health, random: &random)
        }
        scan.leftovers.isUnfit = !scan.anyFits && begun == 0
        if let choice = repetition(binding: binding, at: now, in: health.targetStates, scan: &scan) {
            return begin(choice, binding: binding, at: now, health: &health, random: &random)
        }
        if let until = wakeTime(scan, at: now) {
            lastWait = now
            return .wait(until: until)
        }
        if var choice = scan.lastResort {
            choice.isLastResort = true
            return begin(choice, binding: binding, at: now, health: &health, random: &random)
        }
        return fail(finalFailure(scan, at: now), at: now, health: &health)
    }

    /// The first meaningful event came: from now on the client is answered and nothing else may be attempted.
    public mutating func answering(_ ticket: AttemptTicket, at now: MonotonicInstant, health: inout RouterHealth) {
        guard var own = current, own.serial == ticket.serial, !own.hasAnswered, let binding else { return }
        health.answering(own, binding: binding, at: now)
        own.hasAnswered = true
        trail.answeredAt = now
        current = own
        isAnswered = true
    }

    /// An attempt is over; what was taken for it is given back.
    ///
    /// Ending the same attempt again does nothing.
    /// - Returns: what a failure means; nil for success and cancellation.
    @discardableResult
    public mutating func ended(
        _ ticket: AttemptTicket, _ outcome: AttemptOutcome, at now: MonotonicInstant, health: inout RouterHealth,
        random: inout some RandomNumberGenerator
    ) -> FailureVerdict? {
        guard let own = current, own.serial == ticket.serial, let binding else { return nil }
        current = nil
        let verdict = health.end(own, outcome, binding: binding, at: now, using: &random)
        forgetActive(own, outcome, at: now, health: &health)
        switch outcome {
        case .answered:
            isAnswered = true
        case .cancelled:
            isAnswered = true
        case .failed(let failure):
            if let verdict { failed(own, failure, verdict, binding: binding, at: now, random: &random) }
        }
        return verdict
    }

    // MARK: Attempts

    private mutating func bound(to health: inout RouterHealth, at now: MonotonicInstant) -> PlanBinding {
        if let binding, binding.epoch == health.epoch { return binding }
        let binding = health.binding(of: plan, at: now)
        self.binding = binding
        if let allowed = request.allowedConnections {
            for (index, target) in plan.targets.enumerated() {
                if let connection = target.connection, !allowed.contains(connection) { close(Int32(index)) }
            }
        }
        return binding
    }

    private mutating func begin(
        _ choice: RouterHealth.Choice, binding: PlanBinding, at now: MonotonicInstant, health: inout RouterHealth,
        random: inout some RandomNumberGenerator
    ) -> Decision {
        note(.target(Int(choice.target)), choice.isLastResort ? .lastResort : .chosen, at: now)
        if begun == 0 { advanceRotations(choice, binding: binding, health: &health, random: &random) }
        let ticket = health.begin(choice, binding: binding, tokens: request.inputTokens, at: now)
        noteActive(ticket, at: now, health: &health)
        begun += 1
        current = ticket
        var limit = deadline
        for level in 0..<choice.path.count {
            let timeout = plan.children[choice.path[level]].timeout
            if timeout > 0 { limit = min(limit, now + timeout) }
        }
        return .attempt(target: ticket.target, ticket: ticket, deadline: limit)
    }

    /// Whoever serves the request has had its turn.
    private func advanceRotations(
        _ choice: RouterHealth.Choice, binding: PlanBinding, health: inout RouterHealth,
        random: inout some RandomNumberGenerator
    ) {
        for level in 0..<choice.path.count {
            let child = plan.children[choice.path[level]]
            let rotation = Int(binding.rotations[Int(child.parent)])
            guard rotation >= 0 else { continue }
            let node = plan.nodes[Int(child.parent)]
            let member = choice.path[level] - Int(node.start)
            if node.comboStrategy == .random {
                health.rotations[rotation].deal(member)
            } else {
                health.rotations[rotation].choose(member, sticky: node.sticky)
            }
        }
        let rotation = Int(binding.rotations[Int(choice.pool)])
        guard rotation >= 0 else { return }
        let pool = plan.nodes[Int(choice.pool)]
        let members = plan.members[Int(pool.start)..<Int(pool.start + pool.count)]
        if let member = members.firstIndex(of: choice.target) {
            health.rotations[rotation].choose(member - Int(pool.start), sticky: pool.sticky)
        }
    }

    private mutating func failed(
        _ ticket: AttemptTicket, _ failure: AttemptFailure, _ verdict: FailureVerdict, binding: PlanBinding,
        at now: MonotonicInstant, random: inout some RandomNumberGenerator
    ) {
        attempts.append(
            AttemptRecord(
                target: ticket.target, status: failure.fault.status, failure: verdict.failure,
                startedAt: ticket.startedAt, endedAt: now, waited: waitedBefore, isRetry: ticket.isRetry,
                isProbe: ticket.isProbe))
        waitedBefore = 0
        if !ticket.isRetry { attemptedPools.append(ticket.pool) }
        failures.append((failure, verdict))
        close(Int32(ticket.target))
        guard !isAnswered else { return }
        switch verdict.action {
        case .stop: final = finalFailure(Scan(), at: now)
        case .nextStep: leave(Int(ticket.pool), because: verdict.failure, at: now)
        case .rotate:
            repeatable.removeAll { $0.target == Int32(ticket.target) }
            if verdict.scope == .account { closeAll(of: ticket.account, binding: binding) }
        case .retry:
            if verdict.scope == .account { closeAll(of: ticket.account, binding: binding) }
            plan(repetitionOf: ticket, at: now, random: &random)
        }
    }

    /// No account of this model can help.
    private mutating func leave(_ pool: Int, because failure: FailureClass, at now: MonotonicInstant) {
        let isAllowed =
            switch failure {
            case .contentFilter: plan.limits.fallbackOnContentFilter
            case .contextOverflow: plan.limits.fallbackOnContextOverflow
            default: true
            }
        guard isAllowed, !plan.isSinglePool else {
            final = finalFailure(Scan(), at: now)
            return
        }
        let node = plan.nodes[pool]
        if failure == .contextOverflow { tooSmallWindow = max(tooSmallWindow, node.window) }
        for member in plan.members[Int(node.start)..<Int(node.start + node.count)] { close(member) }
        repeatable.removeAll { $0.pool == Int32(pool) }
    }

    private mutating func plan(
        repetitionOf ticket: AttemptTicket, at now: MonotonicInstant, random: inout some RandomNumberGenerator
    ) {
        let step = ticket.path.count > 0 ? plan.children[ticket.path[ticket.path.count - 1]] : nil
        let retries = step.map { Int($0.retries) } ?? plan.limits.retries
        let delay = step?.retryDelay ?? plan.limits.retryDelay
        let known = repeatable.firstIndex { $0.target == Int32(ticket.target) }
        let count = known.map { repeatable[$0].count + 1 } ?? 1
        if let known { repeatable.remove(at: known) }
        guard count <= retries else { return }
        let grown = min(
            delay.multipliedReportingOverflow(by: 1 << UInt64(min(count - 1, 10))).partialValue, 60_000_000_000)
        // Half of the delay at least, the rest by lot.
        let wait = grown / 2 + UInt64.random(in: 0...(grown / 2 + 1), using: &random)
        repeatable.append(
            Repeatable(
                target: Int32(ticket.target), pool: ticket.pool, path: ticket.path, count: count, readyAt: now + wait))
    }

    /// A target attempted before that may be attempted again now.
    private mutating func repetition(
        binding: PlanBinding, at now: MonotonicInstant, in states: TargetStates, scan: inout Scan
    ) -> RouterHealth.Choice? {
        for entry in repeatable {
            let account = binding.accounts[Int(entry.target)]
            guard states.accounts[Int(account)].budget.allowsRetry(at: now) else {
                note(.target(Int(entry.target)), .skipped(.retryBudget), at: now)
                continue
            }
            let standing = states.standing(
                account: account, model: binding.models[Int(entry.target)], tokens: request.inputTokens, at: now)
            if let skip = standing.skip {
                note(.target(Int(entry.target)), .skipped(skip), at: now, readyAt: standing.readyAt)
                consider(skip, readyAt: max(standing.readyAt, entry.readyAt), at: now, scan: &scan)
            } else if entry.readyAt > now {
                // The delay was asked for: it is waited out, however long.
                scan.wakeAt = min(scan.wakeAt, entry.readyAt)
            } else {
                return RouterHealth.Choice(
                    target: entry.target, pool: entry.pool, path: entry.path, standing: standing, isRetry: true)
            }
        }
        return nil
    }

    // MARK: Waiting

    /// Whether and until when something that is not ready is worth a wait.
    func consider(_ skip: RouteSkip, readyAt: MonotonicInstant, at now: MonotonicInstant, scan: inout Scan) {
        switch skip {
        case .probing, .accountFull, .modelFull, .stepFull: scan.isQueueing = true
        default:
            if readyAt.since(now) <= plan.limits.patience { scan.wakeAt = min(scan.wakeAt, readyAt) }
        }
    }

    private mutating func wakeTime(_ scan: Scan, at now: MonotonicInstant) -> MonotonicInstant? {
        guard waited < plan.limits.queueTimeout else { return nil }
        var until = scan.wakeAt
        // Looks again more and more rarely; an engine that knows better calls earlier.
        if scan.isQueueing { until = min(until, now + min(max(waited / 4, 10_000_000), 250_000_000)) }
        guard until < deadline else { return nil }
        return max(until, now + 1_000_000)
    }

    private mutating func noteWait(at now: MonotonicInstant) {
        guard let since = lastWait else { return }
        lastWait = nil
        waited += now.since(since)
        waitedBefore += now.since(since)
    }

    // MARK: The end

    private mutating func fail(
        _ failure: FinalFailure, at now: MonotonicInstant, health: inout RouterHealth
    ) -> Decision {
        final = failure
        if !plan.isSinglePool {
            count(.failure, status: failure.fault.status, from: StepPath(), at: now, health: &health)
        }
        return .fail(failure)
    }

    private func finalFailure(_ scan: Scan, at now: MonotonicInstant) -> FinalFailure {
        FinalFailure(
            failures: failures, attempts: attempts, leftovers: scan.leftovers, isSingle: plan.targets.count == 1,
            now: now)
    }

    @inline(__always)  // Nobody asks almost always, and then nothing must be put together for it.
    mutating func note(
        _ subject: RouteTrace.Subject, _ decision: RouteTrace.Decision, at now: MonotonicInstant,
        readyAt: MonotonicInstant? = nil
    ) {
        guard trace != nil else { return }
        trace?.append(RouteTrace.Entry(subject: subject, decision: decision, at: now, readyAt: readyAt))
    }

    // MARK: Fresh targets

    func isClosed(_ target: Int32) -> Bool {
        !closed.isEmpty && closed[Int(target) >> 6] & (1 << UInt64(target & 63)) != 0
    }

    private mutating func close(_ target: Int32) {
        if closed.isEmpty { closed = Array(repeating: 0, count: plan.targets.count / 64 + 1) }
        closed[Int(target) >> 6] |= 1 << UInt64(target & 63)
    }

    private mutating func closeAll(of account: Int32, binding: PlanBinding) {
        for target in binding.accounts.indices where binding.accounts[target] == account { close(Int32(target)) }
    }

    /// How many accounts of a pool were attempted.
    func attempted(in pool: Int) -> Int {
        attemptedPools.isEmpty ? 0 : attemptedPools.count { $0 == Int32(pool) }
    }
}
