import OmniJSON

extension OpenAIChatRequestEncoder {
    /// Messages in order. Tool results follow their calls; pictures among them come in a user message after the last.
    mutating func writeMessages() throws(TranslationError) {
        var unanswered: [JSONText] = []
        for message in request.messages {
            if message.role != .tool { writeMissingResults(&unanswered) }
            switch message.role {
            case .system, .developer: writeInstructions(message)
            case .user: try writeUser(message.parts, name: message.name)
            case .assistant:
                try writeAssistant(message)
                unanswered = message.parts.compactMap { part in
                    if case .toolCall(let call) = part { call.id } else { nil }
                }
            case .tool: try writeResults(message.parts, unanswered: &unanswered)
            }
        }
        writeMissingResults(&unanswered)
    }

    /// Every call must be answered before anybody else speaks.
    private mutating func writeMissingResults(_ unanswered: inout [JSONText]) {
        for id in unanswered { writeResult(id, text: ["No result: the call was interrupted."]) }
        unanswered = []
    }

    private func callID(_ id: JSONText) -> JSONText {
        StableHash.callID(
            id, maximum: 40, allowsPunctuation: true, nineCharacters: context.capabilities.usesNineCharacterCallIDs)
    }

    private mutating func writeInstructions(_ message: Message) {
        let texts = message.parts.compactMap { part -> JSONText? in
            guard case .text(let text) = part, !text.text.isBlank else { return nil }
            // A line of the client's own accounting that changes with every request and would break prompt caches.
            return text.text.escaped.starts(with: "x-anthropic-billing-header".utf8) ? nil : text.text
        }
        guard !texts.isEmpty else { return }
        writer.beginObject()
        writer.key("role")
        let isDeveloper = context.capabilities.isOpenAIReasoning && context.capabilities.allowsDeveloperRole
        writer.value(isDeveloper ? "developer" : "system")
        writer.key("content")
        writer.value(joining: joined(texts))
        writer.endObject()
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
        let kept = parts.filter { part in
            if case .text(let text) = part { !text.text.isEmpty } else { true }
        }
        guard !kept.isEmpty else { return }
        writer.beginObject()
        writer.key("role")
        writer.value("user")
        if let name {
            writer.key("name")
            writer.value(name)
        }
        writer.key("content")
        if kept.count == 1, case .text(let text) = kept[0] {
            writer.value(text.text)
        } else {
            writer.beginArray()
            for part in kept { try writePart(part) }
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
            case .text(let text): if !text.text.isEmpty { texts.append(text.text) }
            case .refusal(let text): refusal = text
            case .toolCall(let call): calls.append(call)
            case .reasoning(let reasoning): if !reasoning.text.isEmpty { thoughts.append(reasoning.text) }
            case .unknown(let unknown): report.add("messages.\(unknown.type.string)")
            case .media, .toolResult: report.add("messages.media")
            }
        }
        guard !texts.isEmpty || refusal != nil || !calls.isEmpty else { return }
        writer.beginObject()
        writer.key("role")
        writer.value("assistant")
        writer.key("content")
        if texts.isEmpty { writer.null() } else { writer.value(joining: texts) }
        if let refusal {
            writer.key("refusal")
            writer.value(refusal)
        }
        if !thoughts.isEmpty {
            if context.capabilities.replaysReasoningContent {
                writer.key("reasoning_content")
                writer.value(joining: joined(thoughts))
            } else {
                report.add("thinking", "foreign")
            }
        }
        if !calls.isEmpty {
            writer.key("tool_calls")
            writer.beginArray()
            for call in calls { write(call) }
            writer.endArray()
        }
        writer.endObject()
    }

    private mutating func write(_ call: ToolCall) {
        writer.beginObject()
        writer.key("id")
        writer.value(callID(call.id))
        writer.key("type")
        writer.value(call.isCustom ? "custom" : "function")
        writer.key(call.isCustom ? "custom" : "function")
        writer.beginObject()
        writer.key("name")
        writer.value(names.sentName(call.name))
        writer.key(call.isCustom ? "input" : "arguments")
        writer.value(call.arguments.string)
        writer.endObject()
        writer.endObject()
    }

    // MARK: Tool results

    private mutating func writeResults(_ parts: [Part], unanswered: inout [JSONText]) throws(TranslationError) {
        var shown: [Part] = []
        var orphans: [Part] = []
        var results: [ToolResult] = []
        for part in parts { if case .toolResult(let result) = part { results.append(result) } }
        // In the order of the calls, whatever order they came back in.
        results.sort { left, right in
            (unanswered.firstIndex(of: left.callID) ?? .max) < (unanswered.firstIndex(of: right.callID) ?? .max)
        }
        for result in results {
            guard let position = unanswered.firstIndex(of: result.callID) else {
                if !result.content.isEmpty {
                    orphans.append(.text(TextPart("Tool result (" + result.callID + "):")))
                    orphans += result.content
                }
                continue
            }
            unanswered.remove(at: position)
            var texts: [JSONText] = result.isError ? ["Error: "] : []
            for part in result.content {
                switch part {
                case .text(let text): texts.append(text.text)
                case .media(let media):
                    if case .text(let text) = media.source {
                        texts.append(text)
                    } else {
                        texts.append("[the result's file follows in the next user message]")
                        shown.append(part)
                    }
                case .unknown(let unknown): texts.append(JSONText(escaping: unknown.raw.raw))
                case .refusal, .reasoning, .toolCall, .toolResult: continue
                }
            }
            writeResult(result.callID, text: texts)
        }
        guard !shown.isEmpty || !orphans.isEmpty else { return }
        writeMissingResults(&unanswered)
        try writeUser(shown + orphans)
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

    // MARK: Parts

    private mutating func writePart(_ part: Part) throws(TranslationError) {
        switch part {
        case .text(let text): writeTextPart(text.text)
        case .media(let media): try write(media)
        case .unknown(let unknown):
            if unknown.origin == .openAIChat {
                writer.value(unknown.raw)
            } else if unknown.type.equals("search_result") {
                report.add("messages.search_result", "flattened")
                writeTextPart(JSONText(escaping: unknown.raw.raw))
            } else {
                throw TranslationError(
                    .unsupported, "content of type '\(unknown.type.string)' cannot be sent to this model", at: "messages")
            }
        case .refusal(let text): writeTextPart(text)
        case .reasoning, .toolCall, .toolResult: break
        }
    }

    private mutating func writeTextPart(_ text: JSONText) {
        writer.beginObject()
        writer.key("type")
        writer.value("text")
        writer.key("text")
        writer.value(text)
        writer.endObject()
    }

    private mutating func write(_ media: MediaPart) throws(TranslationError) {
        switch (media.kind, media.source) {
        case (.image, .url(let url)): writeImage([url], detail: media.detail)
        case (.image, .base64(let declared, let data)):
            let type = ImageType.mediaType(data, declared: declared) ?? "image/png"
            writeImage(["data:", type, ";base64,", data], detail: media.detail)
        case (.document, .base64(let declared, let data)):
            let type = declared ?? "application/pdf"
            writer.beginObject()
            writer.key("type")
            writer.value("file")
            writer.key("file")
            writer.beginObject()
            writer.key("filename")
            writer.value(media.filename ?? media.title ?? "document.pdf")
            writer.key("file_data")
            writer.value(joining: ["data:", type, ";base64,", data])
            writer.endObject()
            writer.endObject()
        case (.document, .text(let text)):
            if let title = media.title { writeTextPart(title + "\n\n" + text) } else { writeTextPart(text) }
        case (.document, .blocks(let blocks)):
            for block in blocks.elements { if let text = block["text"]?.text { writeTextPart(text) } }
            if let text = blocks.text { writeTextPart(text) }
        case (.audio, .base64(let type, let data)) where request.origin == .openAIChat:
            writer.beginObject()
            writer.key("type")
            writer.value("input_audio")
            writer.key("input_audio")
            writer.beginObject()
            writer.key("data")
            writer.value(data)
            writer.key("format")
            writer.value(JSONText(escaped: type?.escaped.dropFirst("audio/".utf8.count) ?? []))
            writer.endObject()
            writer.endObject()
        case (_, .fileID):
            throw TranslationError(
                .unsupported, "a file id of another provider means nothing to this model", at: "messages")
        case (.document, .url):
            throw TranslationError(
                .unsupported, "this model does not fetch documents; send the file itself", at: "messages")
        default: throw TranslationError(.unsupported, "this model does not take this kind of media", at: "messages")
        }
    }

    private mutating func writeImage(_ url: [JSONText], detail: JSONText?) {
        writer.beginObject()
        writer.key("type")
        writer.value("image_url")
        writer.key("image_url")
        writer.beginObject()
        writer.key("url")
        writer.value(joining: url)
        if let detail {
            writer.key("detail")
            writer.value(detail)
        }
        writer.endObject()
        writer.endObject()
    }
}
