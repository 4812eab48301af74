import OmniJSON

extension OpenAIResponsesRequestDecoder {
    /// What the provider's own tools left in the model's turn; a model elsewhere can do without it.
    private static let hostedCalls: [StaticString] = [
        "web_search_call", "file_search_call", "code_interpreter_call", "image_generation_call", "mcp_list_tools",
        "mcp_call", "mcp_approval_request", "tool_search_call", "tool_search_output",
    ]

    /// Appends one item of `input`; items of one speaker that follow each other are one message.
    static func decodeItem(_ item: FieldReader, into messages: inout [Message]) throws(TranslationError) {
        let type: JSONText
        if let given = try item.text("type") {
            type = given
        } else if item.value("role") != nil {
            type = "message"
        } else if item.value("id") != nil {
            type = "item_reference"
        } else {
            throw TranslationError(.invalid, "field required", at: item.at("type"))
        }
        switch type.string {
        case "message": try decodeMessage(item, into: &messages)
        case "reasoning": append([.reasoning(try reasoning(item))], to: .assistant, of: &messages)
        case "function_call":
            var call = ToolCall(
                id: try item.requiredText("call_id"), name: try item.requiredText("name"),
                arguments: .string(try item.text("arguments") ?? ""))
            call.namespace = try item.text("namespace")
            append([.toolCall(call)], to: .assistant, of: &messages)
        case "custom_tool_call":
            var call = ToolCall(
                id: try item.requiredText("call_id"), name: try item.requiredText("name"),
                arguments: .string(try item.text("input") ?? ""), isCustom: true)
            call.namespace = try item.text("namespace")
            append([.toolCall(call)], to: .assistant, of: &messages)
        case "function_call_output", "custom_tool_call_output":
            let result = ToolResult(callID: try item.requiredText("call_id"), content: try output(item))
            append([.toolResult(result)], to: .tool, of: &messages)
        default:
            var part = UnknownPart(type: type, origin: .openAIResponses, raw: item.object)
            part.isItem = true
            if let call = OpenAIResponsesHostedCalls.decode(item.object) {
                append([.hostedCall(call)], to: .assistant, of: &messages)
            } else if hostedCalls.contains(where: { type.equals($0) }) {
                append([.unknown(part)], to: .assistant, of: &messages)
            } else {
                messages.append(Message(role: .user, parts: [.unknown(part)]))
            }
        }
    }

    private static func append(_ parts: [Part], to role: Message.Role, of messages: inout [Message]) {
        if messages.last?.role == role {
            messages[messages.count - 1].parts += parts
        } else {
            messages.append(Message(role: role, parts: parts))
        }
    }

    private static func decodeMessage(_ item: FieldReader, into messages: inout [Message]) throws(TranslationError) {
        let name = try item.requiredText("role").string
        guard let role = Message.Role(rawValue: name), role != .tool else {
            throw TranslationError(.invalid, "must be user, assistant, system or developer", at: item.at("role"))
        }
        guard item.value("content") != nil else {
            throw TranslationError(.invalid, "field required", at: item.at("content"))
        }
        let parts = try content(item, "content", phase: try item.text("phase"))
        if role == .assistant {
            append(parts, to: .assistant, of: &messages)
        } else {
            messages.append(Message(role: role, parts: parts))
        }
    }

    private static func reasoning(_ item: FieldReader) throws(TranslationError) -> ReasoningPart {
        var texts: [JSONText] = []
        for part in try item.objects("summary") { if let text = try part.text("text") { texts.append(text) } }
        if texts.isEmpty {
            for part in try item.objects("content") { if let text = try part.text("text") { texts.append(text) } }
        }
        let part = ReasoningPart(text: OpenAIResponsesReasoning.joined(texts))
        guard let token = try item.text("encrypted_content"), !token.isEmpty else { return part }
        if OpaqueStateEnvelope.isEnvelope(token) {
            return ReasoningPart(text: part.text, state: OpaqueStateEnvelope.unwrap(token))
        }
        let state = OpaqueState(
            kind: .encrypted, origin: .openAIResponses, itemID: try item.text("id"), payload: token)
        return ReasoningPart(text: part.text, state: state)
    }

    private static func output(_ item: FieldReader) throws(TranslationError) -> [Part] {
        guard let value = item.value("output") else { return [] }
        if value.kind == .string || value.kind == .array { return try content(item, "output", phase: nil) }
        // Some clients send their tool's JSON as it is.
        return [.text(TextPart(JSONText(escaping: value.raw)))]
    }

    private static func content(
        _ item: FieldReader, _ name: StaticString, phase: JSONText?
    ) throws(TranslationError) -> [Part] {
        guard let value = item.value(name) else { return [] }
        if let text = value.text {
            var part = TextPart(text)
            part.phase = phase
            return [.text(part)]
        }
        guard value.kind == .array else {
            throw TranslationError(.invalid, "must be a string or an array of parts", at: item.at(name))
        }
        var parts: [Part] = []
        for part in try item.objects(name) { parts.append(try self.part(part, phase: phase)) }
        return parts
    }

    private static func part(_ part: FieldReader, phase: JSONText?) throws(TranslationError) -> Part {
        let type = try part.requiredText("type")
        switch type.string {
        case "input_text", "output_text", "text":
            var text = TextPart(
                try part.requiredText("text"), cacheBreakpoint: try cacheBreakpoint(part),
                citations: try part.array("annotations").flatMap { $0.hasElements ? $0 : nil })
            text.phase = phase
            return .text(text)
        case "refusal": return .refusal(try part.requiredText("refusal"))
        case "input_image": return .media(try image(part))
        case "input_file": return .media(try file(part))
        default: return .unknown(UnknownPart(type: type, origin: .openAIResponses, raw: part.object))
        }
    }

    private static func image(_ part: FieldReader) throws(TranslationError) -> MediaPart {
        let source: MediaPart.Source
        if let url = try part.text("image_url") {
            source = DataURL.source(url)
        } else if let id = try part.text("file_id") {
            source = .fileID(id)
        } else {
            throw TranslationError(.invalid, "needs image_url or file_id", at: part.path)
        }
        var media = MediaPart(kind: .image, source: source)
        media.detail = try part.text("detail")
        media.cacheBreakpoint = try cacheBreakpoint(part)
        return media
    }

    private static func file(_ part: FieldReader) throws(TranslationError) -> MediaPart {
        let source: MediaPart.Source
        if let data = try part.text("file_data") {
            source = DataURL.source(data, assuming: "application/pdf")
        } else if let id = try part.text("file_id") {
            source = .fileID(id)
        } else if let url = try part.text("file_url") {
            source = .url(url)
        } else {
            throw TranslationError(.invalid, "needs file_data, file_id or file_url", at: part.path)
        }
        var media = MediaPart(kind: .document, source: source)
        media.filename = try part.text("filename")
        media.detail = try part.text("detail")
        media.cacheBreakpoint = try cacheBreakpoint(part)
        return media
    }

    private static func cacheBreakpoint(_ part: FieldReader) throws(TranslationError) -> CacheBreakpoint? {
        guard let mark = try part.reader("prompt_cache_breakpoint") else { return nil }
        return CacheBreakpoint(lifetime: try mark.text("ttl"))
    }
}

/// The readable side of reasoning items.
enum OpenAIResponsesReasoning {
    /// Between two parts of a summary.
    static let separator: JSONText = "\n\n"

    static func joined(_ texts: [JSONText]) -> JSONText {
        var joined = texts.first ?? .empty
        for text in texts.dropFirst() { joined += separator + text }
        return joined
    }

    /// What an item's summary says, or its full text where there is no summary.
    static func text(of item: JSONValue) -> JSONText {
        let summary = item.present("summary")?.elements.compactMap { $0["text"]?.text } ?? []
        if !summary.isEmpty { return joined(summary) }
        return joined(item.present("content")?.elements.compactMap { $0["text"]?.text } ?? [])
    }
}
