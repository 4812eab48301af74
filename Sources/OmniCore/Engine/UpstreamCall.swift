import NIOCore
import OmniJSON
import OmniTranslate

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// A request as one target will receive it, and what its answer must be read with.
///
/// A class, because it is large and is handed on to every function that deals with the answer.
final class UpstreamCall {
    var request: UpstreamRequest
    let context: TranslationContext
    let report: TranslationReport
    /// Whether the answer is a stream in the form of one JSON array.
    let usesArrayFraming: Bool
    /// Whether usage was asked for on the client's behalf and the chunk that carries it must not reach the client.
    let hidesUsageChunk: Bool

    init(
        request: UpstreamRequest, context: TranslationContext, report: TranslationReport, usesArrayFraming: Bool,
        hidesUsageChunk: Bool
    ) {
        self.request = request
        self.context = context
        self.report = report
        self.usesArrayFraming = usesArrayFraming
        self.hidesUsageChunk = hidesUsageChunk
    }
}

extension RequestExecution {
    /// Whether a target speaks the client's dialect, so that bytes can be passed on as they are.
    func isPassthrough(_ target: Target) -> Bool {
        target.format == request.clientFormat && !request.operation.isGenerate
            && (!hasOwnersInstructions || InstructionInsertion.isPossible(target.format, model: target.model))
    }
}

extension RequestExecution {
    /// Writes the request for a target: the client's bytes with the model patched, or a translation.
    @inline(never)  // Its temporaries would lie in the frame of every suspended attempt.
    func prepare(_ target: Target) throws(TranslationError) -> UpstreamCall {
        guard let envelope else { preconditionFailure("nothing is prepared after an answer has begun") }
        var context = translationContext(for: target, envelope: envelope)
        var headers: [(name: String, value: String)] = []
        headers.reserveCapacity(target.headers.count + 5)
        headers += target.headers
        headers.append(("content-type", "application/json"))
        let takesArray = isPassthrough(target) && request.operation.usesArrayFraming && envelope.isStreaming
        headers.append(
            (
                "accept",
                envelope.isStreaming && target.format.streamsEvents && !takesArray
                    ? "text/event-stream" : "application/json"
            ))
        headers.append(("user-agent", engine.options.userAgent))
        var report = TranslationReport()
        var hidesUsageChunk = false
        var body: [UInt8]
        if isPassthrough(target) {
            (body, hidesUsageChunk) = passthrough(target, envelope: envelope)
            if thinking != nil,
                let grafted = graftThinking(
                    onto: body, for: target, envelope: envelope, context: context, report: &report)
            {
                body = grafted
            }
            if target.format == .anthropicMessages {
                addAnthropicHeaders(to: &headers, defaultVersion: Self.passthroughVersion(envelope))
            }
        } else {
            let encoded = try translate(target, envelope: envelope, context: context)
            context.renamedTools = encoded.renamedTools
            context.customTools = encoded.customTools
            context.groupedTools = encoded.groupedTools
            context.stopSequences = encoded.stopSequences
            report = encoded.report
            body = encoded.body
            if let version = encoded.apiVersion {
                headers.removeAll { $0.name == "anthropic-version" }
                headers.append(("anthropic-version", version))
            }
            if !encoded.betas.isEmpty {
                headers.append(("anthropic-beta", encoded.betas.joined(separator: ",")))
            }
        }
        if hasForgottenThoughts { report.add("thinking", "refused") }
        let endpoint = target.endpoint.operation(
            of: target.format, model: target.model, isStreaming: envelope.isStreaming, usesArrayFraming: takesArray)
        var upstream = UpstreamRequest(
            endpoint: endpoint, headers: headers, body: ByteBuffer(bytes: body), deadlines: deadlines, target: target)
        upstream.isStreaming = envelope.isStreaming
        upstream.usesArrayFraming = takesArray
        return UpstreamCall(
            request: consume upstream, context: context, report: report, usesArrayFraming: takesArray,
            hidesUsageChunk: hidesUsageChunk)
    }

    /// What the codecs must know of a target and of the client, whatever the target is sent.
    func translationContext(for target: Target, envelope: RequestEnvelope) -> TranslationContext {
        var context = TranslationContext(
            model: target.model, provider: target.provider.rawValue, capabilities: target.capabilities,
            isStrict: request.isStrict, showsReasoning: engine.options.showsReasoning, requestedModel: envelope.model,
            now: Int(request.receivedAt / 1000), includesStreamUsage: envelope.includesStreamUsage)
        context.requestID = request.id
        if leavesOutThinking { context.capabilities.thinking = .none }
        context.usesArrayFraming = request.operation.usesArrayFraming
        context.answersAsGenerate = request.operation.isGenerate
        remember(in: &context, target: target)
        return context
    }

    /// The settings' deadlines, shortened to what is left for this attempt.
    var deadlines: UpstreamDeadlines {
        var deadlines = engine.options.deadlines
        // Progress is told in the pauses of a stream too.
        if request.wantsProgress {
            deadlines.silence = min(deadlines.silence, .milliseconds(ProgressInserter.interval))
        }
        guard let route, route.deadline != .never else { return deadlines }
        let left = Duration.nanoseconds(Int64(clamping: route.deadline.since(engine.routing.now)))
        deadlines.connect = min(deadlines.connect, left)
        deadlines.firstEvent = min(deadlines.firstEvent, left)
        return deadlines
    }

    /// The client's own bytes; only the model, and for chat streams the wish for usage, are patched in place.
    private func passthrough(
        _ target: Target, envelope: RequestEnvelope
    ) -> (body: [UInt8], hidesUsageChunk: Bool) {
        var patch = JSONPatch(envelope.body)
        // Gemini's model is in the path.
        if envelope.model != target.model, target.format != .gemini {
            var writer = JSONWriter(reservingCapacity: target.model.utf8.count + 2)
            writer.string(target.model)
            patch.set("model", to: writer.bytes, in: envelope.body)
        }
        if target.format == .anthropicMessages || target.format == .openAIResponses, mayHoldEnvelopes {
            EnvelopeRemoval.remove(from: envelope.body, patch: &patch)
        } else if target.format == .openAIChat, mayHoldEnvelopes {
            EnvelopeRemoval.removeFromChat(envelope.body, patch: &patch)
        } else if target.format == .gemini {
            EnvelopeRemoval.removeFromGemini(envelope.body, model: target.model, patch: &patch)
        }
        var hidesUsageChunk = false
        if target.format == .openAIChat, envelope.isStreaming, !envelope.includesStreamUsage,
            target.capabilities.supportsStreamOptions
        {
            hidesUsageChunk = true
            if let options = envelope.body.present("stream_options"), options.kind == .object {
                patch.set("include_usage", to: Array("true".utf8), in: options)
            } else {
                patch.set("stream_options", to: Array(#"{"include_usage":true}"#.utf8), in: envelope.body)
            }
        }
        return (patch.applied(), hidesUsageChunk)
    }

    /// A look at the bytes that is far cheaper than one at every block: a jump from one `1` to the next.
    private var mayHoldEnvelopes: Bool {
        request.body.withUnsafeBytes { body in
            guard let start = body.baseAddress else { return false }
            let mark = OpaqueStateEnvelope.prefix
            let offset = mark.count - 2
            var position = offset
            while position < body.count - 1,
                let hit = memchr(start + position, Int32(mark[offset]), body.count - position)
            {
                position = start.distance(to: hit) + 1
                if body[(position - 1 - offset)...].starts(with: mark) { return true }
            }
            return false
        }
    }

    private func translate(
        _ target: Target, envelope: RequestEnvelope, context: TranslationContext
    ) throws(TranslationError) -> EncodedRequest {
        let decoded = try decodedOnce(envelope)
        guard thinking == nil else {
            let request = shaped(decoded.request, for: target, context: context)
            return try Translator.encodeRequest(request, to: target.format, context: context)
        }
        return try Translator.encodeRequest(decoded.request, to: target.format, context: context)
    }

    /// The request in canonical form, decoded when first asked for.
    func decoded(_ envelope: RequestEnvelope) throws(TranslationError) -> CanonicalRequest {
        try decodedOnce(envelope).request
    }

    /// The same where it is kept: for those that only read it, since every copy counts all it holds.
    private func decodedOnce(_ envelope: RequestEnvelope) throws(TranslationError) -> DecodedRequest {
        if let decodedRequest { return decodedRequest }
        var request = try decodedAsSent(envelope)
        restoreThoughts(in: &request)
        let decoded = DecodedRequest(request)
        decodedRequest = decoded
        return decoded
    }

    /// The request in canonical form, without what is remembered of its conversation.
    func decodedAsSent(_ envelope: RequestEnvelope) throws(TranslationError) -> CanonicalRequest {
        try Translator.decodeRequest(
            envelope.body, from: request.clientFormat, apiVersion: request.dialectHeader("anthropic-version"),
            pathModel: request.operation.model, isStreaming: envelope.isStreaming,
            isGenerate: request.operation.isGenerate)
    }

    /// Addresses of files that this target does not read itself.
    @inline(never)  // Its temporaries would lie in the frame of every suspended attempt.
    func unreadAddresses(for target: Target) throws(TranslationError) -> [JSONText] {
        guard let envelope, !isPassthrough(target) else { return [] }
        return RemoteMedia.addresses(in: try decodedOnce(envelope).request, for: target.format)
    }

    /// Fetches the files the client gave by their address, and puts them in its place.
    @inline(never)  // See above.
    func fetchFiles(at addresses: [JSONText], for target: Target) async throws {
        let fetcher = MediaFetcher(
            transport: engine.transport, eventLoop: eventLoop, userAgent: engine.options.userAgent,
            allowsPrivate: engine.options.allowsPrivateFiles)
        let files = try await fetcher.fetch(addresses)
        guard var embedded = canonical else { return }
        RemoteMedia.embed(files, into: &embedded, for: target.format)
        canonical = embedded
    }

    private func addAnthropicHeaders(to headers: inout [(name: String, value: String)], defaultVersion: String) {
        headers.removeAll { $0.name == "anthropic-version" }
        headers.append(("anthropic-version", request.dialectHeader("anthropic-version") ?? defaultVersion))
        if let beta = request.dialectHeader("anthropic-beta") { headers.append(("anthropic-beta", beta)) }
    }

    /// The version for a client that named none: the first knows sampling parameters, the newest refuses them.
    private static func passthroughVersion(_ envelope: RequestEnvelope) -> String {
        let body = envelope.body
        let hasSampling =
            body.present("temperature") != nil || body.present("top_p") != nil || body.present("top_k") != nil
        return hasSampling ? "2023-06-01" : "2026-10-21"
    }
}

extension WireFormat {
    /// Whether streams of this format are server-sent events.
    var streamsEvents: Bool { self != .ollama }
}
