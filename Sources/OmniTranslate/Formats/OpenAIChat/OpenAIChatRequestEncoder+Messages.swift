import OmniJSON

extension OpenAIChatRequestEncoder {
    /// Messages in order; the answers to calls follow them at once, whatever the client put between.
    mutating func writeMessages() throws(TranslationError) {
        let start = writer.bytes.count
        var index = 0
        while index < request.messages.count {
            var message = request.messages[index]
            index += 1
            guard message.role == .assistant, message.parts.contains(where: { $0.isToolCall }) else {
                try write(message)
                continue
            }
            // Parallel calls that came as turns of their own are one turn here.
            while index < request.messages.count, request.messages[index].role == .assistant,
                request.messages[index].parts.contains(where: \.isToolCall)
            {
                message.parts += request.messages[index].parts
                index += 1
            }
            let next = request.messages[index...].firstIndex { $0.role == .assistant } ?? request.messages.count
            try writeAssistant(message)
            try writeAnswers(to: message, among: request.messages[index..<next])
            index = next
        }
        guard writer.bytes.count > start else {
            throw TranslationError(.invalid, "holds nothing that could be answered", at: "messages")
        }
    }

    private mutating func write(_ message: Message) throws(TranslationError) {
        switch message.role {
        case .system, .developer: writeInstructions(message)
        case .user: try writeUser(message.parts, name: message.name)
        case .assistant: try writeAssistant(message)
        case .tool:
            var words: [Part] = []
            for part in message.parts { if case .toolResult(let result) = part { words += result.asOrphan } }
            try writeUser(words)
        }
    }

    private func callID(_ id: JSONText) -> JSONText {
        StableHash.callID(
            id, maximum: 40, allowsPunctuation: true, nineCharacters: capabilities.usesNineCharacterCallIDs)
    }

    private mutating func writeInstructions(_ message: Message) {
        var texts: [TextPart] = []
        for part in message.parts {
            guard case .text(var text) = part else {
                report.add("messages.system")
                continue
            }
            if request.origin == .anthropicMessages { text.text = text.text.withoutBillingLine }
            if !text.text.isBlank { texts.append(text) }
        }
        guard !texts.isEmpty else { return }
        writer.beginObject()
        writer.key("role")
        let isDeveloper = capabilities.isOpenAIReasoning && capabilities.allowsDeveloperRole
        writer.value(isDeveloper ? "developer" : "system")
        writeName(message.name)
        writer.key("content")
        if capabilities.supportsCacheBreakpoints, texts.contains(where: { $0.cacheBreakpoint != nil }) {
            writer.beginArray()
            for text in texts { writeTextPart(text.text, breakpoint: text.cacheBreakpoint) }
            writer.endArray()
        } else {
            writer.value(joining: texts.map(\.text), by: #"\n\n"#)
        }
        writer.endObject()
    }

    /// Other dialects have no names; other providers of this one may not take them, but OpenAI's own clients expect it.
    private mutating func writeName(_ name: JSONText?) {
        guard let name else { return }
        writer.key("name")
        writer.value(name)
    }

    private func joined(_ texts: [JSONText]) -> [JSONText] {
        var pieces: [JSONText] = []
        for text in texts {
            if !pieces.isEmpty { pieces.append("\n\n") }
            pieces.append(text)
        }
        return pieces
    }

    private mutating func writeUser(_ parts: [Part], name: JSONText? = nil) throws(TranslationError) {
        guard let first = parts.firstIndex(where: { !$0.isBlankText }) else { return }
        let isAlone = !parts[(first + 1)...].contains { !$0.isBlankText }
        writer.beginObject()
        writer.key("role")
        writer.value("user")
        writeName(name)
        writer.key("content")
        if isAlone, case .text(let text) = parts[first],
            text.cacheBreakpoint == nil || !capabilities.supportsCacheBreakpoints
        {
            writer.value(text.text)
        } else {
            writer.beginArray()
            for part in parts where !part.isBlankText { try writePart(part) }
            writer.endArray()
        }
        writer.endObject()
    }

    private mutating func writeAssistant(_ message: Message) throws(TranslationError) {
        var texts: [JSONText] = []
        var refusal: JSONText?
        var calls: [ToolCall] = []
        var thoughts: [JSONText] = []
        for part in message.parts {
            switch part {
            case .text(let text): if !text.text.isBlank { texts.append(text.text) }
            case .refusal(let text): if !text.isBlank { refusal = text }
            case .toolCall(let call): calls.append(call)
            case .reasoning(let reasoning): if !reasoning.text.isEmpty { thoughts.append(reasoning.text) }
            case .hostedCall(let call): report.addPieces(of: call, at: "messages.")
            case .unknown(let unknown): report.add("messages.\(unknown.type.string)")
            case .media, .toolResult: report.add("messages.media")
            }
        }
        if !thoughts.isEmpty, !capabilities.replaysReasoningContent {
            report.add("reasoning_content", "foreign")
        }
        if !isOwn, message.parts.contains(where: \.isSilentReasoning) { report.add("reasoning_content", "foreign") }
        guard !texts.isEmpty || refusal != nil || !calls.isEmpty else { return }
        writer.beginObject()
        writer.key("role")
        writer.value("assistant")
        writeName(message.name)
        writer.key("content")
        if texts.isEmpty { writer.null() } else { writer.value(joining: texts) }
        if let refusal {
            writer.key("refusal")
            writer.value(refusal)
        }
        if !thoughts.isEmpty, capabilities.replaysReasoningContent {
            writer.key("reasoning_content")
            writer.value(joining: thoughts, by: #"\n\n"#)
        }
        if !calls.isEmpty {
            writer.key("tool_calls")
            writer.beginArray()
            for call in calls { write(call) }
            writer.endArray()
        }
        for field in message.vendorFields {
            guard isOwn else {
                report.add("messages.\(field.name.string)")
                continue
            }
            writer.key(field.name)
            writer.value(field.value)
        }
        writer.endObject()
    }

    private mutating func write(_ call: ToolCall) {
        writer.beginObject()
        writer.key("id")
        writer.value(callID(call.id))
        writer.key("type")
        let isCustom = call.isCustom && !wrapsCustomTools
        writer.value(isCustom ? "custom" : "function")
        writer.key(isCustom ? "custom" : "function")
        writer.beginObject()
        writer.key("name")
        writer.value(names.sentName(call.name))
        writer.key(isCustom ? "input" : "arguments")
        let arguments = call.arguments.string
        writer.value(call.isCustom && !isCustom ? ToolArguments.wrapping(freeText: arguments) : arguments)
        writer.endObject()
        writer.endObject()
    }

    // MARK: Tool results

    /// Every call is answered before anybody else speaks, in the order of the calls; files among the answers come in a
    /// user message after the last, for a tool may answer in text only.
    private mutating func writeAnswers(
        to message: Message, among following: ArraySlice<Message>
    ) throws(TranslationError) {
        let calls = message.parts.compactMap { part in if case .toolCall(let call) = part { call.id } else { nil } }
        var answers: [ToolResult?] = Array(repeating: nil, count: calls.count)
        var others: [Message] = []
        for var later in following {
            later.parts.removeAll { part in
                guard case .toolResult(let result) = part,
                    let position = calls.indices.first(where: { answers[$0] == nil && calls[$0] == result.callID })
                else { return false }
                answers[position] = result
                return true
            }
            others.append(later)
        }
        var shown: [Part] = []
        for (id, answer) in zip(calls, answers) {
            let result = answer ?? ToolResult(interrupted: id)
            writeResult(id, text: try texts(of: result, showing: &shown))
        }
        try writeUser(shown)
        for other in others { try write(other) }
    }

    private mutating func texts(
        of result: ToolResult, showing shown: inout [Part]
    ) throws(TranslationError) -> [JSONText] {
        var texts: [JSONText] = []
        for part in result.content {
            switch part {
            case .text(let text): texts.append(text.text)
            case .media(let media):
                if let text = media.plainText {
                    reportDetails(of: media)
                    texts.append(text)
                } else {
                    texts.append("[the result's file follows in the next user message]")
                    shown.append(part)
                }
            case .unknown(let unknown):
                texts.append(isOwn ? JSONText(escaping: unknown.raw.raw) : try flattened(unknown))
            case .refusal, .reasoning, .toolCall, .toolResult, .hostedCall: continue
            }
        }
        // No dialect but Anthropic's has a flag for it.
        if result.isError { return ["Error: "] + joined(texts) }
        return joined(texts)
    }

    private mutating func writeResult(_ id: JSONText, text: [JSONText]) {
        writer.beginObject()
        writer.key("role")
        writer.value("tool")
        writer.key("tool_call_id")
        writer.value(callID(id))
        writer.key("content")
        writer.value(joining: text)
        writer.endObject()
    }
}

extension Part {
    fileprivate var isToolCall: Bool { if case .toolCall = self { true } else { false } }

    /// Thoughts of which there is only the token.
    fileprivate var isSilentReasoning: Bool {
        if case .reasoning(let reasoning) = self { reasoning.text.isEmpty && reasoning.state != nil } else { false }
    }
}

extension JSONText {
    /// Without the line of the client's own accounting that Claude Code puts first.
    ///
    /// It changes with every request and
    /// would break prompt caches.
    var withoutBillingLine: JSONText {
        guard escaped.starts(with: "x-anthropic-billing-header".utf8) else { return self }
        let newline = Array(#"\n"#.utf8)
        for index in escaped.indices.dropLast() where escaped[index...].starts(with: newline) {
            return JSONText(escaped: escaped[(index + 2)...])
        }
        return ""
    }
}
