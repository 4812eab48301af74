import OmniJSON

/// Writes `POST /v1/messages` bodies.
struct AnthropicRequestEncoder {
    let request: CanonicalRequest
    let context: TranslationContext
    var writer = JSONWriter(reservingCapacity: 4096)
    var report = TranslationReport()
    var names: ToolNames
    var turns: TurnNormalizer
    /// Breakpoints still allowed; the API takes four.
    var breakpointsToSkip: Int

    static func encode(
        _ request: CanonicalRequest, context: TranslationContext
    ) throws(TranslationError) -> EncodedRequest {
        var encoder = AnthropicRequestEncoder(request: request, context: context)
        try encoder.write()
        if context.isStrict, let loss = encoder.report.losses.first {
            throw TranslationError(.unsupported, "cannot be carried over (\(loss.reason))", at: loss.field)
        }
        return EncodedRequest(
            body: encoder.writer.bytes, apiVersion: encoder.apiVersion, report: encoder.report,
            renamedTools: encoder.names.renamed)
    }

    private init(request: CanonicalRequest, context: TranslationContext) {
        self.request = request
        self.context = context
        names = ToolNames(request.tools.compactMap(\.name), maximum: 64)
        turns = TurnNormalizer(request, capabilities: context.capabilities)
        report.merge(turns.report)
        let marks = Self.countBreakpoints(turns, tools: request.tools)
        breakpointsToSkip = max(0, marks - 4)
        if marks > 4 { report.add("cache_control", "limit") }
    }

    private static func countBreakpoints(_ turns: TurnNormalizer, tools: [Tool]) -> Int {
        var count = turns.system.filter { $0.cacheBreakpoint != nil }.count
        for tool in tools { if case .function(let function) = tool, function.cacheBreakpoint != nil { count += 1 } }
        for turn in turns.turns { count += turn.parts.filter { $0.cacheBreakpoint != nil }.count }
        return count
    }

    private var setsSampling: Bool {
        let sampling = request.sampling
        return sampling.temperature != nil || sampling.topP != nil || sampling.topK != nil
    }

    /// The newest version refuses sampling parameters; only the first knows them, and other vendors know only the first.
    private var apiVersion: String {
        context.provider == "anthropic" && !(setsSampling && context.capabilities.allowsSampling)
            ? "2026-10-21" : "2023-06-01"
    }

    private mutating func write() throws(TranslationError) {
        try refuseWhatCannotBeSaid()
        let thinking = ThinkingPlan(request: request, context: context, turns: turns, report: &report)
        writer.beginObject()
        writer.key("model")
        writer.string(context.model)
        writer.key("max_tokens")
        writer.value(thinking.maxTokens)
        writeSystem()
        writer.key("messages")
        writer.beginArray()
        for turn in turns.turns { try write(turn) }
        writer.endArray()
        try writeTools(thinking: thinking)
        writeSampling(thinking: thinking)
        let stops = request.stopSequences.filter { !$0.isBlank }
        if !stops.isEmpty {
            writer.key("stop_sequences")
            writer.beginArray()
            for stop in stops { writer.value(stop) }
            writer.endArray()
        }
        thinking.write(into: &writer)
        writeOutputConfiguration(thinking: thinking)
        if let user = request.user {
            writer.key("metadata")
            writer.beginObject()
            writer.key("user_id")
            writer.value(UserIdentifier.safe(user, maximum: 256))
            writer.endObject()
        }
        if let tier = request.serviceTier {
            if tier.equals("auto") || tier.equals("standard_only") {
                writer.key("service_tier")
                writer.value(tier)
            } else if tier.equals("default") {
                writer.key("service_tier")
                writer.value("standard_only")
            } else {
                report.add("service_tier")
            }
        }
        if request.isStreaming {
            writer.key("stream")
            writer.value(true)
        }
        writer.endObject()
    }

    private mutating func refuseWhatCannotBeSaid() throws(TranslationError) {
        if let count = request.choiceCount, count > 1 {
            throw TranslationError(.unsupported, "only one choice can be had from this model", at: "n")
        }
        if request.logprobs != nil { report.add("logprobs") }
        if request.sampling.seed != nil { report.add("seed") }
        if request.sampling.frequencyPenalty != nil { report.add("frequency_penalty") }
        if request.sampling.presencePenalty != nil { report.add("presence_penalty") }
        if request.sampling.logitBias != nil { report.add("logit_bias") }
        for field in request.vendorFields { report.add(field.name.string) }
    }

    private mutating func writeSystem() {
        var texts = turns.system
        if let instruction = formatInstruction { texts.append(TextPart(instruction)) }
        guard !texts.isEmpty else { return }
        writer.key("system")
        writer.beginArray()
        for text in texts { writeText(text) }
        writer.endArray()
    }

    /// Words in place of an output format the API has no field for.
    private var formatInstruction: JSONText? {
        switch request.responseFormat {
        case .jsonObject: "Reply with one JSON object and nothing else."
        case .jsonSchema(_, _, let schema, _) where !context.capabilities.supportsJSONSchema:
            "Reply with one JSON object and nothing else. It must match this JSON Schema: " + JSONText(escaping: schema.raw)
        default: nil
        }
    }

    private mutating func writeSampling(thinking: ThinkingPlan) {
        let sampling = request.sampling
        guard setsSampling else { return }
        guard context.capabilities.allowsSampling, !thinking.isOn else {
            if sampling.temperature != nil { report.add("temperature") }
            if sampling.topP != nil { report.add("top_p") }
            if sampling.topK != nil { report.add("top_k") }
            return
        }
        if let temperature = sampling.temperature {
            writer.key("temperature")
            if let value = temperature.double, value > 1 {
                report.add("temperature", "clamped")
                writer.value(1)
            } else {
                writer.value(temperature)
            }
        }
        if let topP = sampling.topP {
            // Both together are refused by the models that still take one.
            if sampling.temperature == nil {
                writer.key("top_p")
                writer.value(topP)
            } else {
                report.add("top_p", "conflict")
            }
        }
        if let topK = sampling.topK {
            writer.key("top_k")
            writer.value(topK)
        }
    }

    private mutating func writeOutputConfiguration(thinking: ThinkingPlan) {
        var schema: JSONValue?
        switch request.responseFormat {
        case .jsonSchema(_, _, let wanted, _):
            if context.capabilities.supportsJSONSchema { schema = wanted } else { report.add("response_format", "instructed") }
        case .jsonObject: report.add("response_format", "instructed")
        case .text, nil: break
        }
        guard schema != nil || thinking.effort != nil else { return }
        writer.key("output_config")
        writer.beginObject()
        if let effort = thinking.effort {
            writer.key("effort")
            writer.string(effort)
        }
        if let schema {
            writer.key("format")
            writer.beginObject()
            writer.key("type")
            writer.value("json_schema")
            writer.key("schema")
            SchemaCompiler.writeAnthropicOutput(schema, into: &writer)
            writer.endObject()
        }
        writer.endObject()
    }
}

extension Tool {
    var name: JSONText? {
        switch self {
        case .function(let function): function.name
        case .custom(let name, _, _): name
        case .hosted: nil
        }
    }
}

extension Part {
    var cacheBreakpoint: CacheBreakpoint? {
        switch self {
        case .text(let part): part.cacheBreakpoint
        case .media(let part): part.cacheBreakpoint
        case .toolCall(let part): part.cacheBreakpoint
        case .toolResult(let part): part.cacheBreakpoint
        case .refusal, .reasoning, .unknown: nil
        }
    }
}

/// End users' identifiers, made fit for a provider's eyes.
enum UserIdentifier {
    /// As it is, or a hash of it when it is an e-mail address or too long.
    static func safe(_ user: JSONText, maximum: Int) -> JSONText {
        let isRevealing = user.escaped.contains(UInt8(ascii: "@"))
        guard isRevealing || user.escaped.count > maximum else { return user }
        return JSONText(escaped: (Array("user_".utf8) + StableHash.hex24(user.escaped))[...])
    }
}
