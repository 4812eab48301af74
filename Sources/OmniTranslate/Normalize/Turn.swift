import OmniJSON

/// One turn of a dialect that knows two speakers, and instructions between their turns where the model takes them.
struct Turn {
    enum Speaker { case user, assistant, system }

    var speaker: Speaker
    var parts: [Part]
}

/// Brings messages into the order Anthropic demands: two speakers in turn, each tool result right after its call.
///
/// What stands before the last turn depends on nothing after it, so that prompt caches hold as a conversation grows.
struct TurnNormalizer {
    /// Instructions that stand before the first turn.
    private(set) var system: [TextPart] = []
    private(set) var turns: [Turn] = []
    private(set) var report = TranslationReport()
    private let context: TranslationContext
    private let origin: WireFormat
    private let target: WireFormat
    /// What the request has the provider run: calls of it can stand in the history.
    private let hosted: [HostedTool]
    /// Later instructions whose place is not known yet.
    private var waiting: [TextPart] = []
    private var callCounts: [JSONText: Int] = [:]

    /// - Parameter target: Gemini differs in that its own turns may hold files and unsigned thoughts, and come last.
    init(_ request: borrowing CanonicalRequest, context: TranslationContext, target: WireFormat = .anthropicMessages) {
        self.context = context
        self.target = target
        origin = request.origin
        // What cannot be read is refused when the tools are written.
        hosted = (try? request.hostedTools(among: request.tools)) ?? []
        split(request.messages)
        removeLooseThoughts()
        if turns.isEmpty, !system.isEmpty {
            // A conversation of instructions only still needs somebody to answer.
            turns = [Turn(speaker: .user, parts: system.map { .text($0) })]
            system = []
        }
        pairToolCalls()
        // OpenAI answers a conversation of blanks; Anthropic's own clients are told what their API would tell them.
        let isBlank = turns.isEmpty && origin != .anthropicMessages && !request.messages.isEmpty
        if isBlank || turns.first?.speaker == .assistant {
            turns.insert(Turn(speaker: .user, parts: [.text(TextPart("(continue)"))]), at: 0)
        }
        endWithUser()
    }

    private mutating func split(_ messages: [Message]) {
        var isLeading = true
        for message in messages {
            switch message.role {
            case .system, .developer:
                for part in message.parts {
                    guard case .text(let text) = part else {
                        report.add("messages.system")
                        continue
                    }
                    if text.text.isBlank { continue }
                    if isLeading { system.append(text) } else { instruct(text) }
                }
            case .user:
                isLeading = false
                remindOfWaiting()
                append(message.parts, to: .user)
            case .tool:
                isLeading = false
                append(message.parts, to: .user)
            case .assistant:
                isLeading = false
                placeWaiting()
                let isWhole = target == .gemini && origin == .gemini
                guard !isWhole, message.parts.contains(where: { $0.isMedia }) else {
                    append(message.parts, to: .assistant)
                    continue
                }
                for part in message.parts where !part.isMedia { append(part, to: .assistant) }
                // The model's own turn takes no files; they are shown right after it.
                for part in message.parts where part.isMedia { append(part, to: .user) }
            }
        }
        placeWaiting()
    }

    /// Puts words of the user's before everything, for models that take no instructions.
    mutating func prepend(_ parts: [Part]) {
        if turns.first?.speaker == .user {
            turns[0].parts.insert(contentsOf: parts, at: 0)
        } else {
            turns.insert(Turn(speaker: .user, parts: parts), at: 0)
        }
    }

    // MARK: Later instructions

    private mutating func instruct(_ text: TextPart) {
        if context.capabilities.allowsMidConversationSystem { waiting.append(text) } else { remind(text) }
    }

    /// An instruction may stand only between a user's turn and the assistant's; elsewhere it is told as marked text.
    private mutating func placeWaiting() {
        guard !waiting.isEmpty else { return }
        guard turns.last?.speaker == .user else { return remindOfWaiting() }
        turns.append(Turn(speaker: .system, parts: waiting.map { .text($0) }))
        waiting = []
    }

    private mutating func remindOfWaiting() {
        let texts = waiting
        waiting = []
        for text in texts { remind(text) }
    }

    private mutating func remind(_ text: TextPart) {
        append(.text(Self.reminder(text)), to: .user)
    }

    private static func reminder(_ text: TextPart) -> TextPart {
        TextPart("<system-reminder>\n" + text.text + "\n</system-reminder>", cacheBreakpoint: text.cacheBreakpoint)
    }

    // MARK: Turns

    /// Most turns are taken over as they are: not one of their parts is copied.
    private mutating func append(_ parts: [Part], to speaker: Turn.Speaker) {
        let isNew = turns.indices.last.map { turns[$0].speaker != speaker } ?? true
        guard isNew, !parts.isEmpty, parts.allSatisfy({ $0.isAlwaysKept }) else {
            for part in parts { append(part, to: speaker) }
            return
        }
        turns.append(Turn(speaker: speaker, parts: parts))
    }

    private mutating func append(_ part: Part, to speaker: Turn.Speaker) {
        if speaker == .assistant, case .unknown(let unknown) = part, unknown.isItem {
            // What another provider's own tools left in the model's turn; the words that came of it are there too.
            return report.add("messages.\(unknown.type.string)")
        }
        guard let part = kept(part) else { return }
        if let last = turns.indices.last, turns[last].speaker == speaker {
            turns[last].parts.append(part)
        } else {
            turns.append(Turn(speaker: speaker, parts: [part]))
        }
    }

    /// - Returns: nil for what the API refuses: blank text and thoughts that are not the target's own.
    private mutating func kept(_ part: Part) -> Part? {
        switch part {
        case .text(let text): return text.text.isBlank ? nil : part
        case .refusal(let text): return text.isBlank ? nil : part
        case .reasoning(let reasoning):
            if target == .gemini {
                let isOwnWords = origin == .gemini && reasoning.state == nil
                if isOwnWords || context.canReplaySignature(reasoning.state) { return part }
            } else if context.canReplay(reasoning.state) {
                return part
            }
            report.add("reasoning_content", "foreign")
            return nil
        case .toolResult(var result):
            result.content = result.content.filter { !$0.isBlankText }
            return .toolResult(result)
        case .hostedCall(let call):
            if canReplay(call) { return part }
            report.addPieces(of: call, at: "messages.")
            return nil
        case .media, .toolCall, .unknown: return part
        }
    }

    /// Takes thoughts that led to nothing off the end of turns, where Anthropic refuses them; its own clients are told
    /// what their API would tell them.
    private mutating func removeLooseThoughts() {
        guard target == .anthropicMessages, origin != .anthropicMessages else { return }
        for index in turns.indices where turns[index].speaker == .assistant {
            while turns[index].parts.last?.isReasoning == true {
                turns[index].parts.removeLast()
                report.add("reasoning_content", "unpaired")
            }
        }
    }

    /// Puts every result into the turn after its call, first and in the order of the calls; what is missing is made up,
    /// what belongs to no call becomes text.
    private mutating func pairToolCalls() {
        let isSettled = turns.allSatisfy { turn in !turn.parts.isEmpty && !turn.parts.contains { $0.isPaired } }
        // Most conversations have no tools.
        if isSettled { return }
        var index = 0
        while index < turns.count {
            switch turns[index].speaker {
            case .system: break
            case .user: arrange(turnAt: index, answering: [])
            case .assistant:
                let calls = takeCalls(ofTurnAt: index)
                guard !calls.isEmpty else { break }
                if index + 1 == turns.count { turns.append(Turn(speaker: .user, parts: [])) }
                arrange(turnAt: index + 1, answering: calls)
                index += 1
            }
            index += 1
        }
        removeEmptyTurns()
    }

    /// The calls of a turn; an id used before gets a number, for the API wants every id once.
    private mutating func takeCalls(ofTurnAt index: Int) -> [(asked: JSONText, sent: JSONText)] {
        var calls: [(asked: JSONText, sent: JSONText)] = []
        for position in turns[index].parts.indices {
            guard case .toolCall(var call) = turns[index].parts[position] else { continue }
            let asked = call.id
            let count = callCounts[asked, default: 0]
            callCounts[asked] = count + 1
            if count > 0 {
                call.id = asked + JSONText("_\(count)")
                turns[index].parts[position] = .toolCall(call)
            }
            calls.append((asked, call.id))
        }
        return calls
    }

    private mutating func arrange(turnAt index: Int, answering calls: [(asked: JSONText, sent: JSONText)]) {
        var answers: [ToolResult?] = Array(repeating: nil, count: calls.count)
        var rest: [Part] = []
        for part in turns[index].parts {
            guard case .toolResult(var result) = part else {
                rest.append(part)
                continue
            }
            if let position = calls.indices.first(where: { answers[$0] == nil && calls[$0].asked == result.callID }) {
                result.callID = calls[position].sent
                answers[position] = result
            } else {
                rest += result.asOrphan
            }
        }
        let results = zip(calls, answers).map { call, answer in
            Part.toolResult(answer ?? ToolResult(interrupted: call.sent))
        }
        turns[index].parts = results + rest
    }

    private mutating func removeEmptyTurns() {
        var kept: [Turn] = []
        for turn in turns where !turn.parts.isEmpty {
            if kept.last?.speaker == turn.speaker {
                kept[kept.count - 1].parts += turn.parts
            } else if turn.speaker == .system, kept.last?.speaker != .user {
                // Its user turn held nothing but an empty orphan, so it becomes that turn.
                let reminders = turn.parts.compactMap { part -> Part? in
                    if case .text(let text) = part { .text(Self.reminder(text)) } else { nil }
                }
                kept.append(Turn(speaker: .user, parts: reminders))
            } else {
                kept.append(turn)
            }
        }
        turns = kept
    }

    /// A conversation that ends with the assistant asks for a continuation, which newer models refuse in that form.
    private mutating func endWithUser() {
        guard target != .gemini, let last = turns.last, last.speaker == .assistant else { return }
        // A turn its provider paused in the middle of a call is continued by itself.
        if case .hostedCall(let call) = last.parts.last, call.outcome == nil { return }
        if context.capabilities.allowsAssistantPrefill {
            guard case .text(var text) = last.parts.last else { return }
            text.text = text.text.trimmingTrailingSpace
            turns[turns.count - 1].parts[last.parts.count - 1] = .text(text)
        } else {
            report.add("assistant_prefill", "instructed")
            turns.append(
                Turn(speaker: .user, parts: [.text(TextPart("Continue from exactly where you stopped."))]))
        }
    }
}

extension TurnNormalizer {
    /// Whether a call of a tool its provider ran can stand in the target's history.
    ///
    /// The target's own go back as they were. Of others' only words can: code with what it printed, a server's tool with
    /// what it answered; what a search found is told by signs only its provider knows.
    fileprivate func canReplay(_ call: HostedCall) -> Bool {
        if call.isNative(to: target) { return origin == target }
        guard call.outcome != nil else { return false }
        switch call.action {
        case .search, .open: return false
        case .run(_, let language):
            if target == .gemini { return language == .python }
            return context.provider == "anthropic" && hosted.contains { $0.kind == .codeExecution }
        case .server(let label, _, _):
            guard target != .gemini, context.provider == "anthropic" else { return false }
            return hosted.contains { $0.server?.label == label }
        }
    }
}

extension Part {
    var isMedia: Bool { if case .media = self { true } else { false } }

    var isReasoning: Bool { if case .reasoning = self { true } else { false } }

    var isBlankText: Bool { if case .text(let text) = self { text.text.isBlank } else { false } }

    /// Whether it stands in every history as it is.
    fileprivate var isAlwaysKept: Bool {
        switch self {
        case .text(let text): !text.text.isBlank
        case .refusal(let text): !text.isBlank
        case .media, .toolCall: true
        case .reasoning, .toolResult, .hostedCall, .unknown: false
        }
    }

    /// Whether it is a call, or a result that must stand right after its call.
    var isPaired: Bool {
        switch self {
        case .toolCall, .toolResult: true
        case .text, .refusal, .media, .reasoning, .hostedCall, .unknown: false
        }
    }
}

extension ToolResult {
    /// What stands for the answer a call never got.
    init(interrupted callID: JSONText) {
        self.init(
            callID: callID, content: [.text(TextPart("No result: the call was interrupted."))], isError: true)
    }

    /// The result as a user's words, for dialects that refuse a result without its call; nothing if it says nothing.
    var asOrphan: [Part] {
        let said = content.filter { !$0.isBlankText }
        return said.isEmpty ? [] : [.text(TextPart("Tool result (" + callID + "):"))] + said
    }
}

extension JSONText {
    /// Without white space at the end, also where it is written as an escape.
    var trimmingTrailingSpace: JSONText {
        var bytes = escaped
        while let last = bytes.last {
            if last == 0x20 {
                bytes.removeLast()
                continue
            }
            let isSpaceEscape = last == UInt8(ascii: "n") || last == UInt8(ascii: "r") || last == UInt8(ascii: "t")
            // An even number of backslashes is so many backslashes, and the letter is a letter.
            let backslashes = bytes.dropLast().reversed().prefix { $0 == UInt8(ascii: "\\") }.count
            guard isSpaceEscape, !backslashes.isMultiple(of: 2) else { break }
            bytes.removeLast(2)
        }
        return JSONText(escaped: bytes)
    }
}
