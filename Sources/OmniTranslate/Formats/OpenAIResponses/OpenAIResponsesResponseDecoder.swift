public import OmniJSON

/// Reads a complete response.
public enum OpenAIResponsesResponseDecoder {
    /// - Parameter body: the answer's JSON object.
    /// - Throws: ``TranslationError`` with `malformedAnswer` when it failed, is not finished or has no output.
    public static func decode(
        _ body: JSONValue, context: TranslationContext
    ) throws(TranslationError) -> CanonicalResponse {
        guard body.kind == .object else { throw TranslationError(.malformedAnswer, "the answer is not a JSON object") }
        if let fault = OpenAIResponsesErrors.fault(of: body) {
            throw TranslationError(.malformedAnswer, "the answer is an error: \(fault.message)", at: "error")
        }
        if let status = body["status"]?.text, status.equals("queued") || status.equals("in_progress") {
            throw TranslationError(.malformedAnswer, "the answer is not finished", at: "status")
        }
        guard let output = body.present("output"), output.kind == .array else {
            throw TranslationError(.malformedAnswer, "the answer has no output", at: "output")
        }
        var response = CanonicalResponse()
        response.id = body["id"]?.text
        response.model = body["model"]?.text
        response.created = body["created_at"]?.int.flatMap { $0 > 0 ? $0 : nil }
        response.serviceTier = body["service_tier"]?.text
        response.usage = OpenAIResponsesUsage.decode(body.present("usage"))
        var choice = CanonicalResponse.Choice()
        var logprobs: [JSONValue] = []
        for (index, item) in output.elements.enumerated() {
            let seed = response.id?.escaped ?? []
            choice.parts += parts(of: item, at: index, seed: seed, context: context, logprobs: &logprobs)
        }
        choice.logprobs = OpenAIResponsesLogprobs.decode(logprobs)
        choice.finish = OpenAIResponsesFinish.decode(
            body,
            hasToolCalls: choice.parts.contains { if case .toolCall = $0 { true } else { false } },
            hasRefusal: choice.parts.contains { if case .refusal = $0 { true } else { false } })
        response.choices = [choice]
        return response
    }

    private static func parts(
        of item: JSONValue, at index: Int, seed: ArraySlice<UInt8>, context: TranslationContext,
        logprobs: inout [JSONValue]
    ) -> [Part] {
        let type = item["type"]?.text ?? .empty
        if type.equals("message") {
            let phase = item["phase"]?.text
            return item["content"]?.elements.map { part(of: $0, phase: phase, logprobs: &logprobs) } ?? []
        }
        if type.equals("reasoning") {
            let part = ReasoningPart(
                text: OpenAIResponsesReasoning.text(of: item),
                state: OpenAIResponsesReasoning.state(of: item, context: context))
            return part.text.isEmpty && part.state == nil ? [] : [.reasoning(part)]
        }
        let isCustom = type.equals("custom_tool_call")
        if isCustom || type.equals("function_call"), let name = item["name"]?.text, !name.isEmpty {
            let id =
                item["call_id"]?.text ?? item["id"]?.text ?? StableID.text("call_", seed, salt: index + 1)
            let arguments = item.present(isCustom ? "input" : "arguments")
            var call = ToolCall(
                id: id, name: context.clientName(of: name),
                arguments: arguments.map { value in value.text.map { .string($0) } ?? .value(value) }
                    ?? .string(.empty),
                isCustom: isCustom)
            call.namespace = item["namespace"]?.text
            return [.toolCall(call)]
        }
        if let call = OpenAIResponsesHostedCalls.decode(item) { return [.hostedCall(call)] }
        var unknown = UnknownPart(type: type, origin: .openAIResponses, raw: item)
        unknown.isItem = true
        return [.unknown(unknown)]
    }

    private static func part(of content: JSONValue, phase: JSONText?, logprobs: inout [JSONValue]) -> Part {
        let type = content["type"]?.text ?? .empty
        if type.equals("output_text"), let words = content["text"]?.text {
            var text = TextPart(
                words, citations: OpenAIResponsesAnnotations.decode(list: content.present("annotations")))
            text.phase = phase
            if let list = content.present("logprobs") { logprobs.append(list) }
            return .text(text)
        }
        if type.equals("refusal"), let words = content["refusal"]?.text { return .refusal(words) }
        return .unknown(UnknownPart(type: type, origin: .openAIResponses, raw: content))
    }
}

extension OpenAIResponsesReasoning {
    /// The token that lets the provider take a thought up again.
    static func state(of item: JSONValue, context: TranslationContext) -> OpaqueState? {
        guard let token = item["encrypted_content"]?.text, !token.isEmpty else { return nil }
        return OpaqueState(
            kind: .encrypted, origin: .openAIResponses, provider: context.provider, model: context.model,
            itemID: item["id"]?.text, payload: token)
    }
}
