import OmniJSON

/// Reads `POST /v1/responses` bodies.
enum OpenAIResponsesRequestDecoder {
    /// Fields with a canonical place; every other one is kept as a vendor field.
    private static let known: [StaticString] = [
        "model", "input", "instructions", "stream", "tools", "tool_choice", "parallel_tool_calls", "max_output_tokens",
        "temperature", "top_p", "top_logprobs", "text", "reasoning", "service_tier", "user", "safety_identifier",
        "metadata", "store", "prompt_cache_key",
    ]

    static func decode(_ body: JSONValue) throws(TranslationError) -> CanonicalRequest {
        let fields = try FieldReader(body)
        var request = CanonicalRequest(origin: .openAIResponses, model: try fields.requiredText("model").string)
        request.isStreaming = try fields.bool("stream") ?? false
        request.includesStreamUsage = true
        if let instructions = try fields.text("instructions"), !instructions.isEmpty {
            request.messages.append(Message(role: .system, parts: [.text(TextPart(instructions))]))
        }
        try decodeInput(fields, into: &request)
        for tool in try fields.objects("tools") { request.tools.append(try self.tool(tool)) }
        request.toolChoice = try toolChoice(fields)
        request.allowsParallelToolCalls = try fields.bool("parallel_tool_calls")
        request.maxOutputTokens = try fields.int("max_output_tokens", minimum: 1)
        request.sampling.temperature = try fields.number("temperature")
        request.sampling.topP = try fields.number("top_p")
        request.logprobs = try logprobs(fields)
        try decodeText(fields, into: &request)
        request.reasoning = try reasoning(fields)
        request.serviceTier = try fields.text("service_tier")
        request.user = try fields.text("safety_identifier", or: "user")
        request.metadata = try fields.reader("metadata")?.object
        request.isStored = try fields.bool("store")
        request.promptCacheKey = try fields.text("prompt_cache_key")
        request.vendorFields = fields.further(than: known)
        return request
    }

    private static func decodeInput(
        _ fields: FieldReader, into request: inout CanonicalRequest
    ) throws(TranslationError) {
        guard let input = fields.value("input") else {
            // A stored turn or a stored prompt may be all there is to answer.
            let isKept = ["previous_response_id", "conversation", "prompt"].contains { fields.value($0) != nil }
            guard isKept else { throw TranslationError(.invalid, "field required", at: "input") }
            return
        }
        if let text = input.text {
            request.messages.append(Message(role: .user, parts: [.text(TextPart(text))]))
            return
        }
        guard input.kind == .array else {
            throw TranslationError(.invalid, "must be a string or an array of items", at: "input")
        }
        for item in try fields.objects("input") { try decodeItem(item, into: &request.messages) }
        guard !request.messages.isEmpty else { throw TranslationError(.invalid, "must not be empty", at: "input") }
    }

    /// Asked for by a number of alternatives, or by name in `include`.
    private static func logprobs(_ fields: FieldReader) throws(TranslationError) -> Logprobs? {
        let count = try fields.int("top_logprobs")
        let isNamed =
            try fields.array("include")?.elements.contains {
                $0.isString("message.output_text.logprobs")
            } ?? false
        return isNamed || count ?? 0 > 0 ? Logprobs(topCount: count) : nil
    }

    private static func decodeText(
        _ fields: FieldReader, into request: inout CanonicalRequest
    ) throws(TranslationError) {
        guard let text = try fields.reader("text") else { return }
        request.verbosity = try text.text("verbosity")
        request.outputVendorFields = text.further(than: ["format", "verbosity"])
        guard let format = try text.reader("format") else { return }
        let type = try format.requiredText("type")
        if type.equals("text") {
            request.responseFormat = .text
        } else if type.equals("json_object") {
            request.responseFormat = .jsonObject
        } else if type.equals("json_schema") {
            guard let schema = try format.reader("schema") else {
                throw TranslationError(.invalid, "field required", at: format.at("schema"))
            }
            request.responseFormat = .jsonSchema(
                name: try format.requiredText("name"), description: try format.text("description"),
                schema: schema.object, isStrict: try format.bool("strict"))
        } else {
            throw TranslationError(.invalid, "must be text, json_object or json_schema", at: format.at("type"))
        }
    }

    private static func reasoning(_ fields: FieldReader) throws(TranslationError) -> Reasoning? {
        guard let object = try fields.reader("reasoning") else { return nil }
        var reasoning = Reasoning(native: object.object)
        if let effort = try object.text("effort") {
            guard let known = Reasoning.Effort(rawValue: effort.string) else {
                throw TranslationError(
                    .invalid, "must be one of none, minimal, low, medium, high, xhigh, max", at: object.at("effort"))
            }
            reasoning.effort = known
        }
        if try object.text("summary", or: "generate_summary") != nil { reasoning.visibility = .summary }
        return reasoning
    }

    // MARK: Tools

    /// - Parameter tool: an entry of `tools`, also of a group's.
    static func tool(_ tool: FieldReader) throws(TranslationError) -> Tool {
        let type = try tool.requiredText("type")
        if type.equals("function") {
            var function = FunctionTool(
                name: try tool.requiredText("name"), description: try tool.text("description"),
                parameters: try tool.reader("parameters")?.object, isStrict: try tool.bool("strict"))
            function.vendorFields = tool.further(than: ["type", "name", "description", "parameters", "strict"])
            return .function(function)
        }
        if type.equals("custom") { return try custom(tool) }
        return .hosted(UnknownPart(type: type, origin: .openAIResponses, raw: tool.object))
    }

    /// A free-text tool, described beside its type.
    static func custom(_ tool: FieldReader) throws(TranslationError) -> Tool {
        .custom(
            name: try tool.requiredText("name"), description: try tool.text("description"),
            format: try tool.reader("format").flatMap(nestedFormat))
    }

    /// A grammar as Chat nests it, which is the form kept: `{"type":"grammar","grammar":{"syntax":…,"definition":…}}`.
    private static func nestedFormat(_ format: FieldReader) -> JSONValue? {
        guard format.value("type")?.isString("grammar") ?? false, format.value("grammar") == nil else {
            return format.object
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("type")
        writer.value("grammar")
        writer.key("grammar")
        writer.beginObject()
        for field in format.further(than: ["type"]) {
            writer.key(field.name)
            writer.value(field.value)
        }
        writer.endObject()
        writer.endObject()
        // Made of values that were parsed before, so it parses.
        return try? JSONValue(parsing: writer.bytes)
    }

    private static func toolChoice(_ fields: FieldReader) throws(TranslationError) -> ToolChoice? {
        guard let value = fields.value("tool_choice") else { return nil }
        if let text = value.text {
            if text.equals("auto") { return .auto }
            if text.equals("none") { return ToolChoice.none }
            if text.equals("required") { return .required }
            throw TranslationError(.invalid, "must be auto, none, required or an object", at: "tool_choice")
        }
        let choice = try FieldReader(value, path: "tool_choice")
        let type = try choice.requiredText("type")
        if type.equals("function") || type.equals("custom") { return .named(try choice.requiredText("name")) }
        guard type.equals("allowed_tools") else { return .hosted(value) }
        var names: [JSONText] = []
        for tool in try choice.objects("tools") { if let name = try tool.text("name") { names.append(name) } }
        // Tools that are named by their type only are the provider's; no name stands for them.
        let hasHosted = try choice.objects("tools").contains { $0.value("name") == nil }
        if hasHosted { return .hosted(value) }
        return .allowed(names: names, isRequired: try choice.text("mode")?.equals("required") ?? false)
    }
}
