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

    init(_ course: RouteCourse) { self.course = course }

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
    @inline(never)  // Its temporaries would lie in the frame of every request.
    mutating func follow(_ plan: RoutePlan) async {
        let route = RouteProgress(RouteCourse(plan, request: traits(for: plan), at: engine.routing.now))
        self.route = route
        while true {
            switch engine.routing.next(&route.course) {
            case .fail(let failure): return reject(failure)
            case .wait(let until): if await !wait(until: until) { return reject(Self.departed) }
            case .attempt(let index, let ticket, let deadline):
                route.ticket = ticket
                route.deadline = deadline
                route.hints = ResetHints()
                record.attempts = route.course.begun
                switch await attemptWithThoughts(plan.targets[index]) {
                case .answered(let outcome): return engine.routing.ended(&route.course, ticket, outcome)
                case .failed(let failure):
                    engine.routing.ended(&route.course, ticket, outcome(of: failure))
                    if failure.fault.kind == .clientClosed { return reject(FinalFailure(failure.fault)) }
                }
            }
        }
    }

    private static let departed = FinalFailure(
        UpstreamFault(.clientClosed, message: "the request was cancelled", code: "client_closed"))

    /// - Returns: false when the client left meanwhile.
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
        words.append("attempts=\(record.attempts)")
        if let failed = route?.failedAttempts { words.append("failed=\(failed)") }
        headers.append(("x-omniroute-route", AnswerHeaders.sanitized(words.joined(separator: "; "))))
    }

    /// The client is answered from now on: no other target may be.
    func noteAnswering() {
        guard let route, let ticket = route.ticket else { return }
        engine.routing.answering(&route.course, ticket)
    }

    /// What routing needs to know of the request; what only a choice between targets asks for is read only then.
    private func traits(for plan: RoutePlan) -> RequestTraits {
        var traits = RequestTraits(inputTokens: request.bodyLength / 4, clientFormat: request.clientFormat)
        guard let body = envelope?.body else { return traits }
        traits.session = SessionFingerprint.key(of: body, format: request.clientFormat, named: request.session)
        guard !plan.isSinglePool else { return traits }
        traits.hasTools = body.present("tools")?.elements.contains { _ in true } ?? false
        traits.hasImages = plan.asksForImages && request.body.holdsImages
        traits.wantsReasoning = ["reasoning_effort", "reasoning", "thinking", "think"].contains {
            body.present($0) != nil
        }
        traits.outputTokens =
            ["max_tokens", "max_completion_tokens", "max_output_tokens"].lazy.compactMap { body.present($0)?.int }.first
            ?? 1024
        return traits
    }
}

extension UpstreamExchange {
    /// What the head says about limits.
    /// - Parameter now: milliseconds since 1970.
    func resetHints(now: Int64) -> ResetHints {
        // Names that begin otherwise are about something else, and most answers have none of these.
        let found = headers { name in
            guard let first = name.utf8.first else { return false }
            return first | 0x20 == 0x72 || first | 0x20 == 0x78 || first | 0x20 == 0x61
        }
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
