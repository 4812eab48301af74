import OmniJSON

/// What a message holds in this dialect: one string, and pictures beside it.
struct OllamaContent {
    var texts: [JSONText] = []
    /// Base64 without a prefix.
    var images: [JSONText] = []

    var isEmpty: Bool { texts.isEmpty && images.isEmpty }
}

extension OllamaRequestEncoder {
    mutating func writeMessages() throws(TranslationError) {
        let start = writer.bytes.count
        for message in request.messages.withAnsweredCalls {
            switch message.role {
            case .system, .developer: writeInstructions(message)
            case .user: try writeUser(message)
            case .assistant: try writeAssistant(message)
            case .tool: try writeResults(message)
            }
        }
        guard writer.bytes.count > start else {
            throw TranslationError(.invalid, "holds nothing that could be answered", at: "messages")
        }
    }

    private mutating func writeInstructions(_ message: Message) {
        var texts: [JSONText] = []
        for part in message.parts {
            guard case .text(let text) = part else {
                report.add("messages.system")
                continue
            }
            let words = request.origin == .anthropicMessages ? text.text.withoutBillingLine : text.text
            if !words.isBlank { texts.append(words) }
        }
        guard !texts.isEmpty else { return }
        begin("system")
        writer.value(joining: Self.joined(texts, by: "\n\n"))
        writer.endObject()
    }

    /// A user's parts are one message: a message for each would be as many turns to the model.
    private mutating func writeUser(_ message: Message) throws(TranslationError) {
        var content = OllamaContent()
        for part in message.parts where !part.isBlankText { try gather(part, into: &content) }
        guard !content.isEmpty else { return }
        begin("user")
        writer.value(joining: Self.joined(content.texts, by: "\n"))
        writeImages(content.images)
        writer.endObject()
    }

    private mutating func writeAssistant(_ message: Message) throws(TranslationError) {
        var content = OllamaContent()
        var thoughts: [JSONText] = []
        var calls: [ToolCall] = []
        for part in message.parts {
            switch part {
            case .text, .refusal, .media: if !part.isBlankText { try gather(part, into: &content) }
            case .reasoning(let reasoning): if !reasoning.text.isEmpty { thoughts.append(reasoning.text) }
            case .toolCall(let call): calls.append(call)
            case .hostedCall(let call): report.addPieces(of: call, at: "messages.")
            case .unknown(let unknown): report.add("messages.\(unknown.type.string)")
            case .toolResult: break
            }
        }
        guard !content.isEmpty || !calls.isEmpty || !thoughts.isEmpty else { return }
        begin("assistant")
        // The pieces of one answer, not paragraphs.
        writer.value(joining: content.texts)
        if !thoughts.isEmpty {
            writer.key("thinking")
            writer.value(joining: Self.joined(thoughts, by: "\n\n"))
        }
        writeImages(content.images)
        if !calls.isEmpty {
            writer.key("tool_calls")
            writer.beginArray()
            for (index, call) in calls.enumerated() { write(call, index: index) }
            writer.endArray()
        }
        if isOwn {
            for field in message.vendorFields {
                writer.key(field.name)
                writer.value(field.value)
            }
        }
        writer.endObject()
    }

    private mutating func write(_ call: ToolCall, index: Int) {
        writer.beginObject()
        writer.key("id")
        writer.value(call.id)
        writer.key("function")
        writer.beginObject()
        writer.key("index")
        writer.value(index)
        writer.key("name")
        writer.value(call.name)
        writer.key("arguments")
        if call.isCustom {
            writer.beginObject()
            writer.key("input")
            writer.value(call.arguments.string)
            writer.endObject()
        } else {
            let input = call.arguments.object
            if input.isWrapped { report.add("tool_calls.arguments", "wrapped") }
            writer.raw(input.bytes[...])
        }
        writer.endObject()
        writer.endObject()
    }

    private mutating func writeResults(_ message: Message) throws(TranslationError) {
        for part in message.parts {
            guard case .toolResult(let result) = part else { continue }
            var content = OllamaContent()
            for part in result.content { try gather(part, into: &content) }
            begin("tool")
            // No dialect but Anthropic's has a flag for it.
            let prefix: [JSONText] = result.isError ? ["Error: "] : []
            writer.value(joining: prefix + Self.joined(content.texts, by: "\n"))
            if let name = result.name {
                writer.key("tool_name")
                writer.value(name)
            }
            writer.key("tool_call_id")
            writer.value(result.callID)
            writeImages(content.images)
            writer.endObject()
        }
    }

    private mutating func begin(_ role: StaticString) {
        writer.beginObject()
        writer.key("role")
        writer.value(role)
        writer.key("content")
    }

    private mutating func writeImages(_ images: [JSONText]) {
        guard !images.isEmpty else { return }
        writer.key("images")
        writer.beginArray()
        for image in images { writer.value(image) }
        writer.endArray()
    }

    private static func joined(_ texts: [JSONText], by separator: JSONText) -> [JSONText] {
        var pieces: [JSONText] = []
        for text in texts {
            if !pieces.isEmpty { pieces.append(separator) }
            pieces.append(text)
        }
        return pieces
    }

    // MARK: Parts

    private mutating func gather(_ part: Part, into content: inout OllamaContent) throws(TranslationError) {
        switch part {
        case .text(let text): content.texts.append(text.text)
        case .refusal(let text): content.texts.append(text)
        case .media(let media): try gather(media, into: &content)
        case .unknown(let unknown): content.texts.append(try flattened(unknown))
        case .reasoning, .toolCall, .toolResult, .hostedCall: break
        }
    }

    /// A search result's title, source and text; nothing else of another dialect can be said in words.
    private mutating func flattened(_ unknown: UnknownPart) throws(TranslationError) -> JSONText {
        guard let words = unknown.words else {
            throw TranslationError(
                .unsupported, "content of type '\(unknown.type.string)' cannot be sent to this model", at: "messages")
        }
        report.add("messages.\(unknown.type.string)", "flattened")
        return words
    }

    private mutating func gather(_ media: MediaPart, into content: inout OllamaContent) throws(TranslationError) {
        if media.citationsEnabled == true { report.add("messages.citations") }
        for field in media.vendorFields where !field.name.equals("transformations") {
            report.add("messages.\(field.name.string)")
        }
        switch (media.kind, media.source) {
        case (.image, .base64(_, let data)): content.images.append(data)
        case (.image, .url), (.document, .url):
            throw TranslationError(
                .unsupported, "this model fetches nothing from URLs; send the data itself", at: "messages")
        case (.document, .base64):
            guard let text = media.plainText else {
                throw TranslationError(.unsupported, "files must be text for this model", at: "messages")
            }
            content.texts.append(text)
        case (.document, .text): if let text = media.plainText { content.texts.append(text) }
        case (.document, .blocks(let blocks)):
            content.texts += [media.title, media.context].compactMap { $0 }
            if let text = blocks.text { content.texts.append(text) }
            for block in blocks.elements {
                let part = try AnthropicRequestDecoder.part(FieldReader(block, path: "messages"))
                try gather(part, into: &content)
            }
        case (_, .fileID):
            throw TranslationError(
                .unsupported, "a file id of another provider means nothing to this model", at: "messages")
        default: throw TranslationError(.unsupported, "this model does not take this kind of media", at: "messages")
        }
    }
}
