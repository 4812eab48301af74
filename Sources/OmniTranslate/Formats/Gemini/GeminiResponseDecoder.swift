import OmniJSON

/// Reads a complete `GenerateContentResponse`.
enum GeminiResponseDecoder {
    /// - Throws: ``TranslationError`` with `malformedAnswer` when it holds an error or no candidate, or nothing but a
    ///   call the model failed to write.
    static func decode(
        _ body: JSONValue, context: TranslationContext
    ) throws(TranslationError) -> CanonicalResponse {
        if let fault = GeminiErrors.decode(body, status: nil) {
            throw TranslationError(.malformedAnswer, "the answer is an error: \(fault.message)", at: "error")
        }
        guard body.kind == .object else { throw TranslationError(.malformedAnswer, "the answer is not a JSON object") }
        var response = CanonicalResponse()
        response.id = body["responseId"]?.text
        response.model = body["modelVersion"]?.text
        response.usage = GeminiUsage.decode(body.present("usageMetadata"))
        let candidates = body["candidates"].map { Array($0.elements) } ?? []
        for (position, candidate) in candidates.enumerated() {
            response.choices.append(
                decode(candidate, position: position, seed: response.id, context: context))
        }
        if response.choices.isEmpty {
            // A blocked prompt has no candidates; that is an answer all the same (C172).
            guard let feedback = body.present("promptFeedback") else {
                throw TranslationError(.malformedAnswer, "the answer has no candidates", at: "candidates")
            }
            var choice = CanonicalResponse.Choice()
            choice.finish = Finish(.contentFilter, details: feedback)
            response.choices.append(choice)
        }
        if response.choices.allSatisfy({ $0.parts.isEmpty && $0.finish.reason == .malformedTool }) {
            throw TranslationError(.malformedAnswer, GeminiFinish.malformedCall.message, at: "finishReason")
        }
        return response
    }

    private static func decode(
        _ candidate: JSONValue, position: Int, seed: JSONText?, context: TranslationContext
    ) -> CanonicalResponse.Choice {
        var choice = CanonicalResponse.Choice()
        choice.index = candidate["index"]?.int ?? position
        var content = GeminiContent(choice: choice.index, seed: seed, context: context)
        for part in candidate.present("content")?["parts"].map({ Array($0.elements) }) ?? [] {
            content.add(GeminiPart(part))
        }
        content.finish()
        let citations = GeminiCitations.decode(candidate, text: content.text, starts: content.starts)
        choice.parts = content.parts(citing: citations)
        // What was looked up came before the words that were made of it, and after the thought that led to it.
        let calls = GeminiHostedCalls.decode(
            grounding: candidate.present("groundingMetadata"), pages: candidate.present("urlContextMetadata"),
            seed: seed)
        let place = choice.parts.firstIndex { if case .reasoning = $0 { false } else { true } } ?? choice.parts.count
        choice.parts.insert(contentsOf: calls.map(Part.hostedCall), at: place)
        choice.finish = GeminiFinish.decode(candidate.present("finishReason"), hasToolCalls: content.callCount > 0)
        choice.logprobs = GeminiLogprobs.decode(candidate.present("logprobsResult"))
        return choice
    }
}

/// The parts of one candidate as they are put together.
private struct GeminiContent {
    let choice: Int
    let seed: JSONText?
    let context: TranslationContext
    private var parts: [Part] = []
    /// The visible text so far, decoded, and where in it each part begins.
    private(set) var text: [UInt8] = []
    private(set) var starts: [Int] = []
    private(set) var callCount = 0
    private var hosted = GeminiHostedCalls()

    init(choice: Int, seed: JSONText?, context: TranslationContext) {
        self.choice = choice
        self.seed = seed
        self.context = context
    }

    mutating func add(_ part: GeminiPart) {
        starts.append(text.count)
        switch part.kind {
        case .text(let words):
            text += words.decodedBytes
            if case .text(var last) = parts.last {
                last.text += words
                parts[parts.count - 1] = .text(last)
            } else if !words.isEmpty {
                parts.append(.text(TextPart(words)))
            }
            add(part.state(at: JSONText("\(OpaqueState.textPlace)"), context: context))
        case .thought(let words):
            let state = part.state(at: nil, context: context)
            if case .reasoning(var last) = parts.last, last.state == nil {
                last.text += words
                last.state = state
                parts[parts.count - 1] = .reasoning(last)
            } else if !words.isEmpty || state != nil {
                parts.append(.reasoning(ReasoningPart(text: words, state: state)))
            }
        case .call(let call): add(call, of: part)
        case .other(let name):
            if name.equals("inlineData"), let media = GeminiMedia.decode(part.raw) {
                parts.append(.media(media))
            } else if let calls = hosted.add(part.raw, named: name, seed: seed) {
                parts += calls.map(Part.hostedCall)
            } else {
                parts.append(.unknown(UnknownPart(type: name, origin: .gemini, raw: part.raw)))
            }
        case .nothing: add(part.state(at: JSONText("\(OpaqueState.textPlace)"), context: context))
        }
    }

    /// There are no more parts.
    mutating func finish() { parts += hosted.takeWaiting().map(Part.hostedCall) }

    private mutating func add(_ call: JSONValue, of part: GeminiPart) {
        guard let name = call["name"]?.text, !name.isEmpty else {
            parts.append(.unknown(UnknownPart(type: "functionCall", origin: .gemini, raw: part.raw)))
            return
        }
        callCount += 1
        let id = GeminiPart.callID(of: call, seed: seed, ordinal: choice << 32 | callCount)
        add(part.state(at: id, context: context))
        let arguments = call.present("args")
        let isCustom = context.customTools.contains(name)
        parts.append(
            .toolCall(
                ToolCall(
                    id: id, name: context.clientName(of: name),
                    arguments: isCustom
                        ? .string(arguments.map(ToolArguments.freeText) ?? .empty)
                        : arguments.map { .value($0) } ?? .string(.empty),
                    isCustom: isCustom)))
    }

    /// A signature stands as a thought of its own, or ends the thought before it.
    private mutating func add(_ state: OpaqueState?) {
        guard let state else { return }
        if case .reasoning(var last) = parts.last, last.state == nil {
            last.state = state
            parts[parts.count - 1] = .reasoning(last)
        } else {
            parts.append(.reasoning(ReasoningPart(text: .empty, state: state)))
        }
    }

    /// The parts; the last text carries the citations.
    func parts(citing citations: [JSONValue]) -> [Part] {
        guard !citations.isEmpty,
            let index = parts.lastIndex(where: { if case .text = $0 { true } else { false } }),
            case .text(var last) = parts[index]
        else { return parts }
        var writer = JSONWriter()
        writer.beginArray()
        for citation in citations { writer.value(citation) }
        writer.endArray()
        // Made of values that were parsed, it parses.
        last.citations = try? JSONValue(parsing: writer.bytes)
        var cited = parts
        cited[index] = .text(last)
        return cited
    }
}
