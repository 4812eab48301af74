import OmniJSON

/// Writes a complete Anthropic message.
public enum AnthropicResponseEncoder {
    /// - Returns: the body; the model is the one the client asked for. Of several choices only the first is written.
    public static func encode(
        _ response: CanonicalResponse, context: TranslationContext
    ) throws(TranslationError) -> EncodedResponse {
        guard let choice = response.choices.min(by: { $0.index < $1.index }) else {
            throw TranslationError(.malformedAnswer, "the answer has no choices", at: "choices")
        }
        var report = TranslationReport()
        if response.choices.count > 1 { report.add("choices") }
        if choice.logprobs != nil { report.add("logprobs") }
        var writer = JSONWriter(reservingCapacity: 2048)
        writer.beginObject()
        writer.key("id")
        let id = AnthropicStreamEncoder.id(from: response.id, context: context)
        writer.value(id)
        writer.key("type")
        writer.value("message")
        writer.key("role")
        writer.value("assistant")
        writer.key("model")
        writer.string(context.requestedModel)
        writer.key("content")
        writer.beginArray()
        var hosted = AnthropicHostedBlocks(seed: id.escaped, isForClient: true)
        for part in choice.parts {
            if case .hostedCall(let call) = part {
                for block in hosted.blocks(of: call) { block.write(into: &writer) }
            } else {
                write(part, context: context, into: &writer, report: &report)
            }
        }
        report.merge(hosted.report)
        writer.endArray()
        writer.key("stop_reason")
        writer.value(AnthropicFinish.name(of: choice.finish.reason))
        if choice.finish.reason == .malformedTool { report.add("finish_reason", "malformed_tool") }
        writer.key("stop_sequence")
        if let sequence = choice.finish.stopSequence, !sequence.isEmpty {
            writer.value(sequence)
        } else {
            writer.null()
        }
        writer.key("usage")
        // The schema demands counts; an upstream that gave none leaves zeros, and the report says so.
        if response.usage == nil { report.add("usage", "unknown") }
        AnthropicUsage.write(response.usage ?? Usage(), tier: response.serviceTier, into: &writer)
        writer.endObject()
        return EncodedResponse(body: writer.bytes, usage: response.usage, report: report)
    }

    private static func write(
        _ part: Part, context: TranslationContext, into writer: inout JSONWriter, report: inout TranslationReport
    ) {
        switch part {
        case .text(let text):
            guard !text.text.isEmpty else { return }
            writeText(text.text, into: &writer)
            // Foreign citations lack what Anthropic's kinds demand, such as encrypted indexes.
            if text.citations != nil { report.add("annotations") }
        case .refusal(let text): if !text.isEmpty { writeText(text, into: &writer) }
        case .reasoning(let part): write(part, context: context, into: &writer)
        case .toolCall(let call): write(call, into: &writer, report: &report)
        case .media: report.add("media")
        case .toolResult: report.add("tool_result")
        case .hostedCall: break  // Blocks of their own, whose ids are counted.
        case .unknown(let part): report.add(part.type.string)
        }
    }

    private static func writeText(_ text: JSONText, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("type")
        writer.value("text")
        writer.key("text")
        writer.value(text)
        writer.endObject()
    }

    private static func write(_ part: ReasoningPart, context: TranslationContext, into writer: inout JSONWriter) {
        let state = part.state ?? .absent(context: context)
        writer.beginObject()
        writer.key("type")
        if part.text.isEmpty, state.kind == .redacted || state.kind == .encrypted {
            writer.value("redacted_thinking")
            writer.key("data")
        } else {
            writer.value("thinking")
            writer.key("thinking")
            writer.value(part.text)
            writer.key("signature")
        }
        writer.value(state.anthropicToken)
        writer.endObject()
    }

    private static func write(_ call: ToolCall, into writer: inout JSONWriter, report: inout TranslationReport) {
        writer.beginObject()
        writer.key("type")
        writer.value("tool_use")
        writer.key("id")
        writer.value(call.id)
        writer.key("name")
        writer.value(call.name)
        writer.key("input")
        if call.isCustom, case .string(let text) = call.arguments {
            writer.beginObject()
            writer.key("input")
            writer.value(text)
            writer.endObject()
        } else {
            ToolInput.write(call.arguments, into: &writer, report: &report)
        }
        writer.endObject()
    }
}

extension OpaqueState {
    /// Stands for the signature Anthropic's schema demands where the origin gave none.
    static func absent(context: TranslationContext) -> OpaqueState {
        OpaqueState(
            kind: .signature, origin: .openAIChat, provider: context.provider, model: context.model, payload: .empty)
    }

    /// What stands in Anthropic's opaque slot: its own token as it was, any other in an envelope.
    var anthropicToken: JSONText {
        origin == .anthropicMessages ? payload : OpaqueStateEnvelope.wrap(self)
    }
}

/// Tool arguments as the object Anthropic, Gemini and Ollama demand.
enum ToolInput {
    /// Writes an object: `{}` for nothing, `{"_raw": …}` with a report for what is no JSON object.
    static func write(_ arguments: ToolArguments, into writer: inout JSONWriter, report: inout TranslationReport) {
        switch arguments {
        case .value(let value):
            if value.kind == .object { return writer.value(value) }
            writeRaw(JSONText(escaping: value.raw), into: &writer, report: &report)
        case .string(let text):
            if text.isNoArguments {
                writer.beginObject()
                writer.endObject()
            } else if let object = object(in: text.decodedBytes) {
                writer.value(object)
            } else {
                writeRaw(text, into: &writer, report: &report)
            }
        }
    }

    /// The object a text holds, also when it was encoded twice.
    private static func object(in text: [UInt8]) -> JSONValue? {
        // What is no JSON is reported by the caller as such; why it is none matters to nobody.
        guard let value = try? JSONValue(parsing: text) else { return nil }
        if value.kind == .object { return value }
        guard let inner = value.text, let value = try? JSONValue(parsing: inner.decodedBytes), value.kind == .object
        else { return nil }
        return value
    }

    private static func writeRaw(
        _ text: JSONText, into writer: inout JSONWriter, report: inout TranslationReport
    ) {
        report.add("arguments", "invalid_json")
        writer.beginObject()
        writer.key("_raw")
        writer.value(text)
        writer.endObject()
    }
}
