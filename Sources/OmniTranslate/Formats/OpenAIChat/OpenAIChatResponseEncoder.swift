import OmniJSON

/// Writes a complete chat completion.
public enum OpenAIChatResponseEncoder {
    /// - Returns: the body; the model is the one the client asked for.
    public static func encode(
        _ response: CanonicalResponse, context: TranslationContext
    ) throws(TranslationError) -> EncodedResponse {
        var report = TranslationReport()
        var writer = JSONWriter(reservingCapacity: 2048)
        writer.beginObject()
        writer.key("id")
        writer.value(OpenAIChatStreamEncoder.id(from: response.id, context: context))
        writer.key("object")
        writer.value("chat.completion")
        writer.key("created")
        writer.value(response.created ?? context.now)
        writer.key("model")
        writer.string(context.requestedModel)
        writer.key("choices")
        writer.beginArray()
        for choice in response.choices { write(choice, context: context, into: &writer, report: &report) }
        writer.endArray()
        if let usage = response.usage {
            writer.key("usage")
            OpenAIChatUsage.write(usage, into: &writer)
        }
        if let tier = response.serviceTier, let name = OpenAIServiceTier.inChat(tier) {
            writer.key("service_tier")
            writer.value(name)
        }
        if let fingerprint = response.systemFingerprint {
            writer.key("system_fingerprint")
            writer.value(fingerprint)
        }
        writer.endObject()
        return EncodedResponse(body: writer.bytes, usage: response.usage, report: report)
    }

    private static func write(
        _ choice: CanonicalResponse.Choice, context: TranslationContext, into writer: inout JSONWriter,
        report: inout TranslationReport
    ) {
        var message = OpenAIChatMessageParts(showsReasoning: context.showsReasoning)
        for part in choice.parts { message.add(part, report: &report) }
        if message.hasStrayState { report.add("signature") }
        writer.beginObject()
        writer.key("index")
        writer.value(choice.index)
        writer.key("message")
        message.write(into: &writer)
        writer.key("logprobs")
        if let logprobs = choice.logprobs { writer.value(logprobs) } else { writer.null() }
        writer.key("finish_reason")
        writer.value(OpenAIChatFinish.name(of: choice.finish.reason))
        writer.endObject()
        if choice.finish.reason == .pause { report.add("pause_turn") }
        if choice.finish.reason == .malformedTool { report.add("finish_reason", "malformed_tool") }
    }
}

/// The parts of an answer sorted into the fields of a chat message.
struct OpenAIChatMessageParts {
    private let showsReasoning: Bool
    private var texts: [JSONText] = []
    private var reasoning: [JSONText] = []
    private var refusals: [JSONText] = []
    private var calls: [(call: ToolCall, thoughts: [ReasoningPart])] = []
    /// Thoughts with state that no call has followed yet.
    private var thoughts: [ReasoningPart] = []
    private var annotations: [[UInt8]] = []
    /// Characters of the first texts, as many as were counted.
    private var characters = 0
    private var countedTexts = 0

    init(showsReasoning: Bool) {
        self.showsReasoning = showsReasoning
    }

    /// Whether there is state without a call that could carry it.
    var hasStrayState: Bool { !thoughts.isEmpty }

    mutating func add(_ part: Part, report: inout TranslationReport) {
        switch part {
        case .text(let text):
            texts.append(text.text)
            guard let citations = text.citations else { return }
            // Positions are needed only where something points at them, and then of all text before it too.
            for earlier in texts[countedTexts..<texts.count - 1] { characters += earlier.characterCount }
            countedTexts = texts.count
            let start = characters
            characters += text.text.characterCount
            let written = OpenAIChatAnnotations.write(
                Array(citations.elements), range: start..<characters, report: &report)
            if !written.isEmpty { annotations.append(written) }
        case .reasoning(let part):
            reasoning.append(part.text)
            if part.state != nil { thoughts.append(part) }
        case .refusal(let text): refusals.append(text)
        case .toolCall(let call):
            calls.append((call, thoughts))
            thoughts = []
        case .media: report.add("media")
        case .toolResult: report.add("tool_result")
        case .hostedCall(let call): report.addPieces(of: call)
        case .unknown(let part): report.add(part.type.string)
        }
    }

    func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("role")
        writer.value("assistant")
        writer.key("content")
        // Null beside tool calls and refusals, else a string even when it is empty.
        if texts.isEmpty, !(calls.isEmpty && refusals.isEmpty) { writer.null() } else { writer.value(joining: texts) }
        writer.key("refusal")
        if refusals.isEmpty { writer.null() } else { writer.value(joining: refusals) }
        if showsReasoning, reasoning.contains(where: { !$0.isEmpty }) {
            writer.key("reasoning_content")
            writer.value(joining: reasoning)
        }
        if !annotations.isEmpty {
            writer.key("annotations")
            writer.beginArray()
            for list in annotations { writer.raw(list[1..<list.count - 1]) }
            writer.endArray()
        }
        if !calls.isEmpty {
            writer.key("tool_calls")
            writer.beginArray()
            for (call, thoughts) in calls { write(call, thoughts: thoughts, into: &writer) }
            writer.endArray()
        }
        writer.endObject()
    }

    private func write(_ call: ToolCall, thoughts: [ReasoningPart], into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("id")
        writer.value(call.id)
        writer.key("type")
        writer.value(call.isCustom ? "custom" : "function")
        writer.key(call.isCustom ? "custom" : "function")
        writer.beginObject()
        writer.key("name")
        writer.value(call.name)
        writer.key(call.isCustom ? "input" : "arguments")
        switch call.arguments {
        case .string(let text): writer.value(text.isEmpty && !call.isCustom ? JSONText("{}") : text)
        case .value(let value): writer.value(JSONText(escaping: value.raw))
        }
        writer.endObject()
        OpenAIChatThoughts.write(thoughts, into: &writer)
        writer.endObject()
    }
}
