public import OmniJSON

/// Reads a complete chat completion.
public enum OpenAIChatResponseDecoder {
    /// - Parameter body: the answer's JSON object.
    /// - Throws: ``TranslationError`` with `malformedAnswer` when it holds an error or no choice.
    public static func decode(
        _ body: JSONValue, context: TranslationContext
    ) throws(TranslationError) -> CanonicalResponse {
        guard body.kind == .object else { throw TranslationError(.malformedAnswer, "the answer is not a JSON object") }
        if let fault = OpenAIChatErrors.decode(body, status: nil) {
            throw TranslationError(.malformedAnswer, "the answer is an error: \(fault.message)", at: "error")
        }
        var response = CanonicalResponse()
        var choices: JSONValue?
        for member in body.members {
            if member.isNamed("id") {
                response.id = member.value.text.flatMap { $0.isEmpty ? nil : $0 }
            } else if member.isNamed("model") {
                response.model = member.value.text
            } else if member.isNamed("created") {
                response.created = member.value.int.flatMap { $0 > 0 ? $0 : nil }
            } else if member.isNamed("choices") {
                choices = member.value
            } else if member.isNamed("usage") {
                response.usage = OpenAIChatUsage.decode(member.value)
            } else if member.isNamed("service_tier") {
                response.serviceTier = member.value.text
            } else if member.isNamed("system_fingerprint") {
                response.systemFingerprint = member.value.text
            } else if !member.isNamed("object") {
                response.vendorFields.append(VendorField(name: member.name, value: member.value))
            }
        }
        guard let choices, choices.kind == .array else {
            throw TranslationError(.malformedAnswer, "the answer has no choices", at: "choices")
        }
        for choice in choices.elements {
            response.choices.append(decodeChoice(choice, seed: context.seed(of: response.id), context: context))
        }
        guard !response.choices.isEmpty else {
            throw TranslationError(.malformedAnswer, "the answer has no choices", at: "choices")
        }
        return response
    }

    private static func decodeChoice(
        _ value: JSONValue, seed: ArraySlice<UInt8>, context: TranslationContext
    ) -> CanonicalResponse.Choice {
        var choice = CanonicalResponse.Choice()
        choice.index = value["index"]?.int ?? 0
        choice.logprobs = value.present("logprobs")
        if let message = value.present("message") ?? value.present("delta") {
            decodeMessage(message, seed: seed, context: context, into: &choice)
        }
        let hasCalls = choice.parts.contains { if case .toolCall = $0 { true } else { false } }
        let hasRefusal = choice.parts.contains { if case .refusal = $0 { true } else { false } }
        choice.finish = value.present("finish_reason").flatMap(OpenAIChatFinish.decode) ?? Finish(.stop)
        if choice.finish.reason == .stop || choice.finish.reason == .unknown {
            if hasCalls { choice.finish.reason = .toolUse } else if hasRefusal { choice.finish.reason = .refusal }
        }
        return choice
    }

    private static func decodeMessage(
        _ message: JSONValue, seed: ArraySlice<UInt8>, context: TranslationContext,
        into choice: inout CanonicalResponse.Choice
    ) {
        var reasoning = OpenAIChatReasoning()
        var calls: [Part] = []
        var value: JSONValue?
        var media: [Part] = []
        var refusal: JSONText?
        var annotations: JSONValue?
        for member in message.members {
            if member.isNamed("content") {
                value = member.value
            } else if member.isNamed("refusal") {
                refusal = member.value.text
            } else if member.isNamed("annotations") {
                annotations = member.value.kind == .array ? member.value : nil
            } else if member.isNamed("tool_calls") {
                for call in member.value.elements {
                    let salt = choice.index << 32 | calls.count + 1
                    if let call = decodeCall(call, seed: seed, salt: salt, context: context) {
                        calls.append(.toolCall(call))
                    }
                }
            } else if member.isNamed("function_call"), member.value.kind == .object {
                if let call = call(body: member.value, id: nil, isCustom: false, seed: seed, salt: 1, context: context)
                {
                    calls.append(.toolCall(call))
                }
            } else if member.isNamed("audio") || member.isNamed("images"), !member.value.isNull {
                media.append(.unknown(UnknownPart(type: member.name, origin: .openAIChat, raw: member.value)))
            } else {
                reasoning.take(member)
            }
        }
        let states = reasoning.states(context: context)
        if let text = reasoning.text {
            choice.parts.append(.reasoning(ReasoningPart(text: text, state: states.first)))
        } else if let state = states.first {
            choice.parts.append(.reasoning(ReasoningPart(text: .empty, state: state)))
        }
        for state in states.dropFirst() {
            choice.parts.append(.reasoning(ReasoningPart(text: .empty, state: state)))
        }
        var tags = ThinkTagSplitter(context.capabilities.thinkTags)
        if reasoning.text?.isEmpty == false { tags.expectSeparateThoughts() }
        var content = value.map { decodeContent($0, tags: &tags) } ?? []
        if let annotations, let last = content.lastIndex(where: { if case .text = $0 { true } else { false } }),
            case .text(var text) = content[last], annotations.hasElements
        {
            text.citations = annotations
            content[last] = .text(text)
        }
        if choice.parts.isEmpty {
            choice.parts = content
        } else {
            // Thoughts between tags go on with those told apart, as they do in a stream.
            choice.parts.appendJoining(content.prefix(1))
            choice.parts += content.dropFirst()
        }
        if !media.isEmpty { choice.parts += media }
        if let refusal, !refusal.isEmpty { choice.parts.append(.refusal(refusal)) }
        if !calls.isEmpty { choice.parts += calls }
    }

    /// Content is a string, but Mistral sends parts and some JSON modes an object.
    private static func decodeContent(_ value: JSONValue, tags: inout ThinkTagSplitter) -> [Part] {
        switch value.kind {
        case .string:
            if let text = value.text, tags.isPlain(text) { return [.text(TextPart(text))] }
            var parts: [Part] = []
            parts.appendJoining(text(value.text, tags: &tags))
            parts.appendJoining(tags.heldParts())
            return parts
        case .object: return [.text(TextPart(JSONText(escaping: value.raw)))]
        case .array:
            var parts: [Part] = []
            for part in value.elements {
                let type = part["type"]?.text
                if type?.equals("thinking") == true, let thinking = part["thinking"] {
                    tags.expectSeparateThoughts()
                    let pieces = thinking.text.map { [$0] } ?? thinking.elements.compactMap { $0["text"]?.text }
                    let joined = pieces.reduce(JSONText.empty) { $0 + $1 }
                    if !joined.isEmpty { parts.append(.reasoning(ReasoningPart(text: joined))) }
                } else if type?.equals("refusal") == true, let refusal = part["refusal"]?.text {
                    parts.append(.refusal(refusal))
                } else if let piece = part["text"]?.text {
                    let isSplit = !tags.isPassing
                    let split = text(piece, tags: &tags)
                    if isSplit { parts.appendJoining(split) } else { parts += split }
                } else {
                    parts.append(.unknown(UnknownPart(type: type ?? .empty, origin: .openAIChat, raw: part)))
                }
            }
            parts.appendJoining(tags.heldParts())
            return parts
        default: return []
        }
    }

    private static func text(_ text: JSONText?, tags: inout ThinkTagSplitter) -> [Part] {
        guard let text, !text.isEmpty else { return [] }
        return tags.parts(of: text)
    }

    private static func decodeCall(
        _ value: JSONValue, seed: ArraySlice<UInt8>, salt: Int, context: TranslationContext
    ) -> ToolCall? {
        let custom = value.present("custom")
        guard let body = custom ?? value.present("function") else { return nil }
        return call(
            body: body, id: value["id"]?.text, isCustom: custom != nil, seed: seed, salt: salt, context: context)
    }

    private static func call(
        body: JSONValue, id: JSONText?, isCustom: Bool, seed: ArraySlice<UInt8>, salt: Int,
        context: TranslationContext
    ) -> ToolCall? {
        guard let name = body["name"]?.text, !name.isEmpty else { return nil }
        let value = body.present(isCustom ? "input" : "arguments")
        let isWrapped = !isCustom && context.customTools.contains(name)
        let arguments: ToolArguments =
            switch value?.kind {
            case .string where isWrapped: .string(value?.text.map(ToolArguments.freeText(written:)) ?? .empty)
            case .object where isWrapped: .string(value.map(ToolArguments.freeText) ?? .empty)
            case .string: .string(value?.text.flatMap { isCustom || !$0.isNoArguments ? $0 : nil } ?? .empty)
            case .object, .array, .number, .bool: value.map { .value($0) } ?? .string(.empty)
            default: .string(.empty)
            }
        let id = id.flatMap { $0.isEmpty ? nil : $0 } ?? StableID.text("call_", seed, salt: salt)
        return ToolCall(
            id: id, name: context.clientName(of: name), arguments: arguments, isCustom: isCustom || isWrapped)
    }
}
