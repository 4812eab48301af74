import NIOCore
import OmniJSON
import OmniTranslate

/// Where a request is on its way: its course and the attempt in flight.
///
/// A class, because both are large and are needed by every function that deals with an answer.
final class RouteProgress {
    var course: RouteCourse
    var ticket: AttemptTicket?
    /// When the first event must have come.
    var deadline = MonotonicInstant.never
    /// What the head of the answer said about limits.
    var hints = ResetHints()
    /// What the attempt in flight may use of its target's limits.
    var reservation: LimitBook.Reservation?
    /// When the attempts got where.
    var times = AttemptTimes()
    /// Of the attempts that failed.
    var failedTimes: [AttemptTimes] = []
    /// The last answer with nothing in it.
    var emptyAnswer: EmptyAnswer?

    init(_ plan: RoutePlan, request: RequestTraits, at now: MonotonicInstant) {
        course = RouteCourse(plan, request: request, at: now, trace: RouteTrace(limit: RouteLog.maximumEntries))
    }

    /// What was attempted in vain, in order: `openai/gpt-4o 429 rateLimited, …`; nil before the first failure.
    var failedAttempts: String? {
        guard !course.attempts.isEmpty else { return nil }
        return course.attempts.map { attempt in
            let target = course.plan.targets[attempt.target]
            let waited = attempt.waited >= 1_000_000 ? " after waiting \(attempt.waited / 1_000_000) ms" : ""
            return "\(target.provider.rawValue)/\(target.model) \(attempt.status) \(attempt.failure.rawValue)\(waited)"
        }.joined(separator: ", ")
    }
}

extension RequestExecution {
    /// Follows the course until the client has an answer or an error.
    ///
    /// What it holds, every open stream holds: decisions and outcomes are large, and are dealt with in functions that do not
    /// suspend.
    @inline(never)  // Its temporaries would lie in the frame of every request.
    func follow(_ plan: RoutePlan) async {
        let route = setOut(on: plan)
        while true {
            switch step(of: route, on: plan) {
            case .end: return
            case .wait(let until):
                noteWaitBegins()
                let isThere = await wait(until: until)
                noteHeard()
                waits.pause()
                if !isThere { return rejectDeparted() }
            case .attempt(let index):
                if end(await attemptWithThoughts(plan.targets[index]), of: route) { return }
            }
        }
    }

    /// What is to be done next.
    private enum RouteStep {
        case attempt(target: Int)
        case wait(until: MonotonicInstant)
        /// The client has an answer, or was told that nothing is left to try.
        case end
    }

    @inline(never)  // See ``follow(_:)``.
    private func setOut(on plan: RoutePlan) -> RouteProgress {
        let route = RouteProgress(plan, request: traits(for: plan), at: engine.routing.now)
        self.route = route
        return route
    }

    @inline(never)  // See ``follow(_:)``.
    private func step(of route: RouteProgress, on plan: RoutePlan) -> RouteStep {
        while true {
            switch engine.routing.next(&route.course) {
            case .fail(let failure):
                if !giveEmptyAnswer() { reject(failure) }
                return .end
            // With an answer in hand, nothing is worth a wait.
            case .wait where giveEmptyAnswer(): return .end
            case .wait(let until): return .wait(until: until)
            case .attempt(let index, let ticket, let deadline):
                route.ticket = ticket
                route.deadline = deadline
                route.hints = ResetHints()
                route.times = AttemptTimes()
                record.attempts = route.course.begun
                do throws(LimitRefusal) {
                    route.reservation = try reserve(for: index, of: plan)
                    return .attempt(target: index)
                } catch {
                    _ = end(.failed(AttemptFailure(error.targetFault)), of: route)
                }
            }
        }
    }

    /// Tells the course how an attempt ended.
    /// - Returns: whether the request is over.
    @inline(never)  // See ``follow(_:)``.
    private func end(_ outcome: Outcome, of route: RouteProgress) -> Bool {
        guard let ticket = route.ticket else { preconditionFailure("an attempt is begun with its ticket") }
        settle(route.reservation)
        route.reservation = nil
        switch outcome {
        case .answered(let outcome):
            engine.routing.ended(&route.course, ticket, outcome)
            return true
        case .failed(let failure):
            engine.routing.ended(&route.course, ticket, self.outcome(of: failure))
            route.times.code = failure.fault.code ?? failure.fault.kind.rawValue
            route.failedTimes.append(route.times)
            guard failure.fault.kind == .clientClosed else { return false }
            reject(FinalFailure(failure.fault))
            return true
        }
    }

    @inline(never)  // See ``follow(_:)``.
    private func rejectDeparted() { reject(Self.departed) }

    private static let departed = FinalFailure(
        UpstreamFault(.clientClosed, message: "the request was cancelled", code: "client_closed"))

    /// - Returns: false when the client left meanwhile.
    @inline(never)  // See ``follow(_:)``.
    private func wait(until: MonotonicInstant) async -> Bool {
        do {
            try await Task.sleep(for: .nanoseconds(Int64(clamping: until.since(engine.routing.now))))
            return true
        } catch {
            return false
        }
    }

    /// What a failure is for the target: nothing when nobody waits for the answer any more.
    func outcome(of failure: AttemptFailure) -> AttemptOutcome {
        writer.isClosed || failure.fault.kind == .clientClosed ? .cancelled : .failed(failure)
    }

    /// What a good answer is for the target.
    var success: AttemptOutcome {
        let tokens =
            record.inputTokens + record.cacheReadTokens + record.cacheWriteTokens + record.outputTokens
            + record.reasoningTokens
        return .answered(tokens: record.isEstimated ? nil : tokens, hints: route?.hints ?? ResetHints())
    }

    /// Says in the head which way the request took: who served it, how many attempts there were, and what failed.
    func addRoute(servedBy target: Target?, to headers: inout [(name: String, value: String)]) {
        var words: [String] = []
        if let target {
            words.append("served=\(target.provider.rawValue)/\(target.model)")
            if let connection = target.connection { words.append("connection=\(connection.rawValue)") }
        }
        if let policy { words.append("policy=\(policy)") }
        words.append("attempts=\(record.attempts)")
        if let failed = route?.failedAttempts { words.append("failed=\(failed)") }
        headers.append(("x-omniroute-route", AnswerHeaders.sanitized(words.joined(separator: "; "))))
    }

    /// The client is answered from now on: no other target may be.
    func noteAnswering() {
        guard let route, let ticket = route.ticket else { return }
        route.times.firstEvent = engine.routing.now
        engine.routing.answering(&route.course, ticket)
    }

    /// What the client allows, else a guess.
    static func outputTokens(_ body: JSONValue) -> Int {
        ["max_tokens", "max_completion_tokens", "max_output_tokens"].lazy.compactMap { body.present($0)?.int }.first
            ?? 1024
    }

    /// What routing needs to know of the request; what only a choice between targets asks for is read only then.
    private func traits(for plan: RoutePlan) -> RequestTraits {
        var traits = RequestTraits(inputTokens: request.bodyLength / 4, clientFormat: request.clientFormat)
        guard let body = envelope?.body else { return traits }
        if let expected = service?.expectedUse {
            traits.inputTokens = expected.inputTokens ?? traits.inputTokens
            traits.outputTokens = 0
            return traits
        }
        traits.session = SessionFingerprint.key(of: body, format: request.clientFormat, named: request.session)
        guard !plan.isSinglePool else { return traits }
        traits.hasTools = body.present("tools")?.elements.contains { _ in true } ?? false
        traits.hasImages = plan.asksForImages && request.body.holdsImages
        traits.wantsReasoning = ["reasoning_effort", "reasoning", "thinking", "think"].contains {
            body.present($0) != nil
        }
        traits.outputTokens = Self.outputTokens(body)
        return traits
    }
}

extension UpstreamExchange {
    /// What the head says about limits.
    /// - Parameter now: milliseconds since 1970.
    func resetHints(now: Int64) -> ResetHints {
        // Names that begin otherwise are about something else, and most answers have none of these.
        let found = headers { $0 == UInt8(ascii: "r") || $0 == UInt8(ascii: "x") || $0 == UInt8(ascii: "a") }
        guard !found.isEmpty else { return ResetHints() }
        return ResetHints(headers: found.map { ($0.name.lowercased(), $0.value) }, now: now)
    }
}

extension [UInt8] {
    /// Whether the words for pictures of any dialect stand in a body; text about them counts too, which costs nothing.
    fileprivate var holdsImages: Bool {
        let words: [StaticString] = [
            "image_url\"", "input_image\"", "image\"", "inlineData\"", "inline_data\"", "images\"",
        ]
        return withUnsafeBufferPointer { bytes in
            bytes.indices.contains { index in
                // Each stands between quotes.
                bytes[index] == UInt8(ascii: "\"")
                    && words.contains { word in
                        let rest = bytes[(index + 1)...].prefix(word.utf8CodeUnitCount)
                        return rest.elementsEqual(
                            UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
                    }
            }
        }
    }
}
