import OmniJSON

extension AnthropicRequestEncoder {
    mutating func write(_ turn: Turn) throws(TranslationError) {
        writer.beginObject()
        writer.key("role")
        writer.value(turn.speaker == .user ? "user" : "assistant")
        writer.key("content")
        writer.beginArray()
        let start = writer.bytes.count
        if turn.speaker == .assistant {
            // Thinking comes first, whatever order another dialect kept it in.
            for part in turn.parts { if case .reasoning(let reasoning) = part { write(reasoning) } }
        }
        for part in turn.parts { try write(part) }
        if writer.bytes.count == start { writeText(TextPart("(no content)")) }
        writer.endArray()
        writer.endObject()
    }

    private mutating func write(_ part: Part) throws(TranslationError) {
        switch part {
        case .text(let text): writeText(text)
        case .refusal(let text): if !text.isBlank { writeText(TextPart(text)) }
        case .media(let media): try write(media)
        case .reasoning: break
        case .toolCall(let call): write(call)
        case .toolResult(let result): try write(result)
        case .unknown(let unknown):
            guard unknown.origin == .anthropicMessages else {
                throw TranslationError(
                    .unsupported, "content of type '\(unknown.type.string)' cannot be sent to this model", at: "messages")
            }
            writer.value(unknown.raw)
        }
    }

    mutating func writeText(_ part: TextPart) {
        writer.beginObject()
        writer.key("type")
        writer.value("text")
        writer.key("text")
        writer.value(part.text)
        writeBreakpoint(part.cacheBreakpoint)
        writer.endObject()
    }

    /// Only thoughts that carry Anthropic's own signature may come back to it.
    private mutating func write(_ part: ReasoningPart) {
        guard let state = part.state, state.origin == .anthropicMessages,
            state.model == nil || state.model == context.model,
            state.provider == nil || state.provider == context.provider
        else {
            report.add("thinking", "foreign")
            return
        }
        writer.beginObject()
        writer.key("type")
        if state.kind == .redacted {
            writer.value("redacted_thinking")
            writer.key("data")
        } else {
            writer.value("thinking")
            writer.key("thinking")
            writer.value(part.text)
            writer.key("signature")
        }
        writer.value(state.payload)
        writer.endObject()
    }

    private mutating func write(_ call: ToolCall) {
        writer.beginObject()
        writer.key("type")
        writer.value("tool_use")
        writer.key("id")
        writer.value(StableHash.callID(call.id, maximum: 256, allowsPunctuation: false))
        writer.key("name")
        writer.value(names.sentName(call.name))
        writer.key("input")
        if call.isCustom {
            writer.beginObject()
            writer.key("input")
            writer.value(call.arguments.string)
            writer.endObject()
        } else {
            writer.raw(call.arguments.objectBytes[...])
        }
        writeBreakpoint(call.cacheBreakpoint)
        writer.endObject()
    }

    private mutating func write(_ result: ToolResult) throws(TranslationError) {
        writer.beginObject()
        writer.key("type")
        writer.value("tool_result")
        writer.key("tool_use_id")
        writer.value(StableHash.callID(result.callID, maximum: 256, allowsPunctuation: false))
        let parts = result.content.filter { part in
            if case .text(let text) = part { !text.text.isBlank } else { true }
        }
        if !parts.isEmpty {
            writer.key("content")
            if parts.count == 1, case .text(let text) = parts[0], text.cacheBreakpoint == nil {
                writer.value(text.text)
            } else {
                writer.beginArray()
                for part in parts { try write(part) }
                writer.endArray()
            }
        }
        if result.isError {
            writer.key("is_error")
            writer.value(true)
        }
        writeBreakpoint(result.cacheBreakpoint)
        writer.endObject()
    }

    private mutating func write(_ media: MediaPart) throws(TranslationError) {
        switch media.kind {
        case .image, .document: break
        case .audio: throw TranslationError(.unsupported, "this model does not take audio", at: "messages")
        case .video: throw TranslationError(.unsupported, "this model does not take video", at: "messages")
        }
        let isImage = media.kind == .image
        writer.beginObject()
        writer.key("type")
        writer.value(isImage ? "image" : "document")
        writer.key("source")
        writer.beginObject()
        writer.key("type")
        switch media.source {
        case .base64(let declared, let data):
            writer.value("base64")
            writer.key("media_type")
            let type = isImage ? ImageType.mediaType(data, declared: declared) : declared
            writer.value(type ?? (isImage ? "image/png" : "application/pdf"))
            writer.key("data")
            writer.value(data)
        case .url(let url):
            writer.value("url")
            writer.key("url")
            writer.value(url)
        case .fileID(let id):
            guard request.origin == .anthropicMessages else {
                throw TranslationError(
                    .unsupported, "a file id of another provider means nothing to this model", at: "messages")
            }
            writer.value("file")
            writer.key("file_id")
            writer.value(id)
        case .text(let text):
            writer.value("text")
            writer.key("media_type")
            writer.value("text/plain")
            writer.key("data")
            writer.value(text)
        case .blocks(let blocks):
            writer.value("content")
            writer.key("content")
            writer.value(blocks)
        }
        writer.endObject()
        if let title = media.title ?? media.filename, !isImage {
            writer.key("title")
            writer.value(title)
        }
        if let context = media.context {
            writer.key("context")
            writer.value(context)
        }
        writeBreakpoint(media.cacheBreakpoint)
        writer.endObject()
    }

    mutating func writeBreakpoint(_ breakpoint: CacheBreakpoint?) {
        guard let breakpoint else { return }
        // The last marks cover the longest prefixes, so the first ones are given up.
        guard breakpointsToSkip == 0 else {
            breakpointsToSkip -= 1
            return
        }
        writer.key("cache_control")
        writer.beginObject()
        writer.key("type")
        writer.value("ephemeral")
        if let lifetime = breakpoint.lifetime, lifetime.equals("1h") || lifetime.equals("12h") || lifetime.equals("24h") {
            writer.key("ttl")
            writer.value("1h")
        }
        writer.endObject()
    }

    // MARK: Tools

    mutating func writeTools(thinking: ThinkingPlan) throws(TranslationError) {
        guard !request.tools.isEmpty else { return }
        var tools = request.tools
        var choice = request.toolChoice
        if case .allowed(let allowed, let isRequired) = choice {
            let kept = tools.filter { tool in tool.name.map(allowed.contains) ?? false }
            // An empty list would take the model's hands away; unknown names say nothing.
            if !kept.isEmpty { tools = kept }
            choice = isRequired ? .required : .auto
        }
        writer.key("tools")
        writer.beginArray()
        for tool in tools { try write(tool) }
        writer.endArray()
        if thinking.isManual, let forced = choice, forced.isForcing {
            report.add("tool_choice", "thinking")
            choice = .auto
        }
        writeToolChoice(choice)
    }

    private mutating func write(_ tool: Tool) throws(TranslationError) {
        switch tool {
        case .function(let function):
            writer.beginObject()
            writer.key("name")
            writer.value(names.sentName(function.name))
            if let description = function.description, !description.isBlank {
                writer.key("description")
                writer.value(description)
            }
            writer.key("input_schema")
            SchemaCompiler.writeToolParameters(function.parameters, into: &writer)
            writeBreakpoint(function.cacheBreakpoint)
            writer.endObject()
        case .custom(let name, let description, _):
            report.add("tools.custom", "wrapped")
            writer.beginObject()
            writer.key("name")
            writer.value(names.sentName(name))
            if let description {
                writer.key("description")
                writer.value(description)
            }
            writer.key("input_schema")
            writer.raw(
                Array(#"{"type":"object","properties":{"input":{"type":"string"}},"required":["input"]}"#.utf8)[...])
            writer.endObject()
        case .hosted(let hosted):
            guard hosted.origin == .anthropicMessages else {
                throw TranslationError(
                    .unsupported, "the tool '\(hosted.type.string)' runs at another provider only", at: "tools")
            }
            writer.value(hosted.raw)
        }
    }

    private mutating func writeToolChoice(_ choice: ToolChoice?) {
        let isSerial = request.allowsParallelToolCalls == false
        guard choice != nil || isSerial else { return }
        var disables = isSerial
        writer.key("tool_choice")
        writer.beginObject()
        writer.key("type")
        switch choice ?? .auto {
        case .auto, .allowed, .hosted: writer.value("auto")
        case .required: writer.value("any")
        case .none:
            writer.value("none")
            disables = false
        case .named(let name):
            writer.value("tool")
            writer.key("name")
            writer.value(names.sentName(name))
        }
        if disables {
            writer.key("disable_parallel_tool_use")
            writer.value(true)
        }
        writer.endObject()
    }
}

extension ToolChoice {
    /// Whether the model must call a tool.
    var isForcing: Bool {
        switch self {
        case .required, .named: true
        case .allowed(_, let isRequired): isRequired
        case .auto, .none, .hosted: false
        }
    }
}
