import OmniJSON

/// One turn of a dialect that knows two speakers only.
struct Turn {
    enum Speaker { case user, assistant }

    var speaker: Speaker
    var parts: [Part]
}

/// Brings messages into the order Anthropic demands: two speakers in turn, each tool result right after its call.
struct TurnNormalizer {
    /// Instructions that stand before the first turn.
    private(set) var system: [TextPart] = []
    private(set) var turns: [Turn] = []
    private(set) var report = TranslationReport()

    init(_ request: CanonicalRequest, capabilities: ModelCapabilities) {
        split(request.messages)
        if turns.isEmpty, !system.isEmpty {
            // A conversation of instructions only still needs somebody to answer.
            turns = [Turn(speaker: .user, parts: system.map { .text($0) })]
            system = []
        }
        pairToolCalls()
        dropEmptyText()
        if turns.first?.speaker == .assistant {
            turns.insert(Turn(speaker: .user, parts: [.text(TextPart("(continue)"))]), at: 0)
        }
        endWithUser(capabilities)
    }

    /// Leading instructions go to the system field; later ones stay where they are, as marked user text.
    private mutating func split(_ messages: [Message]) {
        var isLeading = true
        for message in messages {
            switch message.role {
            case .system, .developer:
                let texts = message.parts.compactMap { part -> TextPart? in
                    if case .text(let text) = part { text } else { nil }
                }
                if isLeading {
                    system += texts.filter { !$0.text.isBlank }
                } else {
                    for text in texts where !text.text.isBlank {
                        append(
                            .text(TextPart("<system-reminder>\n" + text.text + "\n</system-reminder>")), to: .user)
                    }
                }
            case .user, .tool:
                isLeading = false
                for part in message.parts { append(part, to: .user) }
            case .assistant:
                isLeading = false
                if message.parts.isEmpty { continue }
                for part in message.parts { append(part, to: .assistant) }
            }
        }
    }

    private mutating func append(_ part: Part, to speaker: Turn.Speaker) {
        if turns.last?.speaker == speaker {
            turns[turns.count - 1].parts.append(part)
        } else {
            turns.append(Turn(speaker: speaker, parts: [part]))
        }
    }

    /// Puts every result into the turn after its call, first and in the order of the calls; what is missing is made up,
    /// what belongs to no call becomes text.
    private mutating func pairToolCalls() {
        var index = 0
        while index < turns.count {
            let calls = turns[index].parts.compactMap { part -> ToolCall? in
                if case .toolCall(let call) = part { call } else { nil }
            }
            if turns[index].speaker == .assistant, !calls.isEmpty {
                if index + 1 == turns.count { turns.append(Turn(speaker: .user, parts: [])) }
                arrange(turnAt: index + 1, answering: calls)
                index += 2
            } else {
                if turns[index].speaker == .user { arrange(turnAt: index, answering: []) }
                index += 1
            }
        }
        turns.removeAll { $0.parts.isEmpty }
    }

    private mutating func arrange(turnAt index: Int, answering calls: [ToolCall]) {
        var results: [JSONText: ToolResult] = [:]
        var rest: [Part] = []
        for part in turns[index].parts {
            guard case .toolResult(let result) = part else {
                rest.append(part)
                continue
            }
            if results[result.callID] == nil, calls.contains(where: { $0.id == result.callID }) {
                results[result.callID] = result
            } else if !result.content.isEmpty {
                rest.append(.text(TextPart("Tool result (" + result.callID + "):")))
                rest += result.content
            }
        }
        let answers = calls.map { call in
            results[call.id]
                ?? ToolResult(
                    callID: call.id, content: [.text(TextPart("No result: the call was interrupted."))], isError: true)
        }
        turns[index].parts = answers.map { .toolResult($0) } + rest
    }

    private mutating func dropEmptyText() {
        for index in turns.indices {
            turns[index].parts.removeAll { part in
                if case .text(let text) = part { text.text.isBlank } else { false }
            }
        }
        turns.removeAll { $0.parts.isEmpty }
    }

    /// A conversation that ends with the assistant asks for a continuation, which newer models refuse in that form.
    private mutating func endWithUser(_ capabilities: ModelCapabilities) {
        guard let last = turns.last, last.speaker == .assistant else { return }
        if capabilities.allowsAssistantPrefill {
            guard case .text(var text) = last.parts.last else { return }
            text.text = text.text.trimmingTrailingSpace
            turns[turns.count - 1].parts[last.parts.count - 1] = .text(text)
        } else {
            report.add("assistant_prefill")
            turns.append(
                Turn(speaker: .user, parts: [.text(TextPart("Continue from exactly where you stopped."))]))
        }
    }
}

extension JSONText {
    /// Without white space at the end, also where it is written as an escape.
    var trimmingTrailingSpace: JSONText {
        var bytes = escaped
        while let last = bytes.last {
            if last == 0x20 {
                bytes.removeLast()
            } else if bytes.count >= 2, bytes[bytes.endIndex - 2] == UInt8(ascii: "\\"),
                [UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t")].contains(last),
                bytes.dropLast(2).last != UInt8(ascii: "\\")
            {
                bytes.removeLast(2)
            } else {
                break
            }
        }
        return JSONText(escaped: bytes)
    }
}
