import OmniJSON

/// Writes a complete response.
public enum OpenAIResponsesResponseEncoder {
    /// - Returns: the body; the model is the one the client asked for. Of several choices only the first is written.
    public static func encode(
        _ response: CanonicalResponse, context: TranslationContext
    ) throws(TranslationError) -> EncodedResponse {
        guard let choice = response.choices.min(by: { $0.index < $1.index }) else {
            throw TranslationError(.malformedAnswer, "the answer has no choices", at: "choices")
        }
        let answer = OpenAIResponsesAnswer(id: response.id, created: response.created, context: context)
        let status = OpenAIResponsesFinish.status(of: choice.finish.reason)
        var output = OpenAIResponsesOutput(answer: answer, context: context)
        if response.choices.count > 1 { output.report.add("choices") }
        if let logprobs = choice.logprobs { output.logprobs = OpenAIResponsesLogprobs.entries(of: logprobs) }
        for part in choice.parts { output.add(part) }
        output.finish(status)
        if choice.finish.reason == .pause { output.report.add("pause_turn") }
        if choice.finish.reason == .malformedTool { output.report.add("finish_reason", "malformed_tool") }
        // Strict clients demand counts; an upstream that gave none leaves zeros, and the report says so.
        if response.usage == nil { output.report.add("usage", "unknown") }
        var writer = JSONWriter(reservingCapacity: output.items.count + 1024)
        answer.write(
            .ended(status), output: output.items, usage: response.usage ?? Usage(),
            serviceTier: response.serviceTier.flatMap(OpenAIServiceTier.inResponses), into: &writer)
        return EncodedResponse(body: writer.bytes, usage: response.usage, report: output.report)
    }
}

/// Parts of an answer gathered into items: texts and refusals that follow each other are one message.
private struct OpenAIResponsesOutput {
    /// The items that are finished, with commas between.
    private(set) var items: [UInt8] = []
    var report = TranslationReport()
    /// What the first text's probabilities are, as entries with commas between.
    var logprobs: [UInt8] = []
    private let answer: OpenAIResponsesAnswer
    private let context: TranslationContext
    private var count = 0
    /// The content of the message that is not finished.
    private var content: [Part] = []
    /// The last call, whose status the end of the answer decides.
    private var call: ToolCall?

    init(answer: OpenAIResponsesAnswer, context: TranslationContext) {
        self.answer = answer
        self.context = context
    }

    mutating func add(_ part: Part) {
        switch part {
        case .text(let text): if !text.text.isEmpty { addContent(part) }
        case .refusal(let text): if !text.isEmpty { addContent(part) }
        case .reasoning(let reasoning):
            let text = context.showsReasoning ? reasoning.text : .empty
            guard !text.isEmpty || reasoning.state != nil else { return }
            close("completed")
            let id = answer.itemID("rs_", at: count)
            append { OpenAIResponsesItem.writeReasoning(id: id, text: text, state: reasoning.state, into: &$0) }
        case .toolCall(let call):
            close("completed")
            self.call = call
        case .hostedCall(let call):
            close("completed")
            if call.isNative(to: .openAIResponses) { return append { $0.value(call.pieces[0].raw) } }
            for name in call.leftOut { report.add(name) }
            let id = answer.itemID(OpenAIResponsesHostedCalls.idPrefix(of: call), at: count)
            append { OpenAIResponsesHostedCalls.write(call, id: id, into: &$0) }
        case .media: report.add("media")
        case .toolResult: report.add("tool_result")
        case .unknown(let unknown): report.add(unknown.type.string)
        }
    }

    mutating func finish(_ status: OpenAIResponsesFinish.Status) {
        close(status.lastItem)
    }

    private mutating func addContent(_ part: Part) {
        if call != nil { close("completed") }
        content.append(part)
    }

    private mutating func close(_ status: StaticString) {
        if let call {
            self.call = nil
            let item = OpenAIResponsesItem.Call(
                itemID: answer.itemID(call.isCustom ? "ctc_" : "fc_", at: count), id: call.id, name: call.name,
                namespace: call.namespace, isCustom: call.isCustom, context: context)
            let arguments = call.arguments.string
            append {
                OpenAIResponsesItem.write(
                    item, arguments: arguments.isEmpty && !call.isCustom ? "{}" : arguments, status: status, into: &$0)
            }
        }
        guard !content.isEmpty else { return }
        var parts: [UInt8] = []
        for part in content {
            if !parts.isEmpty { parts.append(UInt8(ascii: ",")) }
            var writer = JSONWriter()
            if case .refusal(let text) = part {
                OpenAIResponsesItem.writeRefusal(text, into: &writer)
            } else if case .text(let text) = part {
                let annotations = annotations(of: text)
                OpenAIResponsesItem.writeText(
                    text.text, annotations: annotations, logprobs: logprobs, into: &writer)
                logprobs = []
            }
            parts += writer.bytes
        }
        content = []
        let id = answer.itemID("msg_", at: count)
        append { OpenAIResponsesItem.writeMessage(id: id, status: status, content: parts, into: &$0) }
    }

    private mutating func annotations(of text: TextPart) -> [UInt8] {
        var list: [UInt8] = []
        guard let citations = text.citations else { return list }
        let end = text.text.characterCount
        for citation in citations.elements {
            guard let annotation = OpenAIResponsesAnnotations.encode(citation, end: end, report: &report) else {
                continue
            }
            if !list.isEmpty { list.append(UInt8(ascii: ",")) }
            list += annotation
        }
        return list
    }

    private mutating func append(_ write: (inout JSONWriter) -> Void) {
        if count > 0 { items.append(UInt8(ascii: ",")) }
        var writer = JSONWriter()
        write(&writer)
        items += writer.bytes
        count += 1
    }
}
