import OmniJSON

/// Writes a complete answer as a text completion, the answer of `POST /v1/completions`.
enum OpenAICompletionEncoder {
    /// - Returns: the body; what is not text is reported and left out.
    static func encode(_ response: CanonicalResponse, context: TranslationContext) -> EncodedResponse {
        var report = TranslationReport()
        var writer = JSONWriter(reservingCapacity: 1024)
        writer.beginObject()
        writer.key("id")
        writer.value(id(from: response.id, context: context))
        writer.key("object")
        writer.value("text_completion")
        writer.key("created")
        writer.value(response.created ?? context.now)
        writer.key("model")
        writer.string(context.requestedModel)
        writer.key("choices")
        writer.beginArray()
        for choice in response.choices { write(choice, into: &writer, report: &report) }
        writer.endArray()
        if let usage = response.usage {
            writer.key("usage")
            OpenAIChatUsage.write(usage, into: &writer)
        }
        if let fingerprint = response.systemFingerprint {
            writer.key("system_fingerprint")
            writer.value(fingerprint)
        }
        writer.endObject()
        return EncodedResponse(body: writer.bytes, usage: response.usage, report: report)
    }

    private static func write(
        _ choice: CanonicalResponse.Choice, into writer: inout JSONWriter, report: inout TranslationReport
    ) {
        var texts: [JSONText] = []
        for part in choice.parts {
            switch part {
            case .text(let text): texts.append(text.text)
            case .refusal(let text): texts.append(text)
            case .reasoning: report.add("reasoning_content")
            case .toolCall: report.add("tool_calls")
            case .media: report.add("media")
            case .toolResult: report.add("tool_result")
            case .hostedCall(let call): report.addPieces(of: call)
            case .unknown(let part): report.add(part.type.string)
            }
        }
        writer.beginObject()
        writer.key("text")
        writer.value(joining: texts)
        writer.key("index")
        writer.value(choice.index)
        writer.key("logprobs")
        writer.null()
        writer.key("finish_reason")
        writer.value(finishName(of: choice.finish.reason))
        writer.endObject()
    }

    /// A completion knows no calls.
    static func finishName(of reason: Finish.Reason) -> StaticString {
        reason == .toolUse ? "stop" : OpenAIChatFinish.name(of: reason)
    }

    /// An id derived from the upstream's, so that equal answers have equal ids.
    static func id(from id: JSONText?, context: TranslationContext) -> JSONText {
        StableID.text("cmpl-", context.seed(of: id))
    }
}

/// Writes stream events as text completion chunks.
struct OpenAICompletionStreamEncoder: Sendable {
    let context: TranslationContext
    private(set) var report = TranslationReport()
    private var usage: Usage?
    /// Every chunk begins with the same bytes: event prefix, id, object, created, model.
    private var head: [UInt8] = []

    init(context: TranslationContext) {
        self.context = context
    }

    mutating func encode(_ event: StreamEvent, into output: inout [UInt8]) {
        switch event {
        case .start(let id, _, let created): if head.isEmpty { start(id: id, created: created) }
        case .text(let choice, let text), .refusal(let choice, let text):
            if !text.isEmpty { write(text, choice: choice, finish: nil, into: &output) }
        case .finish(let choice, let finish): write(.empty, choice: choice, finish: finish, into: &output)
        case .blockStart(_, let block):
            switch block {
            case .text, .refusal: break
            case .reasoning: report.add("reasoning_content")
            case .toolCall: report.add("tool_calls")
            case .unknown(let part): report.add(part.type.string)
            }
        case .citation: report.add("annotations")
        case .hostedCall(_, let call): report.addPieces(of: call)
        case .usage(let usage): self.usage = usage
        case .end: end(into: &output)
        case .error(let fault): output += FaultCodec.encodeStreamError(fault, to: .openAIChat, requestID: nil)
        case .reasoning, .arguments, .state, .blockEnd, .logprobs, .serviceTier, .systemFingerprint, .ping: break
        }
    }

    private mutating func start(id: JSONText?, created: Int?) {
        head.write("data: {\"id\":")
        head.writeString(OpenAICompletionEncoder.id(from: id, context: context))
        head.write(",\"object\":\"text_completion\",\"created\":")
        head.write(created ?? context.now)
        head.write(",\"model\":")
        head.writeString(JSONText(context.requestedModel))
        head.write(",\"choices\":[")
    }

    private func write(_ text: JSONText, choice: Int, finish: Finish?, into output: inout [UInt8]) {
        output.append(contentsOf: head)
        output.write("{\"text\":")
        output.writeString(text)
        output.write(",\"index\":")
        output.write(choice)
        output.write(",\"logprobs\":null,\"finish_reason\":")
        if let finish {
            output.write("\"")
            output.write(OpenAICompletionEncoder.finishName(of: finish.reason))
            output.write("\"}]")
        } else {
            output.write("null}]")
        }
        output.write(context.includesStreamUsage ? ",\"usage\":null}\n\n" : "}\n\n")
    }

    private func end(into output: inout [UInt8]) {
        if context.includesStreamUsage, let usage {
            output += head
            output.write("],\"usage\":")
            output.writeJSON { OpenAIChatUsage.write(usage, into: &$0) }
            output.write("}\n\n")
        }
        output.write("data: [DONE]\n\n")
    }
}
