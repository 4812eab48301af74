import OmniTranslate

@testable import OmniCore

/// What must hold after every step, worked out apart from the code that decides.
final class SimulationInvariants {
    typealias Violation = RoutingSimulation.Violation

    /// Attempts that test, by account or model.
    private var accountTests: [Int32: AttemptTicket] = [:]
    private var modelTests: [Int32: AttemptTicket] = [:]
    private var inFlight: [Int32: Int] = [:]
    /// First attempts and repeated ones, by account.
    private var firsts: [Int32: Int] = [:]
    private var repeats: [Int32: Int] = [:]
    private var beganAt = MonotonicInstant.seconds(1)

    /// Everything that speaks against a target.
    struct TargetState: Equatable {
        var accountCooldown: Cooldown
        var modelCooldown: Cooldown
        var accountBreaker: CircuitBreaker
        var modelBreaker: CircuitBreaker
    }

    static func state(of ticket: AttemptTicket, in health: RouterHealth) -> TargetState {
        TargetState(
            accountCooldown: health.accounts[Int(ticket.account)].cooldown,
            modelCooldown: health.models[Int(ticket.model)].cooldown,
            accountBreaker: health.accounts[Int(ticket.account)].breaker,
            modelBreaker: health.models[Int(ticket.model)].breaker)
    }

    // MARK: Health, as the rules say it

    /// Not cooling, not tested by another one, within its limits.
    private static func isHealthy(
        _ account: Int32, _ model: Int32, tokens: Int, in simulation: RoutingSimulation
    ) -> Bool {
        let now = simulation.now
        let account = simulation.health.accounts[Int(account)]
        let model = simulation.health.models[Int(model)]
        if account.cooldown.until > now || model.cooldown.until > now { return false }
        if account.breaker.openUntil > now || model.breaker.openUntil > now { return false }
        if account.trouble > 0, !account.probe.isFree(at: now) { return false }
        if model.trouble > 0, !model.probe.isFree(at: now) { return false }
        if account.options.maximumConcurrency.map({ Int(account.gate.inFlight) >= $0 }) == true { return false }
        return account.limiter.wait(tokens: tokens, at: now) == 0 && model.limiter.wait(tokens: tokens, at: now) == 0
    }

    /// Whether the request could be attempted at a target it has not attempted yet.
    func hasHealthyTarget(for course: RouteCourse, in simulation: RoutingSimulation) -> Bool {
        guard course.begun < course.plan.limits.attempts, simulation.now < course.deadline else { return false }
        if let binding = course.binding { return reaches(course.plan.root, course, binding, simulation) }
        // Before its first decision a course knows no positions; a copy is asked, so that looking changes nothing.
        var simulation = simulation
        let binding = simulation.health.binding(of: course.plan, at: simulation.now)
        return reaches(course.plan.root, course, binding, simulation)
    }

    private func reaches(
        _ node: Int, _ course: RouteCourse, _ binding: PlanBinding, _ simulation: RoutingSimulation
    ) -> Bool {
        let plan = course.plan
        let range = Int(plan.nodes[node].start)..<Int(plan.nodes[node].start + plan.nodes[node].count)
        if plan.nodes[node].isPool {
            guard course.attempted(in: node) < plan.limits.accountsPerModel else { return false }
            return range.contains { index in
                let target = plan.members[index]
                return !course.isClosed(target)
                    && Self.isHealthy(
                        binding.accounts[Int(target)], binding.models[Int(target)], tokens: course.request.inputTokens,
                        in: simulation)
            }
        }
        return range.contains { index in
            let child = plan.children[index]
            let window = plan.nodes[Int(child.node)].window
            guard child.conditions.admits(course.request),
                course.tooSmallWindow == 0 || window == 0 || window > course.tooSmallWindow,
                child.concurrency == 0
                    || simulation.health.steps[Int(binding.steps[index])].gate.inFlight < child.concurrency
            else { return false }
            return reaches(Int(child.node), course, binding, simulation)
        }
    }

    // MARK: Steps

    func began(
        _ ticket: AttemptTicket, of index: Int, wasPossible: Bool, deadline: MonotonicInstant,
        in simulation: inout RoutingSimulation
    ) throws(Violation) {
        let health = simulation.health
        let now = simulation.now
        let request = simulation.requests[index]
        let account = health.accounts[Int(ticket.account)]
        let model = health.models[Int(ticket.model)]
        let isCooling =
            account.cooldown.until > now || model.cooldown.until > now || account.breaker.openUntil > now
            || model.breaker.openUntil > now
        if isCooling {
            simulation.statistics.lastResorts += 1
            if wasPossible { throw Violation(message: "a cooling target was chosen while a healthy one was there") }
        }
        if ticket.isRetry, wasPossible { throw Violation(message: "a target was repeated while a fresh one was there") }
        if deadline > request.course.deadline { throw Violation(message: "an attempt outlives its request") }
        if request.course.begun > request.course.plan.limits.attempts { throw Violation(message: "too many attempts") }
        let repetitions = request.attempts[Int32(ticket.target)] ?? 0
        if repetitions > 0, !ticket.isRetry { throw Violation(message: "a fresh target was attempted before") }
        if repetitions > 3 { throw Violation(message: "a target was attempted \(repetitions + 1) times") }
        if let cap = account.options.maximumConcurrency, account.gate.inFlight > cap {
            throw Violation(message: "\(account.gate.inFlight) in flight, allowed are \(cap)")
        }
        inFlight[ticket.account, default: 0] += 1
        try spend(ticket, isLastResort: isCooling, now: now)
        try test(ticket, isAccount: true, trouble: account.trouble, now: now)
        try test(ticket, isAccount: false, trouble: model.trouble, now: now)
    }

    /// Repeating must be paid for by first attempts: a fifth of them, and three each ten seconds.
    private func spend(_ ticket: AttemptTicket, isLastResort: Bool, now: MonotonicInstant) throws(Violation) {
        if ticket.isRetry || isLastResort {
            repeats[ticket.account, default: 0] += 1
        } else {
            firsts[ticket.account, default: 0] += 1
        }
        let income = 3 + Double(now.since(beganAt)) / 10e9 * 3 + 0.2 * Double(firsts[ticket.account] ?? 0)
        guard Double(repeats[ticket.account] ?? 0) <= income + 0.001 else {
            throw Violation(message: "account \(ticket.account) was repeated beyond its budget")
        }
    }

    /// One test at a time, unless it lasts longer than its lease.
    private func test(
        _ ticket: AttemptTicket, isAccount: Bool, trouble: Int, now: MonotonicInstant
    ) throws(Violation) {
        guard isAccount ? ticket.testsAccount : ticket.testsModel else {
            if trouble > 0 { throw Violation(message: "a target in trouble was attempted without being tested") }
            return
        }
        let key = isAccount ? ticket.account : ticket.model
        if let other = isAccount ? accountTests[key] : modelTests[key],
            now.since(other.startedAt) < RecoveryProbe.lease
        {
            throw Violation(message: "two requests test the same target at once")
        }
        if isAccount { accountTests[key] = ticket } else { modelTests[key] = ticket }
    }

    func waits(
        until: MonotonicInstant, request index: Int, wasPossible: Bool, in simulation: RoutingSimulation
    ) throws(Violation) {
        let course = simulation.requests[index].course
        if wasPossible { throw Violation(message: "a request waits although a healthy target is there") }
        if until <= simulation.now { throw Violation(message: "a wait takes no time") }
        if until >= course.deadline { throw Violation(message: "a wait outlives its request") }
    }

    func failed(
        _ failure: FinalFailure, request index: Int, wasPossible: Bool, in simulation: RoutingSimulation
    ) throws(Violation) {
        let request = simulation.requests[index]
        // What the client got wrong is not tried elsewhere; everything else is.
        if wasPossible, request.fault == nil {
            throw Violation(message: "a request failed although a healthy target is there")
        }
        if failure.attempts.count != request.attempts.values.reduce(0, +) {
            throw Violation(message: "the failure does not name every attempt")
        }
        if simulation.now > request.course.deadline { throw Violation(message: "a request failed after its deadline") }
    }

    func answering(_ ticket: AttemptTicket, in simulation: RoutingSimulation) throws(Violation) {
        forgetTests(of: ticket)
        let state = Self.state(of: ticket, in: simulation.health)
        for cooldown in [state.accountCooldown, state.modelCooldown] where !cooldown.isHealthy {
            // Only a failure after it began can outlast it.
            if cooldown.since <= ticket.startedAt { throw Violation(message: "a success did not end a cooldown") }
        }
    }

    func ended(
        _ ticket: AttemptTicket, _ outcome: AttemptOutcome, before: TargetState, in simulation: inout RoutingSimulation
    ) throws(Violation) {
        inFlight[ticket.account, default: 0] -= 1
        forgetTests(of: ticket)
        let account = simulation.health.accounts[Int(ticket.account)]
        if Int(account.gate.inFlight) != inFlight[ticket.account] {
            throw Violation(message: "\(account.gate.inFlight) in flight, truly \(inFlight[ticket.account] ?? 0)")
        }
        if account.probe.attempt == ticket.serial
            || simulation.health.models[Int(ticket.model)].probe.attempt == ticket.serial
        {
            throw Violation(message: "an attempt that ended still tests a target")
        }
        let after = Self.state(of: ticket, in: simulation.health)
        let isNeutral =
            switch outcome {
            case .cancelled: true
            case .failed(let failure):
                [.invalidRequest, .tooLarge, .contextLength, .unprocessable, .conflict].contains(failure.fault.kind)
                    || failure.fault.code == UpstreamFault.emptyAnswerCode
            case .answered: false
            }
        if isNeutral, after != before { throw Violation(message: "the client's own fault changed a target's state") }
    }

    /// What holds for everything at any time, whatever happened just now.
    func afterStep(of index: Int, in simulation: RoutingSimulation) throws(Violation) {
        let request = simulation.requests[index]
        if request.ends > 1 { throw Violation(message: "a request ended twice") }
        if request.ends == 1, request.ticket != nil { throw Violation(message: "an attempt outlives its request") }
        let latest = simulation.now + 90_000_000_000_000
        for (position, account) in simulation.health.accounts.enumerated() {
            if account.cooldown.until > latest || account.breaker.openUntil > latest {
                throw Violation(message: "the exclusion of account \(position) does not end within a day")
            }
            if Int(account.gate.inFlight) != inFlight[Int32(position), default: 0] {
                throw Violation(message: "account \(position) counts \(account.gate.inFlight) in flight")
            }
        }
        for (position, model) in simulation.health.models.enumerated()
        where model.cooldown.until > latest || model.breaker.openUntil > latest {
            throw Violation(message: "the exclusion of model \(position) does not end within a day")
        }
    }

    /// A test is over with the first event, though the stream goes on.
    private func forgetTests(of ticket: AttemptTicket) {
        if accountTests[ticket.account]?.serial == ticket.serial { accountTests[ticket.account] = nil }
        if modelTests[ticket.model]?.serial == ticket.serial { modelTests[ticket.model] = nil }
    }

    /// Nothing is in flight and every request has ended once.
    func atRest(_ simulation: RoutingSimulation) throws(Violation) {
        let health = simulation.health
        if health.accounts.contains(where: { $0.gate.inFlight != 0 })
            || health.models.contains(where: { $0.inFlight != 0 })
            || health.steps.contains(where: { $0.gate.inFlight != 0 })
        {
            throw Violation(message: "something is in flight at rest")
        }
        if let index = simulation.requests.firstIndex(where: { $0.ends != 1 }) {
            throw Violation(message: "request \(index) ended \(simulation.requests[index].ends) times")
        }
    }
}
