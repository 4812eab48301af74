import OmniJSON

/// An upstream's whole answer, read from the bytes it came in, be they a body or a stream.
public struct RecordedAnswer: Sendable {
    private let response: CanonicalResponse

    /// - Parameters:
    ///   - bytes: a complete body, or a stream up to its terminator.
    ///   - isStream: which of the two.
    ///   - upstream: their dialect.
    ///   - context: what the answer's request was sent with.
    /// - Throws: ``UpstreamFault`` when it is an error, malformed or not complete.
    public init(
        _ bytes: [UInt8], isStream: Bool, from upstream: WireFormat, context: TranslationContext
    ) throws(UpstreamFault) {
        response =
            isStream
            ? try Self.collect(bytes, from: upstream, context: context)
            : try Self.read(bytes, from: upstream, context: context)
    }

    /// Whether every choice ended by itself and not at a limit, a filter or a refusal.
    public var endsNormally: Bool {
        !response.choices.isEmpty
            && response.choices.allSatisfy { [.stop, .stopSequence, .toolUse].contains($0.finish.reason) }
    }

    /// Whether it is waiting for the client to run tools.
    public var hasToolCalls: Bool {
        response.choices.contains { choice in
            choice.finish.reason == .toolUse || choice.parts.contains { if case .toolCall = $0 { true } else { false } }
        }
    }

    /// Whether its provider ran tools for it.
    public var usedHostedTools: Bool { has { if case .hostedCall = $0 { true } else { false } } }

    /// Whether pictures or sound are in it that streams have no events for.
    public var hasMedia: Bool { has { if case .media = $0 { true } else { false } } }

    public var usage: Usage? { response.usage }

    private func has(_ isMeant: (Part) -> Bool) -> Bool {
        response.choices.contains { $0.parts.contains(where: isMeant) }
    }

    /// Writes it as a client's stream.
    /// - Returns: the whole stream with its terminator.
    public func stream(to client: WireFormat, context: TranslationContext) -> RecordedStream {
        var encoder = StreamEncoder(to: client, context: context)
        var stream = RecordedStream(usage: response.usage)
        for event in response.events {
            if context.keepsThoughts { stream.thoughts.add(event) }
            encoder.encode(event, into: &stream.bytes)
        }
        stream.report = encoder.report
        stream.keptAnswer = encoder.keptAnswer
        return stream
    }

    private static func read(
        _ bytes: [UInt8], from upstream: WireFormat, context: TranslationContext
    ) throws(UpstreamFault) -> CanonicalResponse {
        let body: JSONValue
        do throws(JSONError) {
            body = try JSONValue(parsing: bytes)
        } catch {
            throw .malformed("the answer is not valid JSON")
        }
        do throws(TranslationError) {
            return try Translator.decodeResponse(body, from: upstream, context: context)
        } catch {
            throw .malformed("the answer is malformed: \(error)")
        }
    }

    private static func collect(
        _ bytes: [UInt8], from upstream: WireFormat, context: TranslationContext
    ) throws(UpstreamFault) -> CanonicalResponse {
        var decoder = StreamDecoder(of: upstream, context: context)
        var cutter = StopSequenceCutter(context.stopSequences)
        var answer = ResponseAccumulator()
        var fault: UpstreamFault?
        var isComplete = false
        var events: [StreamEvent] = []
        func takeEvents() {
            cutter?.filter(&events)
            for event in events where fault == nil && !isComplete {
                switch event {
                case .error(let error): fault = error
                case .end: isComplete = true
                default: answer.add(event)
                }
            }
            events.removeAll(keepingCapacity: true)
        }
        bytes.withUnsafeBytes { bytes in
            var position = 0
            while fault == nil, !isComplete, decoder.decodeNext(in: bytes, at: &position, into: &events) {
                takeEvents()
            }
        }
        if fault == nil, !isComplete {
            decoder.finish(into: &events)
            takeEvents()
        }
        if let fault { throw fault }
        guard isComplete else { throw .malformed("the stream ended early") }
        return answer.wholeResponse
    }
}

/// An answer written as one stream.
public struct RecordedStream: Sendable {
    public var bytes: [UInt8] = []
    public var usage: Usage?
    /// What the client's dialect could not say.
    public var report = TranslationReport()
    /// What led to which call, when ``TranslationContext/keepsThoughts`` is set.
    public var thoughts = ThoughtTrail()
    /// The response a Responses client got, when ``TranslationContext/keepsAnswer`` is set.
    public var keptAnswer: [UInt8]?
}

extension CanonicalResponse {
    /// The answer as the events of a stream, each block in one piece.
    var events: [StreamEvent] {
        var events: [StreamEvent] = []
        if let serviceTier { events.append(.serviceTier(serviceTier)) }
        events.append(.start(id: id, model: model, created: created))
        if let systemFingerprint { events.append(.systemFingerprint(systemFingerprint)) }
        for choice in choices.sorted(by: { $0.index < $1.index }) { choice.append(to: &events) }
        if let usage { events.append(.usage(usage)) }
        events.append(.end)
        return events
    }
}

extension CanonicalResponse.Choice {
    fileprivate func append(to events: inout [StreamEvent]) {
        // They are of the whole text; its first piece brings them.
        var logprobs = logprobs
        for part in parts {
            if case .hostedCall(let call) = part {
                events.append(.hostedCall(choice: index, call))
                continue
            }
            guard let block = part.block else { continue }
            events.append(.blockStart(choice: index, block))
            switch part {
            case .text(let text):
                if !text.text.isEmpty { events.append(.text(choice: index, text.text)) }
                if let values = logprobs { events.append(.logprobs(choice: index, values)) }
                logprobs = nil
                for citation in text.citations?.elements.map({ $0 }) ?? [] {
                    events.append(.citation(choice: index, citation))
                }
            case .refusal(let words): events.append(.refusal(choice: index, words))
            case .reasoning(let thought):
                if !thought.text.isEmpty { events.append(.reasoning(choice: index, thought.text)) }
                if let state = thought.state { events.append(.state(choice: index, state)) }
            case .toolCall(let call): events.append(.arguments(choice: index, call.arguments.string))
            case .media, .toolResult, .hostedCall, .unknown: break
            }
            events.append(.blockEnd(choice: index))
        }
        events.append(.finish(choice: index, finish))
    }
}

extension Part {
    /// The block of a stream it is; nil for what has none.
    fileprivate var block: StreamEvent.Block? {
        switch self {
        case .text: .text
        case .refusal: .refusal
        case .reasoning: .reasoning
        case .toolCall(let call): .toolCall(id: call.id, name: call.name, isCustom: call.isCustom)
        case .unknown(let part): .unknown(part)
        // Answers hold no results; media have no event.
        case .hostedCall, .media, .toolResult: nil
        }
    }
}
