import Synchronization

/// Carries runs out: those that wait one after the other in a service, those somebody waits for in the task of the caller.
public final class EvalRuns: Sendable {
    /// A run with all it needs.
    struct Ticket: Sendable {
        var run: EvalRun
        let suite: EvalSuite
        /// Answers by case, for a run that asks no model.
        let outputs: [String: String]?
        let stop: EvalStop
    }

    private struct State: Sendable {
        var live: [String: EvalStop] = [:]
        var isClosed = false
    }

    /// How many runs are carried out at once besides those that somebody waits for.
    static let maximumRunning = 2
    /// How many may be under way or wait.
    static let maximumLive = 50

    public let store: any EvalRunStore
    public let suites: any EvalSuiteStore
    private let caller: any EvalCaller
    private let clock: any RouterClock
    private let onFailure: @Sendable (any Error) -> Void
    private let state = Mutex(State())
    private let tickets: AsyncStream<Ticket>
    private let queue: AsyncStream<Ticket>.Continuation

    /// - Parameter onFailure: told what goes wrong with the store while a run goes on.
    public init(
        store: any EvalRunStore, suites: any EvalSuiteStore, caller: any EvalCaller, clock: any RouterClock,
        onFailure: @escaping @Sendable (any Error) -> Void
    ) {
        self.store = store
        self.suites = suites
        self.caller = caller
        self.clock = clock
        self.onFailure = onFailure
        (tickets, queue) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.maximumLive))
    }

    /// Why a run cannot begin.
    public enum Refusal: Error, Sendable { case tooMany, stopping }

    /// Takes a run in, to be carried out by ``run()``.
    /// - Throws: ``Refusal``, or what the store throws.
    public func enqueue(_ run: EvalRun, of suite: EvalSuite) throws {
        let ticket = try take(run, suite, outputs: nil)
        guard case .enqueued = queue.yield(ticket) else {
            ticket.stop.end(as: .interrupted)
            finish(ticket.run, as: .interrupted, reason: "the router stopped")
            throw Refusal.stopping
        }
    }

    /// Carries a run out in the calling task; if that is cancelled, so is the run.
    /// - Parameter outputs: answers by case, in place of models.
    /// - Returns: the run as it ended.
    /// - Throws: ``Refusal``, or what the store throws.
    public func perform(_ run: EvalRun, of suite: EvalSuite, outputs: [String: String]? = nil) async throws -> EvalRun {
        await execute(try take(run, suite, outputs: outputs))
    }

    /// - Returns: false when no such run is under way.
    public func cancel(_ id: String) -> Bool {
        guard let stop = state.withLock({ $0.live[id] }) else { return false }
        stop.end(as: .cancelled)
        return true
    }

    /// Whether a run waits or is carried out by this process.
    public func isLive(_ id: String) -> Bool { state.withLock { $0.live[id] != nil } }

    private func take(_ run: EvalRun, _ suite: EvalSuite, outputs: [String: String]?) throws -> Ticket {
        let ticket = Ticket(run: run, suite: suite, outputs: outputs, stop: EvalStop())
        try state.withLock { state throws(Refusal) in
            guard !state.isClosed else { throw .stopping }
            guard state.live.count < Self.maximumLive else { throw .tooMany }
            state.live[run.id] = ticket.stop
        }
        do {
            try store.insertEvalRun(run)
        } catch {
            state.withLock { $0.live[run.id] = nil }
            throw error
        }
        return ticket
    }

    /// Marks what an earlier process left behind.
    public func restore() {
        do {
            _ = try store.interruptEvalRuns(now: clock.wallMilliseconds())
        } catch {
            onFailure(error)
        }
    }

    /// Carries out what is enqueued until ``stop()``.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            var running = 0
            for await ticket in tickets {
                if running == Self.maximumRunning {
                    await group.next()
                    running -= 1
                }
                group.addTask { _ = await self.execute(ticket) }
                running += 1
            }
        }
    }

    /// Ends all runs, those that wait included, as interrupted; takes no more.
    public func stop() {
        let live = state.withLock { state in
            state.isClosed = true
            return Array(state.live.values)
        }
        for stop in live { stop.end(as: .interrupted) }
        queue.finish()
    }

    // MARK: One run

    private func execute(_ ticket: Ticket) async -> EvalRun {
        var run = ticket.run
        guard ticket.stop.status == nil else { return finish(run, as: ticket.stop.status, reason: nil) }
        run.status = .running
        run.startedAt = clock.wallMilliseconds()
        save(run)
        let started = run
        // Nil when the run was ended from outside.
        let outcome = await withTaskGroup(of: EvalCourse?.self) { group in
            group.addTask { await self.work(started, ticket) }
            group.addTask {
                await ticket.stop.wait()
                return nil
            }
            var course: EvalCourse?
            if let first = await group.next() { course = first }
            group.cancelAll()
            // What was finished and paid for in the meantime counts.
            for await other in group { course = course ?? other }
            return course
        }
        if let outcome { run = outcome.run }
        let cut = ticket.stop.status ?? (Task.isCancelled ? .cancelled : nil)
        if let cut, run.sum.done < run.total { return finish(run, as: cut, reason: nil) }
        return finish(run, as: outcome?.status ?? cut, reason: outcome?.reason)
    }

    /// How a run went.
    private struct EvalCourse: Sendable {
        var run: EvalRun
        var status = EvalRun.Status.completed
        var reason: String?
    }

    private func work(_ run: EvalRun, _ ticket: Ticket) async -> EvalCourse {
        var course = EvalCourse(run: run)
        let grader = EvalGrader(caller: caller, run: run, clock: clock)
        // Case by case, so that a run that ends early has seen all models with the same cases.
        let cells = ticket.suite.cases.flatMap { one in run.models.map { (one, $0) } }
        var gate = EvalGate(concurrency: run.options.concurrency, limit: run.options.maximumCost)
        await withTaskGroup(of: EvalCaseResult.self) { group in
            var next = 0
            while true {
                while next < cells.count, gate.mayBegin, !Task.isCancelled {
                    let (one, model) = cells[next]
                    next += 1
                    let number = next
                    gate.begin()
                    group.addTask {
                        if let outputs = ticket.outputs {
                            return await grader.grade(outputs[one.id] ?? "", of: one, model: model, number: number)
                        }
                        return await grader.ask(one, model: model, number: number)
                    }
                }
                guard let result = await group.next() else { break }
                gate.end(cost: result.cost)
                if result.isCutOff {
                    course.run.costOfRest += result.cost ?? .zero
                } else if !add(result, to: &course) {
                    group.cancelAll()
                }
            }
            if next < cells.count, course.status == .completed, let refusal = gate.refusal {
                course.status = .stopped
                course.reason = refusal
            }
        }
        return course
    }

    /// - Returns: false when it cannot be kept; then the run is at its end.
    private func add(_ result: EvalCaseResult, to course: inout EvalCourse) -> Bool {
        course.run.count(result)
        do {
            try store.add(result, to: course.run)
            return true
        } catch {
            onFailure(error)
            course.status = .failed
            course.reason = "a result could not be kept; see the log"
            return false
        }
    }

    @discardableResult
    private func finish(_ run: EvalRun, as status: EvalRun.Status?, reason: String?) -> EvalRun {
        var run = run
        run.status = status ?? .failed
        run.reason =
            reason
            ?? (run.status == .interrupted ? "the router stopped" : run.status == .cancelled ? "it was cancelled" : nil)
        run.finishedAt = clock.wallMilliseconds()
        save(run)
        state.withLock { $0.live[run.id] = nil }
        return run
    }

    private func save(_ run: EvalRun) {
        do {
            try store.updateEvalRun(run)
        } catch {
            onFailure(error)
        }
    }
}
