import OmniJSON

/// Reads `generateContent` and `streamGenerateContent` bodies.
enum GeminiRequestDecoder {
    private static let known: [StaticString] = [
        "model", "contents", "systemInstruction", "tools", "toolConfig", "safetySettings", "generationConfig",
        "cachedContent", "serviceTier", "store",
    ]
    private static let knownOfGeneration: [StaticString] = [
        "temperature", "topP", "topK", "candidateCount", "maxOutputTokens", "stopSequences", "seed", "presencePenalty",
        "frequencyPenalty", "responseLogprobs", "logprobs", "responseMimeType", "responseSchema", "responseJsonSchema",
        "responseModalities", "thinkingConfig",
    ]

    /// - Parameters: model: from the path. isStreaming: whether the method is `streamGenerateContent`.
    static func decode(
        _ body: JSONValue, model: String?, isStreaming: Bool
    ) throws(TranslationError) -> CanonicalRequest {
        let fields = try FieldReader(body, spelling: .camelOrSnake)
        let inner = try fields.text("model")?.string
        guard let model = model ?? inner else {
            throw TranslationError(.invalid, "the URL names no model", at: "model")
        }
        var request = CanonicalRequest(origin: .gemini, model: model)
        request.isStreaming = isStreaming
        request.includesStreamUsage = true
        if let name = fields.value("cachedContent") {
            // A prefix of the conversation that only Google holds: content nobody else can be given.
            let part = UnknownPart(type: "cachedContent", origin: .gemini, raw: name)
            request.messages.append(Message(role: .user, parts: [.unknown(part)]))
        }
        if let parts = try instruction(fields) { request.messages.append(Message(role: .system, parts: parts)) }
        var contents = GeminiContentsReader()
        for content in try fields.list("contents") { try contents.add(content) }
        guard fields.value("contents") != nil else {
            throw TranslationError(.invalid, "field required", at: "contents")
        }
        guard !contents.messages.isEmpty else { throw TranslationError(.invalid, "must not be empty", at: "contents") }
        request.messages += contents.messages
        for tool in try fields.list("tools") { try GeminiToolReader.read(tool, into: &request) }
        if let configuration = try fields.reader("toolConfig") {
            try GeminiToolReader.readConfiguration(configuration, into: &request)
        }
        request.safetySettings = fields.value("safetySettings")
        if let configuration = try fields.reader("generationConfig") { try decode(configuration, into: &request) }
        // `standard` is what everybody else calls the default.
        request.serviceTier = try fields.text("serviceTier").map { $0.equals("standard") ? "default" : $0 }
        request.isStored = try fields.bool("store")
        request.vendorFields += fields.further(than: known)
        return request
    }

    /// A content, or only its words.
    private static func instruction(_ fields: FieldReader) throws(TranslationError) -> [Part]? {
        if let text = fields.value("systemInstruction")?.text { return [.text(TextPart(text))] }
        guard let content = try fields.reader("systemInstruction") else { return nil }
        var parts: [Part] = []
        for part in try content.list("parts") {
            if let text = try part.text("text") {
                parts.append(.text(TextPart(text)))
            } else if let media = GeminiMedia.decode(part.object) {
                // Instructions are text everywhere; what else was wanted is told.
                parts.append(.media(media))
            }
        }
        if let text = try content.text("text") { parts.append(.text(TextPart(text))) }
        return parts
    }

    // MARK: Generation

    private static func decode(
        _ fields: FieldReader, into request: inout CanonicalRequest
    ) throws(TranslationError) {
        request.sampling.temperature = try fields.number("temperature")
        request.sampling.topP = try fields.number("topP")
        request.sampling.topK = try fields.number("topK")
        request.sampling.seed = try fields.number("seed")
        request.sampling.presencePenalty = try fields.number("presencePenalty")
        request.sampling.frequencyPenalty = try fields.number("frequencyPenalty")
        request.choiceCount = try fields.int("candidateCount", minimum: 1)
        request.maxOutputTokens = try fields.int("maxOutputTokens", minimum: 1)
        request.stopSequences = try fields.texts("stopSequences")
        if try fields.bool("responseLogprobs") == true {
            request.logprobs = Logprobs(topCount: try fields.int("logprobs"))
        }
        try decodeFormat(fields, into: &request)
        let modalities = try fields.texts("responseModalities")
        if modalities.contains(where: { $0.string.uppercased() != "TEXT" }) {
            var writer = JSONWriter()
            writer.beginArray()
            for name in modalities { writer.string(name.string.lowercased()) }
            writer.endArray()
            if let value = try? JSONValue(parsing: writer.bytes) {  // Made of texts of a parsed text, it parses.
                request.vendorFields.append(VendorField(name: "modalities", value: value))
            }
        }
        if let thinking = try fields.reader("thinkingConfig") { request.reasoning = try reasoning(thinking) }
        request.vendorFields += fields.further(than: knownOfGeneration, prefix: "generationConfig.")
    }

    private static func decodeFormat(
        _ fields: FieldReader, into request: inout CanonicalRequest
    ) throws(TranslationError) {
        let type = try fields.text("responseMimeType")
        let schema = try fields.reader("responseJsonSchema")?.object
        let subset = try fields.reader("responseSchema")?.object
        if let type, !type.equals("application/json") {
            guard !type.equals("text/plain") else { return }
            for name in ["responseMimeType", "responseSchema", "responseJsonSchema"] as [StaticString] {
                guard let value = fields.value(name) else { continue }
                request.vendorFields.append(
                    VendorField(name: "generationConfig." + JSONText("\(name)"), value: value))
            }
            return
        }
        if let schema = schema ?? subset.map(OpenAPISchema.jsonSchema) {
            request.responseFormat = .jsonSchema(name: nil, description: nil, schema: schema, isStrict: nil)
        } else if type != nil {
            request.responseFormat = .jsonObject
        }
    }

    private static func reasoning(_ fields: FieldReader) throws(TranslationError) -> Reasoning {
        var reasoning = Reasoning(native: fields.object)
        reasoning.visibility = try fields.bool("includeThoughts") == true ? .summary : .hidden
        if let budget = try fields.int("thinkingBudget", minimum: -1) {
            if budget == 0 { reasoning.effort = Reasoning.Effort.none }
            if budget > 0 { reasoning.budgetTokens = budget }
        }
        if let level = try fields.text("thinkingLevel"), !level.equals("THINKING_LEVEL_UNSPECIFIED") {
            guard let effort = Reasoning.Effort(rawValue: level.string.lowercased()), effort != .none, effort != .max
            else {
                throw TranslationError(
                    .invalid, "must be MINIMAL, LOW, MEDIUM, HIGH or XHIGH", at: fields.at("thinkingLevel"))
            }
            reasoning.effort = effort
        }
        return reasoning
    }
}
