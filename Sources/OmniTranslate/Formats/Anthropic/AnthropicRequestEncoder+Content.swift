import OmniJSON

extension AnthropicRequestEncoder {
    mutating func write(_ turn: Turn) throws(TranslationError) {
        writer.beginObject()
        writer.key("role")
        switch turn.speaker {
        case .user: writer.value("user")
        case .assistant: writer.value("assistant")
        case .system: writer.value("system")
        }
        writer.key("content")
        writer.beginArray()
        for part in turn.parts { try write(part, by: turn.speaker) }
        writer.endArray()
        writer.endObject()
    }

    private mutating func write(_ part: Part, by speaker: Turn.Speaker) throws(TranslationError) {
        switch part {
        case .text(let text): writeText(text, by: speaker)
        case .refusal(let text): writeText(TextPart(text), by: speaker)
        case .media(let media): try write(media)
        case .reasoning(let reasoning): write(reasoning)
        case .toolCall(let call): write(call)
        case .toolResult(let result): try write(result)
        case .hostedCall(let call):
            var blocks = AnthropicHostedBlocks(seed: call.id.escaped, isForClient: false)
            for block in blocks.blocks(of: call) { block.write(into: &writer) }
        case .unknown(let unknown):
            guard unknown.origin == .anthropicMessages else {
                throw TranslationError(
                    .unsupported, "content of type '\(unknown.type.string)' cannot be sent to this model",
                    at: "messages")
            }
            writer.value(unknown.raw)
        }
    }

    /// Citations are the model's own; the newest version refuses them on a user's text.
    mutating func writeText(_ part: TextPart, by speaker: Turn.Speaker) {
        writer.beginObject()
        writer.key("type")
        writer.value("text")
        writer.key("text")
        writer.value(part.text)
        if let citations = part.citations, request.origin == .anthropicMessages {
            if speaker == .assistant || apiVersion == "2023-06-01" {
                writer.key("citations")
                writer.value(citations)
            } else {
                report.add("messages.citations", "version")
            }
        }
        writeBreakpoint(part.cacheBreakpoint)
        writer.endObject()
    }

    private mutating func write(_ part: ReasoningPart) {
        guard let state = part.state else { return }
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
            let input = call.arguments.object
            if input.isWrapped { report.add("tool_calls.arguments", "wrapped") }
            writer.raw(input.bytes[...])
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
        let parts = result.content
        if !parts.isEmpty {
            writer.key("content")
            if parts.count == 1, case .text(let text) = parts[0], text.cacheBreakpoint == nil {
                writer.value(text.text)
            } else {
                writer.beginArray()
                for part in parts { try write(part, by: .user) }
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
}
