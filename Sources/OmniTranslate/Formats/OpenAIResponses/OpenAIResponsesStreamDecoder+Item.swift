import OmniJSON

/// What is known of one item of a Responses stream: its kind, the part that is open, and what has been told of it.
struct OpenAIResponsesItemState: Sendable {
    /// The events inside an item, by what they bring.
    enum Delta: Sendable {
        case text, textDone, annotation, refusal, refusalDone, arguments, argumentsDone, input, inputDone
        case summary, summaryDone, thought, thoughtDone

        init?(_ type: JSONText) {
            if type.equals("response.output_text.delta") {
                self = .text
            } else if type.equals("response.function_call_arguments.delta") {
                self = .arguments
            } else if type.equals("response.reasoning_summary_text.delta") {
                self = .summary
            } else if type.equals("response.reasoning_text.delta") {
                self = .thought
            } else if type.equals("response.custom_tool_call_input.delta") {
                self = .input
            } else if type.equals("response.refusal.delta") {
                self = .refusal
            } else if type.equals("response.output_text.annotation.added") {
                self = .annotation
            } else if type.equals("response.output_text.done") {
                self = .textDone
            } else if type.equals("response.function_call_arguments.done") {
                self = .argumentsDone
            } else if type.equals("response.reasoning_summary_text.done") {
                self = .summaryDone
            } else if type.equals("response.reasoning_text.done") {
                self = .thoughtDone
            } else if type.equals("response.custom_tool_call_input.done") {
                self = .inputDone
            } else if type.equals("response.refusal.done") {
                self = .refusalDone
            } else {
                return nil
            }
        }
    }

    private enum Kind: Sendable { case unknown, message, reasoning, call, foreign }
    private enum Open: Sendable { case nothing, text, refusal, reasoning, call }

    let index: Int
    private(set) var isDone = false
    private(set) var hasRefusal = false
    /// What waits until the items before are done.
    var held: [StreamEvent] = []
    private var kind = Kind.unknown
    private var open = Open.nothing
    /// The content or summary part the open block belongs to.
    private var part = 0
    /// Parts of which something was told; the next ones may still come whole.
    private var toldParts = 0
    private var hasArguments = false
    private var hasCitations = false
    private var hasThoughts = false
    /// Whether the thoughts told are a summary; the full text that may follow says the same.
    private var isSummary = false

    init(index: Int) {
        self.index = index
    }

    /// Whether it calls a tool of the client's.
    var isCall: Bool { kind == .call }

    mutating func takeHeld() -> [StreamEvent] {
        var taken: [StreamEvent] = []
        swap(&taken, &held)
        return taken
    }

    // MARK: Begin

    /// - Returns: what makes the stream unusable, if anything does.
    mutating func begin(
        _ item: JSONValue, seed: ArraySlice<UInt8>, context: TranslationContext, into events: inout [StreamEvent]
    ) -> String? {
        guard kind == .unknown else { return nil }
        let type = item["type"]?.text ?? .empty
        if type.equals("message") {
            kind = .message
        } else if type.equals("reasoning") {
            kind = .reasoning
        } else if type.equals("function_call") || type.equals("custom_tool_call") {
            guard let name = item["name"]?.text, !name.isEmpty else {
                return "the upstream sent a tool call without a name"
            }
            kind = .call
            open = .call
            let id = item["call_id"]?.text ?? item["id"]?.text ?? StableID.text("call_", seed, salt: index + 1)
            let isCustom = type.equals("custom_tool_call")
            events.append(
                .blockStart(choice: 0, .toolCall(id: id, name: context.clientName(of: name), isCustom: isCustom)))
        } else {
            kind = .foreign
        }
        return nil
    }

    // MARK: Deltas

    /// - Returns: what makes the stream unusable, if anything does.
    mutating func take(
        _ delta: Delta, _ fields: OpenAIResponsesEventFields, into events: inout [StreamEvent]
    ) -> String? {
        let text = fields.text ?? .empty
        switch delta {
        case .text, .textDone, .annotation, .refusal, .refusalDone:
            if kind == .unknown { kind = .message }
            guard kind == .message else { return misplaced }
            takeContent(delta, fields, into: &events)
        case .summary, .summaryDone, .thought, .thoughtDone:
            if kind == .unknown { kind = .reasoning }
            guard kind == .reasoning else { return misplaced }
            let isWhole = delta == .summaryDone || delta == .thoughtDone
            think(
                text, part: fields.partIndex, isSummary: delta == .summary || delta == .summaryDone, isWhole: isWhole,
                into: &events)
        case .arguments, .input:
            guard kind == .call else { return misplaced }
            guard !text.isEmpty else { return nil }
            hasArguments = true
            events.append(.arguments(choice: 0, text))
        case .argumentsDone, .inputDone:
            guard kind == .call else { return misplaced }
            complete(arguments: text, into: &events)
        }
        return nil
    }

    private var misplaced: String? {
        // Deltas of items only their origin understands have no place elsewhere.
        kind == .foreign ? nil : "the upstream sent a delta that does not belong to its item"
    }

    private mutating func takeContent(
        _ delta: Delta, _ fields: OpenAIResponsesEventFields, into events: inout [StreamEvent]
    ) {
        let part = fields.partIndex
        let text = fields.text ?? .empty
        switch delta {
        case .text, .textDone:
            if delta == .textDone, isTold(part) { return }
            guard !text.isEmpty else { return }
            enter(.text, part: part, into: &events)
            events.append(.text(choice: 0, text))
            if let logprobs = fields.logprobs.flatMap({ OpenAIResponsesLogprobs.decode([$0]) }) {
                events.append(.logprobs(choice: 0, logprobs))
            }
        case .annotation:
            guard let annotation = fields.annotation else { return }
            enter(.text, part: part, into: &events)
            hasCitations = true
            events.append(.citation(choice: 0, OpenAIResponsesAnnotations.decode(annotation)))
        default:
            if delta == .refusalDone, isTold(part) { return }
            guard !text.isEmpty else { return }
            enter(.refusal, part: part, into: &events)
            hasRefusal = true
            events.append(.refusal(choice: 0, text))
        }
    }

    private func isTold(_ part: Int) -> Bool { part < toldParts }

    /// Opens the block of a content part, if another one or none is open.
    private mutating func enter(_ wanted: Open, part: Int, into events: inout [StreamEvent]) {
        guard open != wanted || self.part != part else { return }
        closeBlock(into: &events)
        open = wanted
        self.part = part
        toldParts = max(toldParts, part + 1)
        hasCitations = false
        events.append(.blockStart(choice: 0, wanted == .refusal ? .refusal : .text))
    }

    private mutating func think(
        _ text: JSONText, part: Int, isSummary: Bool, isWhole: Bool, into events: inout [StreamEvent]
    ) {
        if hasThoughts, isSummary != self.isSummary { return }
        if isWhole, isTold(part) { return }
        guard !text.isEmpty else { return }
        if open != .reasoning {
            open = .reasoning
            events.append(.blockStart(choice: 0, .reasoning))
        }
        if hasThoughts, part != self.part { events.append(.reasoning(choice: 0, OpenAIResponsesReasoning.separator)) }
        hasThoughts = true
        self.isSummary = isSummary
        self.part = part
        toldParts = max(toldParts, part + 1)
        events.append(.reasoning(choice: 0, text))
    }

    private mutating func complete(arguments: JSONText, into events: inout [StreamEvent]) {
        guard !hasArguments, !arguments.isEmpty else { return }
        hasArguments = true
        events.append(.arguments(choice: 0, arguments))
    }

    // MARK: End

    /// Takes what was not told yet from the whole item, and ends it.
    /// - Returns: what makes the stream unusable, if anything does.
    mutating func complete(
        _ item: JSONValue, seed: ArraySlice<UInt8>, context: TranslationContext, into events: inout [StreamEvent]
    ) -> String? {
        if let problem = begin(item, seed: seed, context: context, into: &events) { return problem }
        switch kind {
        case .message: completeMessage(item, into: &events)
        case .reasoning: completeReasoning(item, context: context, into: &events)
        case .call:
            if let value = item.present("arguments") ?? item.present("input") {
                complete(arguments: value.text ?? JSONText(escaping: value.raw), into: &events)
            }
        case .foreign, .unknown:
            if let call = OpenAIResponsesHostedCalls.decode(item) {
                events.append(.hostedCall(choice: 0, call))
                break
            }
            var unknown = UnknownPart(type: item["type"]?.text ?? .empty, origin: .openAIResponses, raw: item)
            unknown.isItem = true
            events.append(.blockStart(choice: 0, .unknown(unknown)))
            events.append(.blockEnd(choice: 0))
        }
        close(into: &events)
        return nil
    }

    private mutating func completeMessage(_ item: JSONValue, into events: inout [StreamEvent]) {
        guard let content = item.present("content") else { return }
        for (index, part) in content.elements.enumerated() {
            let citations = part.present("annotations").map { Array($0.elements) } ?? []
            if !isTold(index) {
                if let text = part["text"]?.text, !text.isEmpty {
                    enter(.text, part: index, into: &events)
                    events.append(.text(choice: 0, text))
                } else if let refusal = part["refusal"]?.text, !refusal.isEmpty {
                    enter(.refusal, part: index, into: &events)
                    hasRefusal = true
                    events.append(.refusal(choice: 0, refusal))
                }
            }
            guard open == .text, self.part == index, !hasCitations else { continue }
            for citation in citations {
                hasCitations = true
                events.append(.citation(choice: 0, OpenAIResponsesAnnotations.decode(citation)))
            }
        }
    }

    private mutating func completeReasoning(
        _ item: JSONValue, context: TranslationContext, into events: inout [StreamEvent]
    ) {
        if !hasThoughts {
            think(OpenAIResponsesReasoning.text(of: item), part: 0, isSummary: true, isWhole: true, into: &events)
        }
        guard let state = OpenAIResponsesReasoning.state(of: item, context: context) else { return }
        if open != .reasoning {
            open = .reasoning
            events.append(.blockStart(choice: 0, .reasoning))
        }
        events.append(.state(choice: 0, state))
    }

    mutating func close(into events: inout [StreamEvent]) {
        closeBlock(into: &events)
        isDone = true
    }

    private mutating func closeBlock(into events: inout [StreamEvent]) {
        guard open != .nothing else { return }
        open = .nothing
        events.append(.blockEnd(choice: 0))
    }
}
