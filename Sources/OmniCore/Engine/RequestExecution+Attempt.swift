import NIOCore
import OmniTranslate

extension RequestExecution {
    /// Tries a target: once more with a new token when the old one is what it refused, and once more without the model's
    /// old thoughts, or without asking for new ones, when it was those.
    func attemptWithThoughts(_ target: Target) async -> Outcome {
        leavesOutThinking = false
        let outcome = await attempt(target)
        if refusesToken(outcome, target: target) { return await attemptRenewed(target, refused: outcome) }
        return isWorthAnotherAttempt(outcome, target: target) ? await attempt(target) : outcome
    }

    @inline(never)  // See ``attempt(_:)``.
    private func isWorthAnotherAttempt(_ outcome: Outcome, target: Target) -> Bool {
        guard case .failed(let failure) = outcome else { return false }
        do throws(UpstreamFault) {
            if leavesOutRefusedThinking(failure.fault, target: target) { return true }
            return try forgetsRefusedThoughts(failure.fault, target: target)
        } catch {
            return false
        }
    }

    /// One attempt from its beginning to its end.
    ///
    /// What it holds, every open stream holds: all that makes large temporaries is in functions that are not inlined.
    @inline(never)  // It is called in two places, and either copy would lie in the frame of every suspended attempt.
    func attempt(_ target: Target) async -> Outcome {
        begin(target)
        do {
            if let service { return try await Self.attempt(target, of: self, as: service) }
            let addresses = try unreadAddresses(for: target)
            if !addresses.isEmpty {
                noteWaitBegins()
                try await fetchFiles(at: addresses, for: target)
                noteHeard()
            }
            let call = try prepare(target)
            noteWaitBegins()
            // In one line with what is done with it, a copy of all of this would wait for the answer too.
            let received = try await Self.send(call, over: engine.transport, on: eventLoop)
            let exchange = recorded(received, of: call)
            noteHead(of: exchange)
            guard (200..<300).contains(exchange.status) else { return try await refusal(exchange, target: target) }
            let isEventStream = Self.isEventStream(exchange)
            guard record.isStreaming else {
                return isEventStream
                    ? try await collectStream(exchange, call: call)
                    : try await complete(exchange, of: target, call: call, wantsStream: false)
            }
            // Ollama's lines and Gemini's array have no content type of their own.
            if isEventStream || target.format == .ollama || call.usesArrayFraming {
                // Nothing of the call is needed any more.
                return await stream(exchange, with: pump(for: consume call))
            }
            // Some servers send streams under another name.
            return try await peek(exchange, of: target, call: call)
        } catch {
            noteHeard()
            return Self.failure(error)
        }
    }

    /// Finds out by its first bytes whether an answer is a stream.
    @inline(never)  // See ``attempt(_:)``.
    private func peek(
        _ exchange: any UpstreamExchange, of target: Target, call: UpstreamCall
    ) async throws -> Outcome {
        let peeked = PeekedExchange(exchange)
        return try await peeked.beginsLikeEvents()
            ? await stream(peeked, with: pump(for: call))
            : try await complete(peeked, of: target, call: call, wantsStream: true)
    }

    @inline(never)  // See ``attempt(_:)``.
    private static func attempt(
        _ target: Target, of execution: RequestExecution, as service: any ServiceCourse
    ) async throws -> Outcome {
        try await service.attempt(target, of: execution)
    }

    @inline(never)  // See ``attempt(_:)``.
    private func begin(_ target: Target) {
        record.provider = target.provider.rawValue
        record.connectionID = target.connection
        record.servedModel = target.model
        record.upstreamFormat = target.format.rawValue
        record.upstreamHost = target.endpoint.host
        writer.attempting(
            ActiveRequest(model: target.model, provider: target.provider.rawValue, connectionID: target.connection))
        waits.pause()
        holdReservation()
    }

    @inline(never)  // See ``attempt(_:)``.
    private static func send(
        _ call: UpstreamCall, over transport: any UpstreamTransport, on eventLoop: any EventLoop
    ) async throws(TransportError) -> any UpstreamExchange {
        let exchange = try await transport.send(call.request, on: eventLoop)
        call.request.headers = []
        call.request.body = ByteBuffer()
        return exchange
    }

    @inline(never)  // See ``attempt(_:)``.
    func noteHead(of exchange: any UpstreamExchange) {
        let now = engine.routing.now
        waits.heard(at: now.nanoseconds)
        route?.times.head = now
        route?.hints = exchange.resetHints(now: engine.clock.wallMilliseconds())
    }

    @inline(never)  // See ``attempt(_:)``.
    static func isEventStream(_ exchange: any UpstreamExchange) -> Bool {
        exchange.header("content-type", beginsWith: "text/event-stream")
    }

    @inline(never)  // See ``attempt(_:)``.
    private static func failure(_ error: any Error) -> Outcome {
        switch error {
        case let fault as UpstreamFault: .failed(.init(fault))
        case let error as TransportError: .failed(.init(UpstreamFault(error)))
        case let error as TranslationError: .failed(.init(UpstreamFault(error)))
        default: .failed(.init(UpstreamFault(.upstream, message: "the upstream call failed")))
        }
    }
}
