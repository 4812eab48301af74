import OmniJSON

/// Writes `POST /api/chat` bodies.
struct OllamaRequestEncoder {
    let request: CanonicalRequest
    let context: TranslationContext
    var writer = JSONWriter(reservingCapacity: 4096)
    var report = TranslationReport()
    /// Free-text tools, which are told as functions of one string.
    var customTools: Set<JSONText> = []

    static func encode(
        _ request: CanonicalRequest, context: TranslationContext
    ) throws(TranslationError) -> EncodedRequest {
        var encoder = OllamaRequestEncoder(request: request, context: context)
        try encoder.write()
        return EncodedRequest(body: encoder.writer.bytes, report: encoder.report, customTools: encoder.customTools)
    }

    private init(request: CanonicalRequest, context: TranslationContext) {
        self.request = request
        self.context = context
    }

    /// Whether the client speaks this dialect too.
    var isOwn: Bool { request.origin == .ollama }

    private mutating func write() throws(TranslationError) {
        try reviewFields()
        writer.beginObject()
        writer.key("model")
        writer.string(context.model)
        writer.key("messages")
        writer.beginArray()
        try writeMessages()
        writer.endArray()
        try writeTools()
        writeThink()
        writeFormat()
        try writeOptions()
        if let logprobs = request.logprobs {
            writer.key("logprobs")
            writer.value(true)
            if let count = logprobs.topCount {
                writer.key("top_logprobs")
                writer.value(count)
            }
        }
        if isOwn {
            for field in ownFields where field.optionName == nil {
                writer.key(field.name)
                writer.value(field.value)
            }
        }
        // Absent means true here, so it is always said.
        writer.key("stream")
        writer.value(request.isStreaming)
        writer.endObject()
    }

    /// What Ollama's clients said that has no canonical place.
    private var ownFields: [VendorField] { request.runtimeHints + request.vendorFields }

    /// Refuses what holds state or runs tools at another provider; the rest of what has no place here is reported.
    private mutating func reviewFields() throws(TranslationError) {
        if let count = request.choiceCount, count > 1 {
            throw TranslationError(.unsupported, "only one choice can be had from this model", at: "n")
        }
        if request.sampling.logitBias != nil { report.add("logit_bias") }
        guard !isOwn else { return }
        for message in request.messages {
            for field in message.vendorFields { report.add("messages.\(field.name.string)") }
        }
        for field in request.vendorFields { try review(field) }
        for field in request.outputVendorFields { report.add("output_config.\(field.name.string)") }
    }

    private mutating func review(_ field: VendorField) throws(TranslationError) {
        switch field.name.string {
        case "container", "mcp_servers", "thread", "cachedContent":
            throw TranslationError(
                .unsupported, "refers to what another provider runs or keeps", at: field.name.string)
        case "web_search_options":
            throw TranslationError(.unsupported, "this model does not search the web", at: "web_search_options")
        case "modalities":
            let isTextOnly = field.value.elements.allSatisfy { $0.isString("text") }
            if !isTextOnly {
                throw TranslationError(.unsupported, "this model answers in text only", at: "modalities")
            }
        case "prompt_cache_options", "prompt_cache_retention", "labels": break
        case let name: report.add("\(name)")
        }
    }

    // MARK: Reasoning and form

    private mutating func writeThink() {
        guard let reasoning = request.reasoning else { return }
        if isOwn, let native = reasoning.native {
            writer.key("think")
            writer.value(native)
            return
        }
        if let type = reasoning.native?["type"]?.text, type.equals("between_tools") { report.add("reasoning_effort") }
        let effort = reasoning.effort ?? reasoning.budgetTokens.map(ThinkingPlan.effort(ofBudget:))
        guard context.capabilities.thinking != .none else {
            // A model that cannot think refuses to be asked to.
            if effort != Reasoning.Effort.none {
                report.add("reasoning_effort")
            }
            return
        }
        writer.key("think")
        switch effort {
        case .some(.none): writer.value(false)
        // Servers refuse an amount for every other model (ollama, server/routes.go).
        case _ where !context.capabilities.takesThinkLevels: writer.value(true)
        case nil: writer.value(true)
        case .minimal, .low: writer.value("low")
        case .medium: writer.value("medium")
        case .high, .xhigh, .max: writer.value("high")
        }
    }

    /// Answers are always held to the schema here, strict or not.
    private mutating func writeFormat() {
        switch request.responseFormat {
        case nil, .text: return
        case .jsonObject:
            writer.key("format")
            writer.value("json")
        case .jsonSchema(_, _, let schema, _):
            writer.key("format")
            writer.value(schema)
        }
    }

    // MARK: Options

    private mutating func writeOptions() throws(TranslationError) {
        let sampling = request.sampling
        var options = JSONWriter()
        let numbers: [(StaticString, JSONNumber?)] = [
            ("temperature", sampling.temperature), ("top_p", sampling.topP), ("top_k", sampling.topK),
            ("presence_penalty", sampling.presencePenalty), ("frequency_penalty", sampling.frequencyPenalty),
            ("seed", sampling.seed),
        ]
        options.beginObject()
        for case (let name, let number?) in numbers {
            options.key(name)
            options.value(number)
        }
        if let limit = request.maxOutputTokens {
            // Nothing and less mean no limit here.
            guard limit > 0 else {
                throw TranslationError(.unsupported, "this model cannot be asked for no output", at: "max_tokens")
            }
            options.key("num_predict")
            options.value(limit)
        }
        let stops = request.stopSequences.filter { !$0.isEmpty }
        if !stops.isEmpty {
            options.key("stop")
            options.beginArray()
            for stop in stops { options.value(stop) }
            options.endArray()
        }
        if isOwn {
            for field in ownFields {
                guard let name = field.optionName else { continue }
                options.key(name)
                options.value(field.value)
            }
        }
        options.endObject()
        guard options.bytes.count > 2 else { return }
        writer.key("options")
        writer.raw(options.bytes[...])
    }
}

extension VendorField {
    /// How members of Ollama's `options` are told from fields beside it.
    static let optionPrefix: JSONText = "options."

    /// The name inside `options`; nil for other fields.
    fileprivate var optionName: JSONText? {
        let prefix = Self.optionPrefix.escaped
        return name.escaped.starts(with: prefix) ? JSONText(escaped: name.escaped.dropFirst(prefix.count)) : nil
    }
}
