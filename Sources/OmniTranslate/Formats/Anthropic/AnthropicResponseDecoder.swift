public import OmniJSON

/// Reads a complete Anthropic message.
public enum AnthropicResponseDecoder {
    /// - Parameter body: the answer's JSON object.
    /// - Throws: ``TranslationError`` with `malformedAnswer` when it holds an error or no content.
    public static func decode(
        _ body: JSONValue, context: TranslationContext
    ) throws(TranslationError) -> CanonicalResponse {
        guard body.kind == .object else { throw TranslationError(.malformedAnswer, "the answer is not a JSON object") }
        if body["type"]?.isString("error") == true || body.present("error") != nil {
            let fault = AnthropicErrors.decode(body, status: nil)
            throw TranslationError(
                .malformedAnswer, "the answer is an error: \(fault?.message ?? "without words")", at: "error")
        }
        var response = CanonicalResponse()
        var choice = CanonicalResponse.Choice()
        var content: JSONValue?
        for member in body.members {
            if member.isNamed("id") {
                response.id = member.value.text
            } else if member.isNamed("model") {
                response.model = member.value.text
            } else if member.isNamed("content") {
                content = member.value
            } else if member.isNamed("usage") {
                response.usage = AnthropicUsage.decode(member.value)
                response.serviceTier = member.value.present("service_tier")?.text
            } else if !["type", "role", "stop_reason", "stop_sequence", "stop_details"].contains(where: member.isNamed)
            {
                response.vendorFields.append(VendorField(name: member.name, value: member.value))
            }
        }
        guard let content, content.kind == .array else {
            throw TranslationError(.malformedAnswer, "the answer has no content", at: "content")
        }
        var hasToolCalls = false
        var hosted = AnthropicHostedCalls()
        for block in content.elements {
            if let calls = hosted.add(block) {
                choice.parts += calls.map(Part.hostedCall)
                continue
            }
            let part = decodeBlock(block, context: context)
            if case .toolCall = part { hasToolCalls = true }
            choice.parts.append(part)
        }
        choice.parts += hosted.takeWaiting().map(Part.hostedCall)
        if let reason = body.present("stop_reason") {
            choice.finish = AnthropicFinish.decode(reason, in: body, hasToolCalls: hasToolCalls)
        } else {
            choice.finish = Finish(hasToolCalls ? .toolUse : .stop)
        }
        response.choices = [choice]
        return response
    }

    private static func decodeBlock(_ block: JSONValue, context: TranslationContext) -> Part {
        let type = block["type"]?.text ?? .empty
        if type.equals("text"), let text = block["text"]?.text {
            let citations = block.present("citations")
            let hasCitations = citations?.hasElements == true
            return .text(TextPart(text, citations: hasCitations ? citations : nil))
        }
        if type.equals("thinking"), let text = block["thinking"]?.text {
            let signature = block["signature"]?.text
            let state = signature.flatMap { $0.isEmpty ? nil : Self.state(.signature, $0, context: context) }
            return .reasoning(ReasoningPart(text: text, state: state))
        }
        if type.equals("redacted_thinking"), let data = block["data"]?.text {
            return .reasoning(ReasoningPart(text: .empty, state: state(.redacted, data, context: context)))
        }
        if type.equals("tool_use"), let id = block["id"]?.text, let name = block["name"]?.text, !name.isEmpty {
            let input = block.present("input")
            if context.customTools.contains(name) {
                return .toolCall(
                    ToolCall(
                        id: id, name: context.clientName(of: name),
                        arguments: .string(input.map(ToolArguments.freeText) ?? .empty), isCustom: true))
            }
            return .toolCall(
                ToolCall(
                    id: id, name: context.clientName(of: name),
                    arguments: input.map { .value($0) } ?? .string(.empty)))
        }
        return .unknown(UnknownPart(type: type, origin: .anthropicMessages, raw: block))
    }

    private static func state(
        _ kind: OpaqueState.Kind, _ payload: JSONText, context: TranslationContext
    ) -> OpaqueState {
        OpaqueState(
            kind: kind, origin: .anthropicMessages, provider: context.provider, model: context.model, payload: payload)
    }
}
