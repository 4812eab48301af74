import OmniJSON

/// Reads a complete answer of `/api/chat`.
enum OllamaResponseDecoder {
    private static let known: [StaticString] = [
        "model", "created_at", "message", "done", "done_reason", "logprobs", "total_duration", "load_duration",
        "prompt_eval_count", "prompt_eval_duration", "eval_count", "eval_duration",
    ]

    /// - Throws: ``TranslationError`` with `malformedAnswer` when it holds an error, no message, or only its beginning.
    static func decode(
        _ body: JSONValue, context: TranslationContext
    ) throws(TranslationError) -> CanonicalResponse {
        guard body.kind == .object else { throw TranslationError(.malformedAnswer, "the answer is not a JSON object") }
        if let fault = OllamaErrors.decode(body, status: nil) {
            throw TranslationError(.malformedAnswer, "the answer is an error: \(fault.message)", at: "error")
        }
        guard let message = body.present("message"), message.kind == .object else {
            throw TranslationError(.malformedAnswer, "the answer has no message", at: "message")
        }
        guard body["done"]?.bool != false else {
            throw TranslationError(.malformedAnswer, "the answer is not complete", at: "done")
        }
        var response = CanonicalResponse()
        response.model = body["model"]?.text
        let createdAt = body["created_at"]?.text
        // There are no ids here; the time in nanoseconds is the nearest thing to one.
        response.id = createdAt
        response.created = createdAt.flatMap(OllamaTime.seconds(in:))
        response.usage = OllamaUsage.decode(body)
        for member in body.members where !member.value.isNull {
            if known.contains(where: { member.isNamed($0) }) { continue }
            response.vendorFields.append(VendorField(name: member.name, value: member.value))
        }
        var choice = CanonicalResponse.Choice()
        choice.parts = parts(of: message, seed: createdAt?.escaped ?? [], context: context)
        choice.logprobs = OllamaLogprobs.decode(body.present("logprobs"))
        let hasToolCalls = choice.parts.contains { if case .toolCall = $0 { true } else { false } }
        choice.finish = OllamaFinish.decode(body.present("done_reason"), hasToolCalls: hasToolCalls)
        response.choices = [choice]
        return response
    }

    private static func parts(
        of message: JSONValue, seed: ArraySlice<UInt8>, context: TranslationContext
    ) -> [Part] {
        var parts: [Part] = []
        var tags = ThinkTagSplitter(context.capabilities.thinkTags)
        if let text = message["thinking"]?.text, !text.isEmpty {
            tags.expectSeparateThoughts()
            parts.append(.reasoning(ReasoningPart(text: text)))
        }
        if let text = message["content"]?.text, !text.isEmpty { parts.appendJoining(tags.parts(of: text)) }
        parts.appendJoining(tags.heldParts())
        for image in message["images"]?.elements ?? message.elements {
            guard let data = image.text else { continue }
            let type = ImageType.mediaType(data, declared: nil)
            parts.append(.media(MediaPart(kind: .image, source: .base64(mediaType: type, data: data))))
        }
        var count = 0
        for value in message["tool_calls"]?.elements ?? message.elements {
            count += 1
            guard let call = OllamaToolCall(value, seed: seed, ordinal: count, context: context) else { continue }
            parts.append(
                .toolCall(
                    ToolCall(id: call.id, name: call.name, arguments: call.arguments, isCustom: call.isCustom)))
        }
        return parts
    }
}

/// A call as an answer or a stream's line holds it, always whole.
struct OllamaToolCall {
    let id: JSONText
    /// The client's name of the tool.
    let name: JSONText
    let isCustom: Bool
    /// The object the model wrote; of a free-text tool, the text in it.
    let arguments: ToolArguments

    /// - Parameters:
    ///   - seed: what an id is made from where the server gives none; differs from answer to answer.
    ///   - ordinal: which call of the answer it is.
    /// - Returns: nil for what names no function.
    init?(_ value: JSONValue, seed: ArraySlice<UInt8>, ordinal: Int, context: TranslationContext) {
        guard let function = value.present("function"), let name = function["name"]?.text, !name.isEmpty else {
            return nil
        }
        self.name = context.clientName(of: name)
        isCustom = context.customTools.contains(name)
        let input = function.present("arguments")
        if isCustom {
            arguments = .string(input.map(ToolArguments.freeText) ?? .empty)
        } else if let input {
            arguments = input.text.map { .string($0) } ?? .value(input)
        } else {
            arguments = .string("{}")
        }
        if let given = value["id"]?.text, !given.isEmpty {
            id = given
        } else {
            id = StableID.text("call_", seed, salt: ordinal)
        }
    }
}
