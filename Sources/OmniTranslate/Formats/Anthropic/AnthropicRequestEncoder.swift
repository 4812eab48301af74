import OmniJSON

/// Writes `POST /v1/messages` bodies.
struct AnthropicRequestEncoder {
    let request: CanonicalRequest
    let context: TranslationContext
    var writer = JSONWriter(reservingCapacity: 4096)
    var report = TranslationReport()
    var names: ToolNames
    var turns: TurnNormalizer
    /// What the model may call: the client's tools, less those a list of allowed ones leaves out.
    let tools: [Tool]
    /// Sent names of free-text tools, which go out as functions of one string.
    var customTools: Set<JSONText> = []
    /// Tools of another dialect's client that Anthropic is to run.
    var hosted = HostedToolSelection()
    /// Whether the answer is bound to a schema by the API itself.
    let writesOutputFormat: Bool
    /// Breakpoints to leave out before the first one sent; the API takes four.
    var breakpointsToSkip = 0

    static func encode(
        _ request: CanonicalRequest, context: TranslationContext
    ) throws(TranslationError) -> EncodedRequest {
        var encoder = AnthropicRequestEncoder(request: request, context: context)
        try encoder.write()
        return EncodedRequest(
            body: encoder.writer.bytes, apiVersion: encoder.apiVersion, report: encoder.report,
            renamedTools: encoder.names.renamed, customTools: encoder.customTools, betas: encoder.betas)
    }

    private init(request: borrowing CanonicalRequest, context: TranslationContext) {
        names = ToolNames(request.tools.compactMap(\.name), maximum: 64)
        turns = TurnNormalizer(request, context: context)
        tools = request.allowedTools
        writesOutputFormat = Self.isBound(request, context)
        self.request = copy request
        self.context = context
        report.merge(turns.report)
        let marks = cacheBreakpointCount
        breakpointsToSkip = max(0, marks - 4)
        if marks > 4 { report.add("prompt_cache_breakpoint", "limit") }
    }

    private var setsSampling: Bool {
        let sampling = request.sampling
        return sampling.temperature != nil || sampling.topP != nil || sampling.topK != nil
    }

    /// The newest version refuses sampling parameters; the first knows them, and other vendors know no other.
    ///
    /// A client of the same format has written its request for the version it named.
    var apiVersion: String {
        if request.origin == .anthropicMessages, let version = request.apiVersion { return version }
        return context.provider == "anthropic" && !(setsSampling && context.capabilities.allowsSampling)
            ? "2026-10-21" : "2023-06-01"
    }

    /// What must be named in `anthropic-beta` for this body to be understood.
    private var betas: [String] { hosted.contains(.mcpServer) ? [Self.serverBeta] : [] }

    private mutating func write() throws(TranslationError) {
        try refuseWhatCannotBeSaid()
        let thinking = ThinkingPlan(request: request, context: context, turns: turns.turns, report: &report)
        writer.beginObject()
        writer.key("model")
        writer.string(context.model)
        writer.key("max_tokens")
        writer.value(thinking.maxTokens)
        // In the order of the prompt, so that breakpoints are counted in it.
        try writeTools(thinking: thinking)
        writeServers()
        writeSystem()
        guard !turns.turns.isEmpty else {
            throw TranslationError(.invalid, "holds nothing that could be answered", at: "messages")
        }
        writer.key("messages")
        writer.beginArray()
        for turn in turns.turns { try write(turn) }
        writer.endArray()
        writeBreakpoint(request.cacheBreakpoint)
        writeSampling(thinking: thinking)
        writeStops()
        thinking.write(into: &writer)
        writeOutputConfiguration(thinking: thinking)
        writeIdentity()
        if request.isStreaming {
            writer.key("stream")
            writer.value(true)
        }
        if request.origin == .anthropicMessages { write(request.vendorFields) }
        writer.endObject()
    }

    private mutating func writeStops() {
        let stops = request.stopSequences.filter { !$0.isBlank }
        if stops.count < request.stopSequences.count {
            report.add("stop", "blank")
        }
        guard !stops.isEmpty else { return }
        writer.key("stop_sequences")
        writer.beginArray()
        for stop in stops { writer.value(stop) }
        writer.endArray()
    }

    private mutating func writeIdentity() {
        if let user = request.user {
            writer.key("metadata")
            writer.beginObject()
            writer.key("user_id")
            writer.value(UserIdentifier.safe(user, maximum: 256))
            writer.endObject()
        }
        guard let tier = request.serviceTier else { return }
        if tier.equals("auto") || tier.equals("standard_only") || tier.equals("default") {
            writer.key("service_tier")
            writer.value(tier.equals("auto") ? "auto" : "standard_only")
        } else {
            report.add("service_tier")
        }
    }

    mutating func write(_ fields: [VendorField]) {
        for field in fields {
            writer.key(field.name)
            writer.value(field.value)
        }
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
        for message in request.messages {
            for field in message.vendorFields { report.add("messages.\(field.name.string)") }
        }
        guard request.origin != .anthropicMessages else { return }
        for field in request.vendorFields {
            switch field.name.string {
            case "prompt_cache_options", "prompt_cache_retention", "web_search_options": break
            case "modalities":
                let isTextOnly = field.value.elements.allSatisfy { $0.isString("text") }
                if !isTextOnly {
                    throw TranslationError(.unsupported, "this model answers in text only", at: "modalities")
                }
            case let name: report.add("\(name)")
            }
        }
    }

    private mutating func writeSystem() {
        var texts = turns.system
        if let instruction = formatInstruction { texts.append(TextPart(instruction)) }
        guard !texts.isEmpty else { return }
        writer.key("system")
        writer.beginArray()
        for text in texts { writeText(text, by: .system) }
        writer.endArray()
    }

    /// Words in place of an output format the API has no field for.
    private var formatInstruction: JSONText? { writesOutputFormat ? nil : request.responseFormat?.instruction }

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

    /// Whether the API itself can bind the answer to the schema; what Anthropic's own clients send is theirs to know.
    private static func isBound(_ request: borrowing CanonicalRequest, _ context: TranslationContext) -> Bool {
        guard case .jsonSchema(_, _, let schema, _) = request.responseFormat, context.capabilities.supportsJSONSchema
        else { return false }
        return request.origin == .anthropicMessages || AnthropicSchemaCheck.isExpressible(schema)
    }

    private mutating func writeOutputConfiguration(thinking: ThinkingPlan) {
        var schema: JSONValue?
        switch request.responseFormat {
        case .jsonSchema(_, _, let wanted, _):
            if writesOutputFormat { schema = wanted } else { report.add("response_format", "instructed") }
        case .jsonObject: report.add("response_format", "instructed")
        case .text, nil: break
        }
        let further = request.origin == .anthropicMessages ? request.outputVendorFields : []
        guard schema != nil || thinking.effort != nil || !further.isEmpty else { return }
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
        write(further)
        writer.endObject()
    }
}
