import OmniJSON

/// Puts stream events together into one complete answer.
///
/// Every block becomes one part, in the order the blocks began; what a block's pieces hold is copied, so that none of
/// them keeps alive the event it came in.
struct ResponseAccumulator: Sendable {
    private var response = CanonicalResponse()
    private var choices: [Choice] = []
    /// What is kept, in bytes; a little more than the answer's own size.
    private(set) var byteCount = 0

    fileprivate struct Choice: Sendable {
        var whole = CanonicalResponse.Choice()
        var open: StreamEvent.Block?
        /// The words, or the arguments, of the open block in escaped form.
        var text: [UInt8] = []
        /// The open block's citations with commas between them.
        var citations: [UInt8] = []
        /// The last text's citations that came behind it, likewise.
        var lateCitations: [UInt8] = []
        var state: OpaqueState?
        fileprivate var logprobs = LogprobsAccumulator()
    }

    /// Takes in one event; `end` and `error` say nothing of the answer itself.
    mutating func add(_ event: StreamEvent) {
        switch event {
        case .start(let id, let model, let created):
            response.id = id?.detached
            response.model = model?.detached
            response.created = created
        case .blockStart(let choice, let block):
            let slot = slot(of: choice)
            choices[slot].close()
            choices[slot].open = block.detached
            byteCount += block.byteCount
        case .text(let choice, let text), .reasoning(let choice, let text), .refusal(let choice, let text),
            .arguments(let choice, let text):
            choices[slot(of: choice)].text += text.escaped
            byteCount += text.escaped.count
        case .state(let choice, let state): take(state, at: slot(of: choice))
        case .citation(let choice, let citation):
            choices[slot(of: choice)].add(citation)
            byteCount += citation.raw.count
        case .blockEnd(let choice): choices[slot(of: choice)].close()
        case .hostedCall(let choice, let call):
            let slot = slot(of: choice)
            choices[slot].close()
            choices[slot].whole.parts.append(.hostedCall(call))
            byteCount += call.pieces.reduce(MemoryLayout<HostedCall>.stride) { $0 + $1.raw.documentBytes.count }
        case .logprobs(let choice, let logprobs):
            choices[slot(of: choice)].logprobs.add(logprobs)
            byteCount += logprobs.raw.count
        case .finish(let choice, let finish):
            choices[slot(of: choice)].whole.finish = finish
            byteCount += finish.details?.documentBytes.count ?? 0
        case .usage(let usage): response.usage = usage
        case .serviceTier(let tier): response.serviceTier = tier.detached
        case .systemFingerprint(let fingerprint): response.systemFingerprint = fingerprint.detached
        case .ping, .end, .error: break
        }
    }

    /// The answer as of the events so far; choices in the order of their indexes.
    var wholeResponse: CanonicalResponse {
        var response = response
        response.choices = choices.map { choice in
            var choice = choice
            choice.close()
            choice.citeLastText()
            choice.whole.logprobs = choice.logprobs.value
            return choice.whole
        }
        response.choices.sort { $0.index < $1.index }
        return response
    }

    /// A part carries one state; a second one gets a part of its own.
    private mutating func take(_ state: OpaqueState, at slot: Int) {
        if choices[slot].state != nil {
            choices[slot].close()
            choices[slot].open = .reasoning
        }
        var state = state
        state.payload = state.payload.detached
        state.itemID = state.itemID?.detached
        choices[slot].state = state
        byteCount += state.payload.escaped.count + MemoryLayout<OpaqueState>.stride
    }

    /// Where a choice is; made on first sight.
    private mutating func slot(of index: Int) -> Int {
        if let slot = choices.firstIndex(where: { $0.whole.index == index }) { return slot }
        var choice = Choice()
        choice.whole.index = index
        choices.append(choice)
        return choices.count - 1
    }
}

extension ResponseAccumulator.Choice {
    /// Makes the open block, if there is one, a part of the answer.
    fileprivate mutating func close() {
        guard let block = open else { return }
        let text = JSONText(escaped: self.text[...])
        switch block {
        case .text: whole.parts.append(.text(TextPart(text, citations: Self.list(of: citations))))
        case .reasoning: whole.parts.append(.reasoning(ReasoningPart(text: text, state: state)))
        case .refusal: whole.parts.append(.refusal(text))
        case .toolCall(let id, let name, let isCustom):
            whole.parts.append(
                .toolCall(ToolCall(id: id, name: name, arguments: .string(text), isCustom: isCustom)))
        case .unknown(let part): whole.parts.append(.unknown(part))
        }
        open = nil
        self.text = []
        citations = []
        state = nil
    }

    fileprivate mutating func add(_ citation: JSONValue) {
        if case .text = open {
            if !citations.isEmpty { citations.append(UInt8(ascii: ",")) }
            citations += citation.raw
        } else {
            if !lateCitations.isEmpty { lateCitations.append(UInt8(ascii: ",")) }
            lateCitations += citation.raw
        }
    }

    /// Gives the last text the citations that came behind it.
    fileprivate mutating func citeLastText() {
        guard !lateCitations.isEmpty,
            let position = whole.parts.lastIndex(where: { if case .text = $0 { true } else { false } }),
            case .text(var text) = whole.parts[position]
        else { return }
        var all: [UInt8] = []
        for citation in text.citations?.elements.map(\.raw) ?? [] {
            all += citation
            all.append(UInt8(ascii: ","))
        }
        text.citations = Self.list(of: all + lateCitations)
        whole.parts[position] = .text(text)
    }

    private static func list(of citations: [UInt8]) -> JSONValue? {
        guard !citations.isEmpty else { return nil }
        return try? JSONValue(parsing: Array("[".utf8) + citations + Array("]".utf8))  // Of values that were parsed.
    }
}

/// Log probabilities that come in pieces: lists follow one another, of anything else the last counts.
private struct LogprobsAccumulator: Sendable {
    private struct Field: Sendable {
        let name: JSONText
        /// A list's elements with commas between them, or a whole value.
        var content: [UInt8] = []
        var isList = false
    }

    /// OpenAI has two; the bound keeps hostile names from costing time.
    private static let limit = 16
    private var fields: [Field] = []

    mutating func add(_ logprobs: JSONValue) {
        for member in logprobs.members {
            var position = fields.firstIndex { $0.name == member.name }
            if position == nil, fields.count < Self.limit {
                fields.append(Field(name: member.name.detached))
                position = fields.count - 1
            }
            guard let position else { continue }
            if member.value.kind == .array {
                if !fields[position].isList { fields[position].content = [] }
                fields[position].isList = true
                for element in member.value.elements {
                    if !fields[position].content.isEmpty { fields[position].content.append(UInt8(ascii: ",")) }
                    fields[position].content += element.raw
                }
            } else if !member.value.isNull, !fields[position].isList {
                fields[position].content = Array(member.value.raw)
            }
        }
    }

    /// Nil when no piece came.
    var value: JSONValue? {
        guard !fields.isEmpty else { return nil }
        var writer = JSONWriter()
        writer.beginObject()
        for field in fields {
            writer.key(field.name)
            if field.isList {
                writer.raw((Array("[".utf8) + field.content + Array("]".utf8))[...])
            } else if field.content.isEmpty {
                writer.null()
            } else {
                writer.raw(field.content[...])
            }
        }
        writer.endObject()
        return try? JSONValue(parsing: writer.bytes)  // Made of values that were parsed before, so it parses.
    }
}

extension StreamEvent.Block {
    /// What a part costs, and what its block keeps alive.
    fileprivate var byteCount: Int {
        let size = MemoryLayout<Part>.stride
        return switch self {
        case .text, .reasoning, .refusal: size
        case .toolCall(let id, let name, _): size + id.escaped.count + name.escaped.count
        case .unknown(let part): size + part.raw.documentBytes.count
        }
    }

    fileprivate var detached: StreamEvent.Block {
        guard case .toolCall(let id, let name, let isCustom) = self else { return self }
        return .toolCall(id: id.detached, name: name.detached, isCustom: isCustom)
    }
}

extension JSONText {
    /// The same text in memory of its own.
    fileprivate var detached: JSONText { JSONText(escaped: Array(escaped)[...]) }
}
