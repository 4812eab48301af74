import OmniJSON

extension OpenAIResponsesRequestEncoder {
    /// Instructions before the first turn, as the field that holds them.
    /// - Returns: how many messages were written; none where parts of them must be marked for the cache, or where they
    ///   are all there is to answer.
    mutating func writeInstructions() -> Int {
        let leading = request.messages.prefix { $0.role == .system || $0.role == .developer }
        var texts: [TextPart] = []
        for message in leading { texts += self.texts(of: message) }
        let isMarked = capabilities.supportsCacheBreakpoints && texts.contains { $0.cacheBreakpoint != nil }
        guard !isMarked, !texts.isEmpty, leading.count < request.messages.count || isStateful else { return 0 }
        writer.key("instructions")
        writer.value(joining: joined(texts.map(\.text)))
        return leading.count
    }

    /// Whether earlier turns are kept by the provider, so that this request is not all of the conversation.
    private var isStateful: Bool {
        isOwn
            && request.vendorFields.contains {
                $0.name.equals("previous_response_id") || $0.name.equals("conversation") || $0.name.equals("prompt")
            }
    }

    mutating func writeInput(after count: Int) throws(TranslationError) {
        guard count < request.messages.count || !isStateful else { return }
        writer.key("input")
        writer.beginArray()
        let start = writer.bytes.count
        let messages = Array(request.messages[count...])
        // What the provider keeps may hold the calls that are answered here.
        for message in isStateful ? messages : messages.withAnsweredCalls { try write(message) }
        // OpenAI answers a conversation of blanks; Anthropic's own clients are told what their API would tell them.
        if writer.bytes.count == start, !messages.isEmpty, request.origin != .anthropicMessages {
            try writeMessage("user", [.text(TextPart("(continue)"))])
        }
        guard writer.bytes.count > start else {
            throw TranslationError(.invalid, "holds nothing that could be answered", at: "messages")
        }
        writer.endArray()
    }

    private mutating func write(_ message: Message) throws(TranslationError) {
        switch message.role {
        case .system, .developer:
            let texts = self.texts(of: message)
            guard !texts.isEmpty else { return }
            let isSystem = isOwn && message.role == .system
            try writeMessage(isSystem ? "system" : "developer", texts.map { .text($0) })
        case .user: try writeUser(message.parts)
        case .assistant: try writeAssistant(message)
        case .tool:
            for part in message.parts {
                if case .toolResult(let result) = part { try write(result) }
            }
        }
    }

    private mutating func texts(of message: Message) -> [TextPart] {
        var texts: [TextPart] = []
        for part in message.parts {
            guard case .text(var text) = part else {
                report.add("messages.system")
                continue
            }
            if request.origin == .anthropicMessages { text.text = text.text.withoutBillingLine }
            if !text.text.isBlank { texts.append(text) }
        }
        return texts
    }

    private mutating func writeUser(_ parts: [Part]) throws(TranslationError) {
        var content: [Part] = []
        for part in parts where isOwn || !part.isBlankText {
            guard case .unknown(let unknown) = part, unknown.isItem else {
                content.append(part)
                continue
            }
            if !content.isEmpty { try writeMessage("user", content) }
            content = []
            writer.value(unknown.raw)
        }
        if !content.isEmpty { try writeMessage("user", content) }
    }

    private mutating func writeMessage(_ role: StaticString, _ content: [Part]) throws(TranslationError) {
        writer.beginObject()
        writer.key("type")
        writer.value("message")
        writer.key("role")
        writer.value(role)
        writer.key("content")
        writer.beginArray()
        for part in content { try writePart(part) }
        writer.endArray()
        writer.endObject()
    }

    // MARK: The model's turn

    private mutating func writeAssistant(_ message: Message) throws(TranslationError) {
        /// What goes into one message item: text and refusals of one phase.
        var content: [Part] = []
        // A thought is refused without the item it led to, so it waits for one.
        var thoughts: [ReasoningPart] = []
        for part in message.parts {
            switch part {
            case .text, .refusal:
                if part.words?.isBlank ?? true { continue }
                if let first = content.first, first.phase != part.phase { writeAnswer(&content, after: &thoughts) }
                content.append(part)
            case .reasoning(let reasoning):
                writeAnswer(&content, after: &thoughts)
                if canReplay(reasoning.state) {
                    thoughts.append(reasoning)
                } else {
                    report.add("reasoning_content", "foreign")
                }
            case .toolCall(let call):
                writeAnswer(&content, after: &thoughts)
                if let state = call.state, canReplay(state) {
                    thoughts.append(ReasoningPart(text: .empty, state: state))
                }
                writeThoughts(&thoughts)
                write(call)
            case .hostedCall(let call):
                guard canReplay(call) else {
                    report.addPieces(of: call, at: "messages.")
                    continue
                }
                writeAnswer(&content, after: &thoughts)
                writeThoughts(&thoughts)
                write(call)
            case .unknown(let unknown):
                guard unknown.isItem, unknown.origin == .openAIResponses else {
                    report.add("messages.\(unknown.type.string)")
                    continue
                }
                writeAnswer(&content, after: &thoughts)
                writeThoughts(&thoughts)
                writer.value(unknown.raw)
            case .media, .toolResult: report.add("messages.media")
            }
        }
        writeAnswer(&content, after: &thoughts)
        if !thoughts.isEmpty { report.add("reasoning_content", "unpaired") }
    }

    /// Only the provider that made a ciphertext can read it, and it refuses the request over any other.
    private func canReplay(_ state: OpaqueState?) -> Bool {
        guard let state, state.origin == .openAIResponses, !state.payload.isEmpty else { return false }
        return (state.provider == nil || state.provider == context.provider)
            && !OpaqueStateEnvelope.isEnvelope(state.payload)
    }

    private mutating func writeThoughts(_ thoughts: inout [ReasoningPart]) {
        for thought in thoughts {
            writer.beginObject()
            writer.key("type")
            writer.value("reasoning")
            if let id = thought.state?.itemID {
                writer.key("id")
                writer.value(id)
            }
            writer.key("summary")
            writer.beginArray()
            if !thought.text.isEmpty {
                writer.beginObject()
                writer.key("type")
                writer.value("summary_text")
                writer.key("text")
                writer.value(thought.text)
                writer.endObject()
            }
            writer.endArray()
            if let state = thought.state {
                writer.key("encrypted_content")
                writer.value(state.payload)
            }
            writer.endObject()
        }
        thoughts = []
    }

    private mutating func writeAnswer(_ content: inout [Part], after thoughts: inout [ReasoningPart]) {
        guard !content.isEmpty else { return }
        writeThoughts(&thoughts)
        writer.beginObject()
        writer.key("type")
        writer.value("message")
        writer.key("role")
        writer.value("assistant")
        if content.allSatisfy(\.isText) {
            writer.key("content")
            writer.value(joining: content.compactMap(\.words))
        } else {
            writeRefusal(content)
        }
        if let phase = content.first?.phase {
            writer.key("phase")
            writer.value(phase)
        }
        writer.endObject()
        content = []
    }

    /// Only a message in the form of an answer can hold a refusal, and that form demands an id.
    private mutating func writeRefusal(_ content: [Part]) {
        writer.key("id")
        writer.value(StableID.text("msg_", content.compactMap(\.words).flatMap(\.escaped)))
        writer.key("status")
        writer.value("completed")
        writer.key("content")
        writer.beginArray()
        for part in content {
            guard let words = part.words else { continue }
            writer.beginObject()
            writer.key("type")
            writer.value(part.isText ? "output_text" : "refusal")
            writer.key(part.isText ? "text" : "refusal")
            writer.value(words)
            if part.isText {
                writer.key("annotations")
                writer.beginArray()
                writer.endArray()
            }
            writer.endObject()
        }
        writer.endArray()
    }

    private mutating func write(_ call: ToolCall) {
        writer.beginObject()
        writer.key("type")
        writer.value(call.isCustom ? "custom_tool_call" : "function_call")
        writer.key("call_id")
        writer.value(callID(call.id))
        writer.key("name")
        writer.value(names.sentName(call.name))
        if let space = call.namespace {
            writer.key("namespace")
            writer.value(space)
        }
        if call.isCustom { customCalls.insert(call.id) }
        writer.key(call.isCustom ? "input" : "arguments")
        let arguments = call.arguments.string
        writer.value(arguments.isBlank && !call.isCustom ? "{}" : arguments)
        writer.endObject()
    }

    private func callID(_ id: JSONText) -> JSONText { StableHash.callID(id, maximum: 64, allowsPunctuation: true) }

    // MARK: Tool results

    private mutating func write(_ result: ToolResult) throws(TranslationError) {
        writer.beginObject()
        writer.key("type")
        writer.value(customCalls.contains(result.callID) ? "custom_tool_call_output" : "function_call_output")
        writer.key("call_id")
        writer.value(callID(result.callID))
        writer.key("output")
        var parts = result.content
        // No dialect but Anthropic's has a flag for it.
        if result.isError {
            if case .text(var text) = parts.first {
                text.text = "Error: " + text.text
                parts[0] = .text(text)
            } else {
                parts.insert(.text(TextPart("Error: ")), at: 0)
            }
        }
        if parts.allSatisfy(\.isText) {
            writer.value(joining: joined(parts.compactMap(\.words)))
        } else {
            writer.beginArray()
            for part in parts where !part.isBlankText { try writePart(part.unmarked) }
            writer.endArray()
        }
        writer.endObject()
    }

    func joined(_ texts: [JSONText]) -> [JSONText] {
        var pieces: [JSONText] = []
        for text in texts {
            if !pieces.isEmpty { pieces.append("\n\n") }
            pieces.append(text)
        }
        return pieces
    }
}

extension Part {
    fileprivate var isText: Bool { if case .text = self { true } else { false } }

    /// What a text or a refusal says.
    fileprivate var words: JSONText? {
        switch self {
        case .text(let text): text.text
        case .refusal(let text): text
        case .media, .reasoning, .toolCall, .toolResult, .hostedCall, .unknown: nil
        }
    }

    /// Without its cache breakpoint, which outputs of tools cannot have.
    fileprivate var unmarked: Part {
        switch self {
        case .text(var text):
            text.cacheBreakpoint = nil
            return .text(text)
        case .media(var media):
            media.cacheBreakpoint = nil
            return .media(media)
        case .refusal, .reasoning, .toolCall, .toolResult, .hostedCall, .unknown: return self
        }
    }

    fileprivate var phase: JSONText? { if case .text(let text) = self { text.phase } else { nil } }
}
