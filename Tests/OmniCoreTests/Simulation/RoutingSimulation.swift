import OmniTranslate

@testable import OmniCore

/// Many requests against one world, on a clock of its own; every step is checked.
///
/// The same seed gives the same course.
struct RoutingSimulation {
    /// What went wrong; the simulation ends with it.
    struct Violation: Error { var message: String }

    struct Request {
        var course: RouteCourse
        var plan: Int
        var ticket: AttemptTicket?
        var reply: SimulatedUpstream.Reply?
        var ends = 0
        var isServed = false
        /// The code of the fault it failed with.
        var failureCode: String?
        /// What the client got wrong with it, whoever is asked.
        var fault: UpstreamFault?
        /// Whether its stream breaks after the first event.
        var breaks = false
        var attempts: [Int32: Int] = [:]
    }

    struct Statistics: Equatable {
        var requests = 0
        var served = 0
        var failed = 0
        var cancelled = 0
        var attempts = 0
        var retries = 0
        var probes = 0
        var lastResorts = 0
        var waits = 0
    }

    var random: SeededRandom
    var health = RouterHealth()
    var world: SimulationWorld
    var now = MonotonicInstant.seconds(1)
    var queue = SimulationQueue()
    var requests: [Request] = []
    var statistics = Statistics()
    let invariants = SimulationInvariants()

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        // Neighbouring seeds begin alike.
        for _ in 0..<4 { _ = random.next() }
        world = SimulationWorld(&random)
    }

    mutating func run(requests count: Int) throws(Violation) {
        guard !world.plans.isEmpty else { return }
        var at = now
        while requests.count < count {
            // Now and then many come at once.
            let burst = random.next() % 16 == 0 ? 1 + Int(random.next() % 30) : 1
            for _ in 0..<min(burst, count - requests.count) { arrive(at: at) }
            at = at + random.next() % (2 * world.gap)
        }
        try drain()
        try invariants.atRest(self)
        try recover()
    }

    private mutating func arrive(at: MonotonicInstant) {
        var traits = RequestTraits(inputTokens: Int(random.next() % 2000), hasTools: random.next() % 2 == 0)
        if random.next() % 2 == 0 { traits.session = SessionKey(hash: random.next() % 20) }
        let plan = Int(random.next() % UInt64(world.plans.count))
        var request = Request(course: RouteCourse(world.plans[plan], request: traits, at: at), plan: plan)
        switch random.next() % 64 {
        case 0, 1: request.fault = UpstreamFault(.invalidRequest, message: "rate limit, capacity, quota")
        case 2: request.fault = UpstreamFault(.tooLarge, message: "long")
        case 3: request.fault = UpstreamFault(.invalidRequest, message: "no", code: "content_filter")
        case 4, 5: request.breaks = true
        case 6, 7: queue.add(.departure, requests.count, at: at + random.next() % 3_000_000_000)
        default: break
        }
        queue.add(.arrival, requests.count, at: at)
        requests.append(request)
        statistics.requests += 1
    }

    private mutating func drain() throws(Violation) {
        while let event = queue.next() {
            now = event.at
            switch event.kind {
            case .arrival, .wake:
                if requests[event.request].ends == 0, requests[event.request].ticket == nil { try step(event.request) }
            case .firstEvent: try begin(event)
            case .end: try end(event)
            case .departure: try depart(event.request)
            }
            try invariants.afterStep(of: event.request, in: self)
        }
    }

    // MARK: One request

    private mutating func step(_ index: Int) throws(Violation) {
        let isPossible = invariants.hasHealthyTarget(for: requests[index].course, in: self)
        let decision = requests[index].course.next(at: now, health: &health, random: &random)
        switch decision {
        case .attempt(let target, let ticket, let deadline):
            statistics.attempts += 1
            if ticket.isRetry { statistics.retries += 1 }
            if ticket.isProbe { statistics.probes += 1 }
            try invariants.began(ticket, of: index, wasPossible: isPossible, deadline: deadline, in: &self)
            start(index, target: target, ticket: ticket, deadline: deadline)
        case .wait(let until):
            statistics.waits += 1
            try invariants.waits(until: until, request: index, wasPossible: isPossible, in: self)
            queue.add(.wake, index, at: until)
        case .fail(let failure):
            try invariants.failed(failure, request: index, wasPossible: isPossible, in: self)
            statistics.failed += 1
            requests[index].failureCode = failure.fault.code
            requests[index].ends += 1
        }
    }

    private mutating func start(_ index: Int, target: Int, ticket: AttemptTicket, deadline: MonotonicInstant) {
        requests[index].ticket = ticket
        requests[index].attempts[Int32(target), default: 0] += 1
        var reply = SimulatedUpstream.Reply(delay: 1_000_000)
        let goal = requests[index].course.plan.targets[target]
        if let fault = requests[index].fault {
            reply.failure = AttemptFailure(fault)
        } else if let connection = goal.connection {
            let key = SimulationWorld.UpstreamKey(connection: connection, model: goal.model)
            reply = world.upstreams[key]?.reply(at: now, &random) ?? reply
        }
        if now + reply.delay > deadline {
            reply = SimulatedUpstream.Reply(
                delay: deadline.since(now), failure: AttemptFailure(UpstreamFault(.timeout, message: "simulated")))
        }
        requests[index].reply = reply
        let kind: SimulationQueue.Kind = reply.failure == nil ? .firstEvent : .end
        queue.add(kind, index, at: now + reply.delay, attempt: ticket.serial)
    }

    private mutating func begin(_ event: SimulationQueue.Event) throws(Violation) {
        guard let ticket = requests[event.request].ticket, ticket.serial == event.attempt else { return }
        requests[event.request].course.answering(ticket, at: now, health: &health)
        try invariants.answering(ticket, in: self)
        queue.add(.end, event.request, at: now + random.next() % 20_000_000_000, attempt: ticket.serial)
    }

    private mutating func end(_ event: SimulationQueue.Event) throws(Violation) {
        let index = event.request
        guard let ticket = requests[index].ticket, ticket.serial == event.attempt, let reply = requests[index].reply
        else { return }
        requests[index].ticket = nil
        if let failure = reply.failure {
            try settle(index, ticket, .failed(failure))
            try step(index)
            return
        }
        if requests[index].breaks {
            try settle(
                index, ticket,
                .failed(AttemptFailure(UpstreamFault(.upstream, message: "cut", code: "upstream_incomplete"))))
        } else {
            try settle(index, ticket, .answered(tokens: Int(random.next() % 4000), hints: reply.hints))
        }
        requests[index].ends += 1
        requests[index].isServed = true
        statistics.served += 1
    }

    /// The client leaves, wherever its request is.
    private mutating func depart(_ index: Int) throws(Violation) {
        guard requests[index].ends == 0 else { return }
        if let ticket = requests[index].ticket {
            requests[index].ticket = nil
            try settle(index, ticket, .cancelled)
        }
        requests[index].ends += 1
        statistics.cancelled += 1
    }

    private mutating func settle(_ index: Int, _ ticket: AttemptTicket, _ outcome: AttemptOutcome) throws(Violation) {
        let before = SimulationInvariants.state(of: ticket, in: health)
        requests[index].course.ended(ticket, outcome, at: now, health: &health, random: &random)
        try invariants.ended(ticket, outcome, before: before, in: &self)
    }

    // MARK: The end of all trouble

    /// A day later everything works: every plan must serve its first request.
    private mutating func recover() throws(Violation) {
        for key in world.upstreams.keys { world.upstreams[key] = SimulatedUpstream(.steady) }
        for plan in world.plans.indices {
            for hasTools in [true, false] {
                now = now + 90_000_000_000_000
                let traits = RequestTraits(inputTokens: 100, hasTools: hasTools)
                requests.append(
                    Request(course: RouteCourse(world.plans[plan], request: traits, at: now), plan: plan))
                queue.add(.arrival, requests.count - 1, at: now)
                try drain()
                guard let last = requests.last, last.isServed || last.failureCode == "no_step_fits" else {
                    throw Violation(
                        message:
                            "plan \(plan) did not recover within a day: \(requests.last?.failureCode ?? "it is open")")
                }
            }
        }
        try invariants.atRest(self)
    }
}
