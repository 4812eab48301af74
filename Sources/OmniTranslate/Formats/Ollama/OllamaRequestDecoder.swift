import OmniJSON

/// Reads bodies of `POST /api/chat` and, as a conversation of one turn, of `POST /api/generate`.
enum OllamaRequestDecoder {
    private static let known: [StaticString] = [
        "model", "messages", "stream", "tools", "think", "format", "options", "keep_alive", "logprobs", "top_logprobs",
    ]

    private static let knownOfGenerate: [StaticString] = [
        "prompt", "system", "images", "suffix", "template", "raw", "context",
    ]

    /// Options that concern the machine which runs the model and never what it says.
    private static let runtimeOptions: [StaticString] = [
        "num_ctx", "num_keep", "num_batch", "num_gpu", "num_thread", "main_gpu", "low_vram", "f16_kv", "numa",
        "use_mmap", "use_mlock", "vocab_only", "logits_all",
    ]

    static func decode(_ body: JSONValue) throws(TranslationError) -> CanonicalRequest {
        let fields = try FieldReader(body)
        var request = CanonicalRequest(origin: .ollama, model: try fields.requiredText("model").string)
        request.isStreaming = try fields.bool("stream") ?? true
        request.includesStreamUsage = true
        let isGenerate = fields.value("messages") == nil && fields.value("prompt") != nil
        request.messages = try isGenerate ? generateMessages(fields) : messages(fields)
        for tool in try fields.objects("tools") { request.tools.append(try self.tool(tool)) }
        request.reasoning = try reasoning(fields)
        request.responseFormat = try responseFormat(fields)
        if let options = try fields.reader("options") { try decode(options, into: &request) }
        if try fields.bool("logprobs") == true {
            request.logprobs = Logprobs(topCount: try fields.int("top_logprobs"))
        }
        if let keepAlive = fields.value("keep_alive") {
            request.runtimeHints.append(VendorField(name: "keep_alive", value: keepAlive))
        }
        request.vendorFields += fields.further(than: isGenerate ? known + knownOfGenerate : known)
        return request
    }

    private static func reasoning(_ fields: FieldReader) throws(TranslationError) -> Reasoning? {
        guard let think = fields.value("think") else { return nil }
        let effort: Reasoning.Effort?
        switch think.kind {
        // A plain yes leaves the amount open, but some models think nothing unless they are told how much.
        case .bool: effort = think.bool == true ? .medium : Reasoning.Effort.none
        case .string:
            effort = think.string.flatMap(Reasoning.Effort.init(rawValue:))
        default: effort = nil
        }
        let levels: [Reasoning.Effort] = [.low, .medium, .high, .max]
        guard let effort, think.kind == .bool || levels.contains(effort) else {
            throw TranslationError(.invalid, "must be a boolean or one of low, medium, high, max", at: "think")
        }
        return Reasoning(effort: effort, native: think)
    }

    /// An empty string says nothing, as in Ollama itself.
    private static func responseFormat(_ fields: FieldReader) throws(TranslationError) -> ResponseFormat? {
        guard let format = fields.value("format") else { return nil }
        if let text = format.text {
            if text.isEmpty { return nil }
            if text.equals("json") { return .jsonObject }
        }
        guard format.kind == .object else {
            throw TranslationError(.invalid, #"must be "json" or a JSON Schema object"#, at: "format")
        }
        return .jsonSchema(name: nil, description: nil, schema: format, isStrict: nil)
    }

    // MARK: Options

    private static func decode(
        _ options: FieldReader, into request: inout CanonicalRequest
    ) throws(TranslationError) {
        request.sampling.temperature = try options.number("temperature")
        request.sampling.topP = try options.number("top_p")
        request.sampling.topK = try options.number("top_k")
        request.sampling.presencePenalty = try options.number("presence_penalty")
        request.sampling.frequencyPenalty = try options.number("frequency_penalty")
        request.sampling.seed = try options.number("seed")
        request.stopSequences = try stop(options)
        // -1 is no limit, -2 until the context is full: neither is a number other dialects could be given.
        if let limit = try options.int("num_predict", minimum: .min) {
            if limit > 0 {
                request.maxOutputTokens = limit
            } else if let value = options.value("num_predict") {
                request.runtimeHints.append(option("num_predict", value))
            }
        }
        let canonical: [StaticString] = [
            "temperature", "top_p", "top_k", "presence_penalty", "frequency_penalty", "seed", "stop", "num_predict",
        ]
        for field in options.further(than: canonical) {
            let isHint = runtimeOptions.contains { field.name.equals($0) }
            let named = option(field.name, field.value)
            if isHint { request.runtimeHints.append(named) } else { request.vendorFields.append(named) }
        }
    }

    private static func option(_ name: JSONText, _ value: JSONValue) -> VendorField {
        VendorField(name: VendorField.optionPrefix + name, value: value)
    }

    private static func stop(_ options: FieldReader) throws(TranslationError) -> [JSONText] {
        guard let value = options.value("stop") else { return [] }
        if let text = value.text { return [text] }
        var sequences: [JSONText] = []
        for (index, element) in (try options.array("stop")?.elements.map { $0 } ?? []).enumerated() {
            guard let text = element.text else {
                throw TranslationError(.invalid, "must be a string", at: "\(options.at("stop"))[\(index)]")
            }
            sequences.append(text)
        }
        return sequences
    }

    // MARK: Tools

    private static func tool(_ tool: FieldReader) throws(TranslationError) -> Tool {
        if let type = try tool.text("type"), !type.isEmpty, !type.equals("function") {
            return .hosted(UnknownPart(type: type, origin: .ollama, raw: tool.object))
        }
        guard let function = try tool.reader("function") else {
            throw TranslationError(.invalid, "field required", at: tool.at("function"))
        }
        return .function(
            FunctionTool(
                name: try function.requiredText("name"), description: try function.text("description"),
                parameters: try function.reader("parameters")?.object))
    }
}
