import NIOCore
import OmniJSON
import OmniTranslate

/// The course of one request: the only place where the decisions of the state machine meet sockets and records.
final class RequestExecution {
    let engine: InferenceEngine
    let request: InferenceRequest
    let eventLoop: any EventLoop
    let writer: any ResponseWriter
    let startedAt: UInt64
    var record: UsageRecord
    /// Whether the record has been handed over; what changes after that is not told.
    var isConcluded = false
    /// The parsed request; gone once an answer has begun.
    var envelope: RequestEnvelope?
    /// What a Responses request continues and adds, when its answer is to be kept.
    var recalled: ResponseStore.Recalled?
    var decodedRequest: DecodedRequest?
    /// Whether thoughts were taken out of the conversation because a target refused them.
    var hasForgottenThoughts = false
    /// Whether the target under way is not asked to think because it refused to be.
    var leavesOutThinking = false
    /// How much models shall think, where the router's owner decides.
    var thinking: ThinkingBudget?
    /// Whether instructions of the router's owner are in the body.
    var hasOwnersInstructions = false
    /// The name of the policy that decided about the request.
    var policy: String?
    /// Where the request is on its way; nil before it has a plan.
    var route: RouteProgress?
    /// What it may use of limits.
    var reservation: LimitBook.Reservation?
    /// Where that is kept in case the process ends.
    var heldPlace: Int?
    /// What the client wants; nil for chat.
    var service: (any ServiceCourse)?
    /// What the cache of answers has to do with the request; nil when nothing.
    var cache: CacheCourse?
    /// What of its time was not the router's.
    var waits = WaitMeter()

    /// The decoded request, made once when the first target needs a translation.
    var canonical: CanonicalRequest? {
        get { decodedRequest?.request }
        set { decodedRequest = newValue.map(DecodedRequest.init) }
    }

    /// In a place of its own, because it is large, and of every open stream it is gone.
    final class DecodedRequest {
        let request: CanonicalRequest

        init(_ request: CanonicalRequest) { self.request = request }
    }

    /// How an attempt ended.
    ///
    /// Indirect, because room for it lies in the frame of every function that waits for one.
    indirect enum Outcome {
        /// The client has its answer, whole or broken off; nothing more may be sent. What it was for the target.
        case answered(AttemptOutcome)
        /// Nothing was sent; another target may be tried.
        case failed(AttemptFailure)
    }

    init(
        engine: InferenceEngine, request: borrowing InferenceRequest, eventLoop: any EventLoop,
        writer: any ResponseWriter
    ) {
        self.engine = engine
        self.request = copy request
        self.eventLoop = eventLoop
        self.writer = writer
        // Duplicates have waited for one another; that is no part of what they cost.
        let arrivedAt = request.isMarked ? nil : request.arrivedAt
        startedAt = arrivedAt ?? engine.clock.monotonicNanoseconds()
        record = UsageRecord(requestID: request.id, startedAt: request.receivedAt)
        record.clientKeyID = request.clientKey
        record.clientFormat = request.clientFormat.rawValue
        record.path = request.path
        record.traceParent = request.traceParent
    }

    @inline(never)  // Inlined, its temporaries would lie beside the request itself and not be shared.
    func run(routes: RoutePlanner) async {
        do throws(UpstreamFault) {
            if request.operation.isCount { return try await countTokens(routes: routes) }
            let plan = try read(routes)
            if !answersLoad(plan) {
                try reserve(for: plan)
                if let settings = cacheSettings(routes) {
                    await followCached(plan, settings: settings, routes: routes)
                } else {
                    await follow(plan)
                }
            }
        } catch {
            refuse(error)
        }
        conclude()
        settle(reservation)
    }

    /// Parses the request and plans its way.
    ///
    /// A function of its own, because what it holds would otherwise be held until the request ends.
    @inline(never)  // See above.
    private func read(_ routes: RoutePlanner) throws(UpstreamFault) -> RoutePlan {
        let envelope = try RequestEnvelope(parsing: request)
        record.requestedModel = envelope.model
        record.isStreaming = envelope.isStreaming
        self.envelope = envelope
        if request.clientFormat == .openAIResponses { try recallConversation(envelope) }
        let model = try governed(envelope, by: routes.snapshot)
        if let service = request.operation.service {
            try read(service, in: envelope)
        } else if let shaping = routes.snapshot.shaping {
            try shape(by: shaping)
        }
        return try routes.plan(
            model: model, clientFormat: request.clientFormat, for: request.clientKey,
            purpose: request.operation.purpose)
    }

    @inline(never)  // Its temporaries would lie in the frame of every request.
    private func read(_ service: RequestService, in envelope: RequestEnvelope) throws(UpstreamFault) {
        do throws(TranslationError) {
            self.service = try service.course(envelope, upload: request.upload)
        } catch {
            throw UpstreamFault(error)
        }
    }

    // MARK: Answers

    /// A client that has a model loaded into memory is told that it is; the model is elsewhere.
    /// - Returns: whether the request was one of those.
    @inline(never)  // See ``attempt(_:)``.
    private func answersLoad(_ plan: RoutePlan) -> Bool {
        guard request.clientFormat == .ollama, service == nil, let envelope, OllamaDocuments.isLoad(envelope.body)
        else { return false }
        let target = plan.targets[0]
        record.provider = target.provider.rawValue
        record.servedModel = target.model
        record.status = 200
        var context = TranslationContext(
            model: target.model, provider: target.provider.rawValue, requestedModel: envelope.model,
            now: Int(request.receivedAt / 1000))
        context.answersAsGenerate = request.operation.isGenerate
        var headers = AnswerHeaders.base(requestID: request.id, format: .ollama)
        headers.append(("content-type", envelope.isStreaming ? streamType : "application/json"))
        conclude()
        writer.respond(
            status: 200, headers: headers,
            body: ByteBuffer(bytes: OllamaDocuments.loaded(envelope.body, context: context)))
        return true
    }

    /// Reads an upstream's error answer.
    func refusal(
        _ exchange: any UpstreamExchange, target: Target
    ) async throws(TransportError) -> Outcome {
        let body = try await errorBody(exchange)
        noteHeard()
        return .failed(refusal(exchange.status, body: body, target: target))
    }

    @inline(never)  // See ``attempt(_:)``.
    private func refusal(_ status: Int, body: [UInt8], target: Target) -> AttemptFailure {
        var fault = FaultCodec.decode(
            status: status, body: body, from: target.format, now: engine.clock.wallMilliseconds())
        // Redirects are not followed, and no upstream can tell that our client is gone: its own word for it is a failure.
        if status < 400 || status == 499 {
            fault = UpstreamFault(.upstream, message: "the upstream answered with status \(status)")
        }
        var failure = AttemptFailure(fault, hints: route?.hints ?? ResetHints())
        if target.format == request.clientFormat, fault.status == status, (try? JSONValue(parsing: body)) != nil {
            // Not JSON (an HTML page of a proxy, say) is put into words instead: no SDK could read it.
            failure.original = .init(status: status, body: body)
        }
        return failure
    }

    /// What an upstream says of its refusal.
    ///
    /// A body that is cut off or too long must not hide the status.
    private func errorBody(_ exchange: any UpstreamExchange) async throws(TransportError) -> [UInt8] {
        do throws(TransportError) {
            return try await exchange.collect(limit: 1 << 20)
        } catch {
            guard error.code != .cancelled else { throw error }
            exchange.abandon()
            return []
        }
    }

    /// Answers with a complete body.
    @inline(never)  // See ``attempt(_:)``.
    func complete(
        _ exchange: any UpstreamExchange, of target: Target, call: UpstreamCall, wantsStream: Bool
    ) async throws -> Outcome {
        let body = try await exchange.collect(limit: engine.options.maximumAnswerBytes)
        noteHeard()
        return try answer(with: body, of: exchange, target: target, call: call, wantsStream: wantsStream)
    }

    @inline(never)  // See ``attempt(_:)``.
    private func answer(
        with body: [UInt8], of exchange: any UpstreamExchange, target: Target, call: UpstreamCall, wantsStream: Bool
    ) throws -> Outcome {
        let answer: JSONValue
        do throws(JSONError) {
            answer = try JSONValue(parsing: body)
        } catch {
            throw UpstreamFault(.upstream, message: "the upstream's answer is not valid JSON", code: "upstream_invalid")
        }
        if answer.present("error") != nil, answer["choices"] == nil, answer["content"] == nil {
            throw FaultCodec.decode(status: 502, body: body, from: target.format)
        }
        guard Translator.isAnswer(answer, of: target.format) else {
            throw UpstreamFault(
                .upstream, message: "the upstream's answer is not one of its format", code: "upstream_invalid")
        }
        if wantsStream {
            throw UpstreamFault(
                .upstream, message: "the upstream did not answer with an event stream", code: "upstream_invalid")
        }
        let isEmpty = Translator.isEmptyAnswer(answer, of: target.format)
        guard !isPassthrough(target) else {
            let usage = Translator.usage(in: answer, of: target.format)
            settle(usage, text: textBytes(of: answer, from: target, isCounted: usage != nil))
            record.status = exchange.status
            return give(body, of: target, call: call, report: call.report, exchange: exchange, isEmpty: isEmpty)
        }
        var report = call.report
        let translated = try Translator.translateResponse(
            answer, from: target.format, to: request.clientFormat, context: call.context)
        report.merge(translated.report)
        settle(translated.usage, text: textBytes(of: answer, from: target, isCounted: translated.usage != nil))
        record.losses = report.headerValue
        record.status = 200
        return give(
            translated.body, of: target, thoughts: translated.thoughts, call: call, report: report,
            exchange: exchange, isEmpty: isEmpty)
    }

    /// Sends a complete answer; one with nothing in it is kept in case no other target has more to say.
    private func give(
        _ body: [UInt8], of target: Target, thoughts: ThoughtTrail = ThoughtTrail(), call: UpstreamCall,
        report: TranslationReport, exchange: any UpstreamExchange, isEmpty: Bool
    ) -> Outcome {
        noteBeginning()
        let kept = call.context.keepsAnswer ? body : nil
        let headers = headers(target, report: report, exchange: exchange, stream: false)
        if isEmpty, judgesEmptyAnswers {
            hold(body, kept: kept, target: target, headers: headers, isStream: false)
            return Self.empty
        }
        keep(kept, thoughts: thoughts)
        conclude()
        writer.respond(status: record.status, headers: headers, body: ByteBuffer(bytes: body))
        return .answered(success)
    }

    /// Answers a client that wants no stream from an upstream that sends one all the same.
    @inline(never)  // The collector would lie in the frame of every suspended attempt.
    func collectStream(_ exchange: any UpstreamExchange, call: UpstreamCall) async throws -> Outcome {
        let target = call.request.target
        var collector = StreamCollector(
            from: target.format, to: request.clientFormat, context: call.context,
            maximumBytes: engine.options.maximumAnswerBytes)
        reading: while true {
            switch try await exchange.next() {
            case .bytes(let bytes):
                let progress = bytes.withUnsafeReadableBytes { collector.push($0) }
                guard progress.failure == nil, !progress.isComplete else {
                    exchange.abandon()
                    break reading
                }
            case .silence: continue
            case .end: break reading
            }
        }
        noteHeard()
        let answer = try collector.finish()
        var report = call.report
        report.merge(answer.report)
        record.losses = report.headerValue
        settle(answer.usage, text: collector.textBytes)
        record.status = 200
        return give(
            answer.body, of: target, thoughts: answer.thoughts, call: call, report: report, exchange: exchange,
            isEmpty: collector.isEmpty)
    }

    /// Answers with an error that came before any attempt.
    @inline(never)  // Its temporaries would lie in the frame of every request.
    func refuse(_ fault: UpstreamFault) {
        reject(FinalFailure(fault, retryAfter: fault.retryAfter?.clampedNanoseconds))
    }

    /// Answers with an error in the client's dialect.
    @inline(never)  // See above.
    func reject(_ failure: FinalFailure) {
        guard !writer.isClosed else {
            record.status = 499
            record.errorCode = "client_closed"
            return
        }
        var failure = failure
        failure.fault = toldToClient(failure.fault)
        record.errorCode = failure.fault.code ?? failure.fault.kind.rawValue
        let status: Int
        let body: [UInt8]
        if failure.original == nil, failure.attempts.count > 1, let attempts = route?.failedAttempts {
            failure.fault.message += " (attempts: \(attempts))"
        }
        if let original = failure.original {
            (status, body) = (original.status, original.body)
        } else {
            (status, body) = FaultCodec.encode(failure.fault, to: request.clientFormat, requestID: request.id)
        }
        record.status = status
        var headers = AnswerHeaders.base(requestID: request.id, format: request.clientFormat)
        headers.append(("content-type", "application/json"))
        if let retryAfter = failure.retryAfterSeconds { headers.append(("retry-after", String(retryAfter))) }
        if request.wantsRoute { addRoute(servedBy: nil, to: &headers) }
        if request.wantsOverhead {
            noteOverhead(elapsed: engine.clock.monotonicNanoseconds() &- startedAt)
            addOverhead(to: &headers)
        }
        conclude()
        writer.respond(status: status, headers: headers, body: ByteBuffer(bytes: body))
    }

    /// A call that was cancelled although its client is there was cancelled by the router itself.
    func toldToClient(_ fault: UpstreamFault) -> UpstreamFault {
        fault.code == TransportError.Code.cancelled.faultCode
            ? UpstreamFault(.overloaded, message: "the router is shutting down; try again", code: "shutting_down")
            : fault
    }

    func headers(
        _ target: Target, report: TranslationReport, exchange: any UpstreamExchange, stream: Bool
    ) -> [(name: String, value: String)] {
        var headers = AnswerHeaders.base(requestID: request.id, format: request.clientFormat)
        headers.append(("x-omniroute-provider", target.provider.rawValue))
        headers.append(("x-omniroute-model", AnswerHeaders.sanitized(target.model)))
        if let losses = report.headerValue {
            headers.append(("x-omniroute-translation", AnswerHeaders.sanitized(losses)))
        }
        if request.wantsRoute { addRoute(servedBy: target, to: &headers) }
        cache?.addHeaders(to: &headers)
        addOverhead(to: &headers)
        if let id = exchange.header("x-request-id") ?? exchange.header("request-id") {
            headers.append(("x-upstream-request-id", AnswerHeaders.sanitized(id)))
        }
        if stream {
            headers.append(("content-type", streamType))
            headers.append(("cache-control", "no-cache, no-transform"))
            headers.append(("x-accel-buffering", "no"))
        } else {
            headers.append(("content-type", "application/json"))
        }
        return headers
    }

    private var streamType: String {
        if request.clientFormat == .ollama { return "application/x-ndjson" }
        return request.operation.usesArrayFraming
            ? "application/json; charset=utf-8" : "text/event-stream; charset=utf-8"
    }
}
