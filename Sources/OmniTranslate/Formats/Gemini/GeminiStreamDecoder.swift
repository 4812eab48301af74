import OmniJSON

/// Reads a Gemini stream into stream events: every event is a whole response object with pieces of parts.
///
/// There is no terminator: the end of the bytes after a finish reason is the end of the answer.
struct GeminiStreamDecoder: Sendable {
    private enum Open: Sendable { case nothing, text, thought }

    private struct Choice: Sendable {
        let index: Int
        var open = Open.nothing
        var callCount = 0
        /// The call whose arguments are not all there yet.
        var partial: GeminiPartialCall?
        var hasContent = false
        var hasText: Bool { !text.isEmpty }
        var finish: JSONValue?
        /// The visible text so far, decoded, for the positions of citations.
        var text: [UInt8] = []
        var grounding: JSONValue?
        var citations: JSONValue?
        /// `urlContextMetadata`.
        var pages: JSONValue?
        var hosted = GeminiHostedCalls()
    }

    let context: TranslationContext
    private(set) var usage: Usage?
    private var id: JSONText?
    private var hasStarted = false
    private var choices: [Choice] = []
    /// `promptFeedback` of a prompt that was refused.
    private var feedback: JSONValue?
    /// Whether `end` or `error` was sent; everything after it is ignored.
    private(set) var isOver = false

    init(context: TranslationContext) {
        self.context = context
    }

    /// Reads one event's data and appends what it means.
    mutating func decode(_ event: ServerSentEvent, into events: inout [StreamEvent]) {
        guard !isOver else { return }
        let chunk: JSONValue
        do throws(JSONError) {
            chunk = try JSONValue(parsing: event.data)
        } catch  where error.code == .empty {
            return
        } catch {
            // Routers in front of Gemini end with OpenAI's terminator at times.
            if !event.data.isDoneMarker { fail("the upstream sent a chunk that is not JSON: \(error)", into: &events) }
            return
        }
        if let fault = GeminiErrors.decode(chunk, status: nil) {
            isOver = true
            events.append(.error(fault))
            return
        }
        guard chunk.kind == .object else {
            fail("the upstream sent a chunk that is not a JSON object", into: &events)
            return
        }
        var candidates: JSONValue?
        var counts: JSONValue?
        for member in chunk.members where !member.value.isNull {
            if member.isNamed("candidates") {
                candidates = member.value
            } else if member.isNamed("usageMetadata") {
                counts = member.value
            } else if member.isNamed("promptFeedback") {
                feedback = member.value["blockReason"] == nil ? feedback : member.value
            } else if member.isNamed("responseId"), id == nil {
                id = member.value.text
            }
        }
        if !hasStarted {
            hasStarted = true
            events.append(.start(id: id, model: chunk["modelVersion"]?.text, created: nil))
        }
        if let candidates {
            for (position, candidate) in candidates.elements.enumerated() {
                decode(candidate, position: position, into: &events)
            }
        }
        if !isOver, let usage = GeminiUsage.decode(counts) {
            self.usage = usage
            events.append(.usage(usage))
        }
    }

    /// The upstream closed: that is the end if every candidate has said why it stopped.
    mutating func finish(into events: inout [StreamEvent]) {
        guard !isOver else { return }
        isOver = true
        if choices.isEmpty, let feedback {
            events.append(.finish(choice: 0, Finish(.contentFilter, details: feedback)))
            events.append(.end)
            return
        }
        guard !choices.isEmpty, choices.allSatisfy({ $0.finish != nil }) else {
            events.append(.error(.truncated))
            return
        }
        let finishes = choices.map { GeminiFinish.decode($0.finish, hasToolCalls: $0.callCount > 0) }
        if zip(choices, finishes).allSatisfy({ !$0.hasContent && $1.reason == .malformedTool }) {
            events.append(.error(GeminiFinish.malformedCall))
            return
        }
        // Where the model was stopped amid a call there is no call; where it says it is done there must be one.
        if zip(choices, finishes).contains(where: { $0.partial != nil && $1.reason == .toolUse }) {
            events.append(.error(.truncated))
            return
        }
        for position in choices.indices {
            cite(at: position, into: &events)
            close(at: position, into: &events)
            tellCalls(at: position, into: &events)
            events.append(.finish(choice: choices[position].index, finishes[position]))
        }
        events.append(.end)
    }

    private mutating func decode(_ candidate: JSONValue, position: Int, into events: inout [StreamEvent]) {
        guard !isOver, candidate.kind == .object else { return }
        var index = position
        var parts: JSONValue?
        var logprobs: JSONValue?
        var finish: JSONValue?
        var grounding: JSONValue?
        var citations: JSONValue?
        var pages: JSONValue?
        for member in candidate.members where !member.value.isNull {
            if member.isNamed("content") {
                parts = member.value["parts"]
            } else if member.isNamed("index") {
                index = member.value.int ?? position
            } else if member.isNamed("finishReason") {
                finish = member.value
            } else if member.isNamed("logprobsResult") {
                logprobs = GeminiLogprobs.decode(member.value)
            } else if member.isNamed("groundingMetadata") {
                grounding = member.value
            } else if member.isNamed("citationMetadata") {
                citations = member.value
            } else if member.isNamed("urlContextMetadata") {
                pages = member.value
            }
        }
        guard let slot = slot(of: index) else {
            fail("the upstream sent a candidate with an impossible index", into: &events)
            return
        }
        if let parts { for part in parts.elements where !isOver { decode(GeminiPart(part), at: slot, into: &events) } }
        if let logprobs, !isOver { events.append(.logprobs(choice: index, logprobs)) }
        choices[slot].finish = finish ?? choices[slot].finish
        choices[slot].grounding = grounding ?? choices[slot].grounding
        choices[slot].citations = citations ?? choices[slot].citations
        choices[slot].pages = pages ?? choices[slot].pages
    }

    private mutating func slot(of index: Int) -> Int? {
        if let slot = choices.firstIndex(where: { $0.index == index }) { return slot }
        // The bound keeps hostile indexes from costing memory.
        guard (0..<128).contains(index) else { return nil }
        choices.append(Choice(index: index))
        return choices.count - 1
    }

    // MARK: Parts

    private mutating func decode(_ part: GeminiPart, at slot: Int, into events: inout [StreamEvent]) {
        let choice = choices[slot].index
        switch part.kind {
        case .text(let text):
            if !text.isEmpty {
                open(.text, at: slot, into: &events)
                choices[slot].text += text.decodedBytes
                events.append(.text(choice: choice, text))
            }
            keep(part.state(at: JSONText("\(OpaqueState.textPlace)"), context: context), at: slot, into: &events)
        case .thought(let text):
            if !text.isEmpty {
                open(.thought, at: slot, into: &events)
                events.append(.reasoning(choice: choice, text))
            }
            keep(part.state(at: nil, context: context), at: slot, into: &events)
        case .call(let call): decode(call, of: part, at: slot, into: &events)
        case .other(let name):
            close(at: slot, into: &events)
            choices[slot].hasContent = true
            if let calls = choices[slot].hosted.add(part.raw, named: name, seed: id) {
                for call in calls { events.append(.hostedCall(choice: choice, call)) }
                break
            }
            events.append(
                .blockStart(choice: choice, .unknown(UnknownPart(type: name, origin: .gemini, raw: part.raw))))
            events.append(.blockEnd(choice: choice))
        case .nothing:
            keep(part.state(at: JSONText("\(OpaqueState.textPlace)"), context: context), at: slot, into: &events)
        }
    }

    /// A call is a block of its own: complete in one part, or once its last piece is there.
    private mutating func decode(
        _ call: JSONValue, of part: GeminiPart, at slot: Int, into events: inout [StreamEvent]
    ) {
        if choices[slot].partial?.isContinued(by: call) != true {
            endPartialCall(at: slot, into: &events)
            guard let name = call["name"]?.text, !name.isEmpty else {
                fail("the upstream sent a tool call without a name", into: &events)
                return
            }
            choices[slot].callCount += 1
            let ordinal = choices[slot].index << 32 | choices[slot].callCount
            let id = GeminiPart.callID(of: call, seed: self.id, ordinal: ordinal)
            guard GeminiPartialCall.begins(with: call) else {
                return tell(
                    name, id: id, arguments: call.present("args"), state: part.state(at: id, context: context),
                    at: slot, into: &events)
            }
            choices[slot].partial = GeminiPartialCall(id: id, name: name)
        }
        guard let id = choices[slot].partial?.id,
            choices[slot].partial?.add(call, state: part.state(at: id, context: context)) == true
        else {
            fail("the upstream sent a piece of a tool call that does not fit", into: &events)
            return
        }
        if choices[slot].partial?.isComplete == true { endPartialCall(at: slot, into: &events) }
    }

    private mutating func endPartialCall(at slot: Int, into events: inout [StreamEvent]) {
        guard let call = choices[slot].partial else { return }
        choices[slot].partial = nil
        tell(call.name, id: call.id, arguments: call.arguments, state: call.state, at: slot, into: &events)
    }

    private mutating func tell(
        _ name: JSONText, id: JSONText, arguments: JSONValue?, state: OpaqueState?, at slot: Int,
        into events: inout [StreamEvent]
    ) {
        keep(state, at: slot, into: &events)
        close(at: slot, into: &events)
        let choice = choices[slot].index
        choices[slot].hasContent = true
        let isCustom = context.customTools.contains(name)
        events.append(
            .blockStart(choice: choice, .toolCall(id: id, name: context.clientName(of: name), isCustom: isCustom)))
        if let arguments {
            let text = isCustom ? ToolArguments.freeText(arguments) : JSONText(escaping: arguments.raw)
            if !text.isEmpty { events.append(.arguments(choice: choice, text)) }
        }
        events.append(.blockEnd(choice: choice))
    }

    /// A signature ends the thought that is open, or is a wordless thought of its own.
    private mutating func keep(_ state: OpaqueState?, at slot: Int, into events: inout [StreamEvent]) {
        guard let state else { return }
        open(.thought, at: slot, into: &events)
        events.append(.state(choice: choices[slot].index, state))
        close(at: slot, into: &events)
    }

    private mutating func open(_ kind: Open, at slot: Int, into events: inout [StreamEvent]) {
        guard choices[slot].open != kind else { return }
        close(at: slot, into: &events)
        choices[slot].open = kind
        choices[slot].hasContent = true
        events.append(.blockStart(choice: choices[slot].index, kind == .text ? .text : .reasoning))
    }

    private mutating func close(at slot: Int, into events: inout [StreamEvent]) {
        guard choices[slot].open != .nothing else { return }
        choices[slot].open = .nothing
        events.append(.blockEnd(choice: choices[slot].index))
    }

    /// Sources are known at the end only; they belong to the last text, which then is normally still open.
    private mutating func cite(at slot: Int, into events: inout [StreamEvent]) {
        let choice = choices[slot]
        let citations = GeminiCitations.decode(
            grounding: choice.grounding, citations: choice.citations, text: choice.text)
        guard !citations.isEmpty, choice.hasText else { return }
        if choice.open != .text { close(at: slot, into: &events) }
        for citation in citations { events.append(.citation(choice: choice.index, citation)) }
    }

    /// Code without a result, and what the metadata, which is whole at the end only, tells of searches and pages.
    private mutating func tellCalls(at slot: Int, into events: inout [StreamEvent]) {
        var calls = choices[slot].hosted.takeWaiting()
        calls += GeminiHostedCalls.decode(grounding: choices[slot].grounding, pages: choices[slot].pages, seed: id)
        for call in calls { events.append(.hostedCall(choice: choices[slot].index, call)) }
    }

    private mutating func fail(_ message: String, into events: inout [StreamEvent]) {
        isOver = true
        events.append(.error(.malformed(message)))
    }
}
