import OmniJSON

/// Writes a complete `GenerateContentResponse`.
enum GeminiResponseEncoder {
    /// - Returns: the body; the model is the one the client asked for.
    static func encode(
        _ response: CanonicalResponse, context: TranslationContext
    ) throws(TranslationError) -> EncodedResponse {
        var report = TranslationReport()
        var writer = JSONWriter(reservingCapacity: 2048)
        writer.beginObject()
        writer.key("candidates")
        writer.beginArray()
        for choice in response.choices { write(choice, into: &writer, report: &report) }
        writer.endArray()
        if let usage = response.usage {
            writer.key("usageMetadata")
            GeminiUsage.write(usage, into: &writer)
        }
        writer.key("modelVersion")
        writer.string(context.requestedModel)
        writer.key("responseId")
        writer.value(GeminiStreamEncoder.id(from: response.id, context: context))
        writer.endObject()
        return EncodedResponse(body: writer.bytes, usage: response.usage, report: report)
    }

    private static func write(
        _ choice: CanonicalResponse.Choice, into writer: inout JSONWriter, report: inout TranslationReport
    ) {
        writer.beginObject()
        writer.key("content")
        writer.beginObject()
        writer.key("parts")
        writer.beginArray()
        var text: [UInt8] = []
        var sources: [GeminiCitations.Source] = []
        var calls: [HostedCall] = []
        let start = writer.bytes.count
        // A wordless thought's state rides on the call behind it; clients that drop thoughts keep their calls.
        var waiting: OpaqueState?
        for part in choice.parts {
            if case .toolCall(let call) = part {
                write(call, state: waiting ?? call.state, into: &writer, report: &report)
                waiting = nil
                continue
            }
            flush(&waiting, into: &writer)
            switch part {
            case .text(let part):
                guard !part.text.isEmpty else { continue }
                let begin = text.count
                text += part.text.decodedBytes
                for citation in part.citations.map({ Array($0.elements) }) ?? [] {
                    sources.append(.init(citation: citation, block: begin..<text.count))
                }
                writeText(part.text, isThought: false, state: nil, into: &writer)
            case .refusal(let words):
                guard !words.isEmpty else { continue }
                text += words.decodedBytes
                writeText(words, isThought: false, state: nil, into: &writer)
            case .reasoning(let thought):
                if !thought.text.isEmpty {
                    writeText(thought.text, isThought: true, state: thought.state, into: &writer)
                } else {
                    waiting = thought.state
                }
            case .hostedCall(let call):
                for name in call.leftOut { report.add(name) }
                if GeminiHostedCalls.isMetadata(call) {
                    calls.append(call)
                } else if !GeminiHostedCalls.writeParts(call, into: &writer) {
                    report.addPieces(of: call)
                }
            case .media(let media): write(media, into: &writer, report: &report)
            case .unknown(let part):
                if part.origin == .gemini { writer.value(part.raw) } else { report.add(part.type.string) }
            case .toolResult: report.add("tool_result")
            case .toolCall: break
            }
        }
        flush(&waiting, into: &writer)
        // Clients take a candidate without any part for a broken answer.
        if writer.bytes.count == start { writeText(.empty, isThought: false, state: nil, into: &writer) }
        writer.endArray()
        writer.key("role")
        writer.value("model")
        writer.endObject()
        writer.key("finishReason")
        writer.value(GeminiFinish.name(of: choice.finish.reason))
        writer.key("index")
        writer.value(choice.index)
        GeminiCitations.write(
            sources, text: text, calls: calls, into: &writer, report: &report)
        GeminiHostedCalls.writePages(calls, into: &writer)
        if let logprobs = choice.logprobs {
            writer.key("logprobsResult")
            GeminiLogprobs.write([logprobs], into: &writer)
        }
        writer.endObject()
    }

    private static func flush(_ waiting: inout OpaqueState?, into writer: inout JSONWriter) {
        guard let state = waiting else { return }
        waiting = nil
        writeText(.empty, isThought: !state.isOnText, state: state, into: &writer)
    }

    private static func writeText(
        _ text: JSONText, isThought: Bool, state: OpaqueState?, into writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.key("text")
        writer.value(text)
        if isThought {
            writer.key("thought")
            writer.value(true)
        }
        write(state, into: &writer)
        writer.endObject()
    }

    private static func write(_ state: OpaqueState?, into writer: inout JSONWriter) {
        guard let state, !state.payload.isEmpty else { return }
        writer.key("thoughtSignature")
        writer.value(state.geminiToken)
    }

    /// One part with a call; state: what stood before it.
    static func write(
        _ call: ToolCall, state: OpaqueState?, into writer: inout JSONWriter, report: inout TranslationReport
    ) {
        writer.beginObject()
        writer.key("functionCall")
        writer.beginObject()
        writer.key("id")
        writer.value(call.id)
        writer.key("name")
        writer.value(call.name)
        writer.key("args")
        if call.isCustom {
            writer.beginObject()
            writer.key("input")
            writer.value(call.arguments.string)
            writer.endObject()
        } else {
            ToolInput.write(call.arguments, into: &writer, report: &report)
        }
        writer.endObject()
        write(state, into: &writer)
        writer.endObject()
    }

    private static func write(_ media: MediaPart, into writer: inout JSONWriter, report: inout TranslationReport) {
        guard case .base64(let type, let data) = media.source else { return report.add("media") }
        writer.beginObject()
        writer.key("inlineData")
        writer.beginObject()
        writer.key("mimeType")
        writer.value(type ?? "application/octet-stream")
        writer.key("data")
        writer.value(data)
        writer.endObject()
        writer.endObject()
    }
}
