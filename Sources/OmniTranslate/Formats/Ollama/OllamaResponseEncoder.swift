import OmniJSON

/// Writes a complete answer of `/api/chat`, or of `/api/generate` when that was called.
enum OllamaResponseEncoder {
    /// - Returns: the body; the model is the one the client asked for. Of several choices only the first is written.
    static func encode(
        _ response: CanonicalResponse, context: TranslationContext
    ) throws(TranslationError) -> EncodedResponse {
        guard let choice = response.choices.min(by: { $0.index < $1.index }) else {
            throw TranslationError(.malformedAnswer, "the answer has no choices", at: "choices")
        }
        var report = TranslationReport()
        if response.choices.count > 1 { report.add("choices") }
        var message = OllamaMessageParts()
        for part in choice.parts { message.add(part, report: &report) }
        var output = OllamaLine.head(created: response.created, context: context)
        output.reserveCapacity(2048)
        message.write(asGenerate: context.answersAsGenerate, into: &output, report: &report)
        output.write(",\"done\":true,\"done_reason\":\"")
        output.write(OllamaFinish.name(of: choice.finish.reason, report: &report))
        output.write("\"")
        if let tokens = OllamaLogprobs.tokens(in: choice.logprobs) {
            output.write(",\"logprobs\":")
            output.append(contentsOf: tokens.raw)
        }
        OllamaUsage.write(response.usage, into: &output)
        output.write("}")
        return EncodedResponse(body: output, usage: response.usage, report: report)
    }
}

/// What complete answers and stream lines have in common.
enum OllamaLine {
    /// An object's beginning: its brace, model and time.
    static func head(created: Int?, context: TranslationContext) -> [UInt8] {
        var head: [UInt8] = []
        head.write("{\"model\":")
        head.writeString(JSONText(context.requestedModel))
        head.write(",\"created_at\":")
        head.writeString(OllamaTime.text(ofSeconds: created ?? context.now))
        head.write(",")
        return head
    }

    /// One element of `tool_calls`.
    static func write(
        id: JSONText, index: Int, name: JSONText, isCustom: Bool, arguments: ToolArguments, into output: inout [UInt8],
        report: inout TranslationReport
    ) {
        output.write("{\"id\":")
        output.writeString(id)
        output.write(",\"function\":{\"index\":")
        output.write(index)
        output.write(",\"name\":")
        output.writeString(name)
        output.write(",\"arguments\":")
        if isCustom {
            output.write("{\"input\":")
            output.writeString(arguments.string)
            output.write("}")
        } else {
            output.writeOnOneLine { output in
                output.writeJSON { ToolInput.write(arguments, into: &$0, report: &report) }
            }
        }
        output.write("}}")
    }
}

/// The parts of an answer sorted into the fields of a message.
struct OllamaMessageParts {
    private var texts: [JSONText] = []
    private var thoughts: [JSONText] = []
    private var images: [JSONText] = []
    private var calls: [ToolCall] = []

    mutating func add(_ part: Part, report: inout TranslationReport) {
        switch part {
        case .text(let text):
            texts.append(text.text)
            if text.citations != nil { report.add("annotations") }
        case .refusal(let text): texts.append(text)
        case .reasoning(let part):
            thoughts.append(part.text)
            if part.state != nil { report.add("signature") }
        case .toolCall(let call): calls.append(call)
        case .media(let media):
            if media.kind == .image, case .base64(_, let data) = media.source {
                images.append(data)
            } else {
                report.add("media")
            }
        case .toolResult: report.add("tool_result")
        case .hostedCall(let call): report.addPieces(of: call)
        case .unknown(let part): report.add(part.type.string)
        }
    }

    func write(asGenerate: Bool, into output: inout [UInt8], report: inout TranslationReport) {
        output.write(asGenerate ? "\"response\":\"" : "\"message\":{\"role\":\"assistant\",\"content\":\"")
        for text in texts { output.write(text) }
        output.write("\"")
        if thoughts.contains(where: { !$0.isEmpty }) {
            output.write(",\"thinking\":\"")
            for thought in thoughts { output.write(thought) }
            output.write("\"")
        }
        if !images.isEmpty {
            output.write(",\"images\":[")
            for (index, image) in images.enumerated() {
                if index > 0 { output.write(",") }
                output.writeString(image)
            }
            output.write("]")
        }
        if !calls.isEmpty {
            output.write(",\"tool_calls\":[")
            for (index, call) in calls.enumerated() {
                if index > 0 { output.write(",") }
                OllamaLine.write(
                    id: call.id, index: index, name: call.name, isCustom: call.isCustom, arguments: call.arguments,
                    into: &output, report: &report)
            }
            output.write("]")
        }
        if !asGenerate { output.write("}") }
    }
}
