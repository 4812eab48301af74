import NIOCore
import OmniJSON
import OmniTranslate

extension RequestExecution {
    /// The settings of the cache where it may answer; nil where it has nothing to do with the request.
    @inline(never)  // Its temporaries would lie in the frame of every request.
    func cacheSettings(_ routes: RoutePlanner) -> CacheSettings? {
        // What the cache itself has embedded lies beside the answers already.
        guard request.path != QuestionEmbedder.path else { return nil }
        let settings = routes.snapshot.routing.cache
        if let service { return settings.mode != .off && service.isCacheable ? settings : nil }
        return envelope?.mayBeCached(settings, format: request.clientFormat) == true ? settings : nil
    }

    /// Answers from the cache, or asks an upstream and keeps what it says.
    @inline(never)  // Its temporaries would lie in the frame of every request.
    func followCached(_ plan: RoutePlan, settings: CacheSettings, routes: RoutePlanner) async {
        guard !request.bypassesCache else {
            engine.cache.noteBypass()
            cache = CacheCourse(.bypass)
            return await follow(plan)
        }
        let course = CacheCourse(.miss)
        guard let key = cacheKey(plan, settings: settings, course: course) else { return await follow(plan) }
        cache = course
        while true {
            switch engine.cache.claim(key, now: engine.clock.wallMilliseconds()) {
            case .answer(let answer): if await replay(answer, key: key, plan: plan) { return }
            case .archived(let archive):
                guard let answer = await archived(key, in: archive) else { continue }
                if await replay(answer, key: key, plan: plan) { return }
            case .lead: return await lead(key, plan: plan, settings: settings, routes: routes)
            case .wait:
                noteWaitBegins()
                let end = await engine.cache.wait(for: key, limit: .nanoseconds(Int64(clamping: plan.limits.timeout)))
                noteHeard()
                waits.pause()
                switch end {
                case .answer(let answer):
                    if await replay(answer, key: key, plan: plan, hasWaited: true) { return }
                case .lead:
                    engine.cache.noteMiss()
                    return await lead(key, plan: plan, settings: settings, routes: routes)
                case .alone:
                    engine.cache.noteMiss()
                    cache?.similar = nil
                    return await follow(plan)
                case .again: continue
                }
            }
        }
    }

    /// The exchange to read in place of one, which notes the answer where that is to be kept.
    func recorded(_ exchange: any UpstreamExchange, of call: UpstreamCall) -> any UpstreamExchange {
        cache?.record(exchange, of: call) ?? exchange
    }

    // MARK: Key

    /// - Returns: nil when the request cannot be read, or asks for what changes by itself.
    private func cacheKey(_ plan: RoutePlan, settings: CacheSettings, course: CacheCourse) -> CacheKey? {
        guard let envelope else { return nil }
        if let service {
            return CacheKey(
                of: [Array("service 1".utf8), owner(settings.scope), [request.isStrict ? 1 : 0], plan.identity]
                    + service.fingerprint)
        }
        var decoded: CanonicalRequest
        do throws(TranslationError) {
            decoded = try decodedAsSent(envelope)
        } catch {
            // Whoever can make something of it will be asked.
            return nil
        }
        guard !decoded.usesHostedTools else { return nil }
        let surroundings = [
            [request.isStrict ? 1 : 0], Array((request.dialectHeader("anthropic-beta") ?? "").utf8), plan.identity,
            Array((thinking.map { "\($0)" } ?? "").utf8),
        ]
        let key = CacheKey(
            of: [Array("1".utf8), owner(settings.scope)] + surroundings + [RequestFingerprint.bytes(of: decoded)])
        if settings.semantic.isEnabled {
            course.similar = SimilarCourse(
                decoded, settings: settings.semantic, surroundings: [owner(settings.semantic.scope)] + surroundings)
        }
        if !isPassthrough(plan.targets[0]) {
            restoreThoughts(in: &decoded)
            canonical = decoded
        }
        return key
    }

    /// Whose answers the client may get.
    private func owner(_ scope: CacheSettings.Scope) -> [UInt8] {
        Array((scope == .shared ? "" : request.clientKey.map { "key \($0.rawValue)" } ?? "none").utf8)
    }

    // MARK: Misses

    private func lead(
        _ key: CacheKey, plan: RoutePlan, settings: CacheSettings, routes: RoutePlanner
    ) async {
        if cache?.similar != nil, await answersSimilarly(key, plan: plan, settings: settings, routes: routes) { return }
        cache?.recordingLimit = settings.maximumAnswerBytes
        await follow(plan)
        let outcome = outcome(keepsToolCalls: settings.keepsToolCalls)
        engine.cache.end(key, outcome)
        if case .answer(let answer) = outcome {
            keepVector(for: key, storedAt: answer.storedAt, model: settings.semantic.model)
        }
    }

    /// What became of a question that was asked.
    private func outcome(keepsToolCalls: Bool) -> AnswerCache.End {
        if let answer = keepableAnswer(keepsToolCalls: keepsToolCalls) { return .answer(answer) }
        return record.status == 200 && record.errorCode == nil ? .notKept : .failed
    }

    /// The upstream's answer, if it may be given again.
    private func keepableAnswer(keepsToolCalls: Bool) -> CachedAnswer? {
        if service != nil { return cache?.serviceAnswer }
        guard let cache, let call = cache.call, let bytes = cache.recording?.bytes, cache.recording?.status == 200
        else { return nil }
        let target = call.request.target
        let isStream =
            !bytes.beginsLikeObject || call.usesArrayFraming || target.format == .ollama && record.isStreaming
        let answer: RecordedAnswer
        do throws(UpstreamFault) {
            answer = try RecordedAnswer(bytes, isStream: isStream, from: target.format, context: call.context)
        } catch {
            return nil
        }
        guard answer.endsNormally, !answer.usedHostedTools, !answer.hasMedia, keepsToolCalls || !answer.hasToolCalls
        else { return nil }
        var kept = CachedAnswer(
            provider: target.provider, model: target.model, format: target.format, isStream: isStream,
            // As long as it is; what it was gathered in may be twice that.
            body: Array(bytes[...]),
            storedAt: engine.clock.wallMilliseconds())
        kept.usesArrayFraming = call.usesArrayFraming
        kept.renamedTools = call.context.renamedTools
        kept.customTools = call.context.customTools
        kept.groupedTools = call.context.groupedTools
        kept.stopSequences = call.context.stopSequences
        kept.report = call.report
        kept.cost = record.cost
        return kept
    }

    // MARK: Hits

    func archived(_ key: CacheKey, in archive: any AnswerArchive) async -> CachedAnswer? {
        do {
            if let answer = try await archive.answer(key) {
                engine.cache.admit(answer, for: key)
                return answer
            }
        } catch {
            // What cannot be read is not there; an upstream is asked.
        }
        engine.cache.forget(key)
        return nil
    }

    /// Answers with what was kept.
    /// - Returns: false when it cannot be read after all; nothing was sent then, and it is forgotten.
    func replay(
        _ answer: CachedAnswer, key: CacheKey, plan: RoutePlan, hasWaited: Bool = false
    ) async -> Bool {
        guard let envelope, let cache,
            let position = plan.targets.firstIndex(where: { $0.provider == answer.provider && $0.model == answer.model }
            )
        else { return forget(key) }
        var target = plan.targets[position]
        target.format = answer.format
        target.connection = nil
        cache.status = .hit
        cache.similarity = answer.similarity
        cache.price = plan.prices[position]
        cache.keptCost = answer.cost
        cache.age = max(0, engine.clock.wallMilliseconds() - answer.storedAt) / 1000
        record.provider = target.provider.rawValue
        record.servedModel = target.model
        record.upstreamFormat = target.format.rawValue
        do {
            if let service {
                guard case .answered = try service.repeated(answer, of: target, in: self) else { return forget(key) }
            } else {
                let call = call(for: answer, target: target, envelope: envelope)
                guard case .answered = try await answerClient(from: answer, call: call) else { return forget(key) }
            }
        } catch {
            return forget(key)
        }
        let tokens =
            record.inputTokens + record.cacheReadTokens + record.cacheWriteTokens + record.outputTokens
            + record.reasoningTokens
        engine.cache.noteHit(tokens: tokens, saved: record.savedCost, hasWaited: hasWaited)
        if answer.similarity != nil { engine.cache.similar.noteHit(key) }
        return true
    }

    private func forget(_ key: CacheKey) -> Bool {
        engine.cache.forget(key)
        cache?.status = .miss
        cache?.similarity = nil
        return false
    }

    /// The call the answer would have been that of.
    private func call(for answer: CachedAnswer, target: Target, envelope: RequestEnvelope) -> UpstreamCall {
        var context = translationContext(for: target, envelope: envelope)
        context.renamedTools = answer.renamedTools
        context.customTools = answer.customTools
        context.groupedTools = answer.groupedTools
        context.stopSequences = answer.stopSequences
        let upstream = UpstreamRequest(
            endpoint: target.endpoint, headers: [], body: ByteBuffer(), deadlines: engine.options.deadlines,
            target: target)
        return UpstreamCall(
            request: upstream, context: context, report: answer.report, usesArrayFraming: answer.usesArrayFraming,
            hidesUsageChunk: !envelope.includesStreamUsage)
    }

    /// Streams stay streams and bodies bodies where the client wants them so; else one is made of the other.
    private func answerClient(from answer: CachedAnswer, call: UpstreamCall) async throws -> Outcome {
        let exchange = CachedExchange(answer)
        guard record.isStreaming else {
            return answer.isStream
                ? try await collectStream(exchange, call: call)
                : try await complete(exchange, of: call.request.target, call: call, wantsStream: false)
        }
        let isFramedAlike =
            !isPassthrough(call.request.target) || answer.usesArrayFraming == request.operation.usesArrayFraming
        if answer.isStream, isFramedAlike { return await stream(exchange, with: pump(for: call)) }
        return try writeStream(of: answer, call: call)
    }

    /// Writes an answer that was no stream, or one of another framing, as the stream the client wants.
    private func writeStream(of answer: CachedAnswer, call: UpstreamCall) throws(UpstreamFault) -> Outcome {
        let target = call.request.target
        let whole = try RecordedAnswer(
            answer.body, isStream: answer.isStream, from: answer.format, context: call.context)
        let stream = whole.stream(to: request.clientFormat, context: call.context)
        var report = call.report
        report.merge(stream.report)
        record.losses = report.headerValue
        noteBeginning()
        record.status = 200
        settle(stream.usage)
        keep(stream.keptAnswer, thoughts: stream.thoughts)
        conclude()
        writer.start(
            status: 200, headers: headers(target, report: report, exchange: CachedExchange(answer), stream: true),
            body: ByteBuffer(bytes: stream.bytes))
        writer.finish(ByteBuffer())
        return .answered(success)
    }
}

extension RoutePlan {
    /// What a name led to: the combo, and all providers and models an answer may come from.
    fileprivate var identity: [UInt8] {
        var identity = Array((comboName ?? "").utf8)
        var last: (ProviderID, String)?
        for target in targets where last.map({ $0 != (target.provider, target.model) }) ?? true {
            identity.append(0)
            identity += target.provider.rawValue.utf8
            identity.append(0)
            identity += target.model.utf8
            last = (target.provider, target.model)
        }
        return identity
    }
}

extension [UInt8] {
    /// Whether the text is a JSON object and no stream of events.
    fileprivate var beginsLikeObject: Bool {
        first { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 } == UInt8(ascii: "{")
    }
}
