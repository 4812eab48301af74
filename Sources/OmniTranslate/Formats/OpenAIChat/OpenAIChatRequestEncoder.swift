import OmniJSON

/// Writes `POST /v1/chat/completions` bodies.
struct OpenAIChatRequestEncoder {
    let request: CanonicalRequest
    let context: TranslationContext
    var writer = JSONWriter(reservingCapacity: 4096)
    var report = TranslationReport()
    /// Stop sequences the interface takes no more of.
    var unsentStops: [JSONText] = []
    var names: ToolNames
    /// Free-text tools, by the names sent, that went out as functions of one string.
    var customTools: Set<JSONText> = []
    /// Breakpoints to leave out before the first one sent; the API takes four.
    var breakpointsToSkip = 0

    static func encode(
        _ request: CanonicalRequest, context: TranslationContext
    ) throws(TranslationError) -> EncodedRequest {
        var encoder = OpenAIChatRequestEncoder(request: request, context: context)
        try encoder.write()
        var encoded = EncodedRequest(
            body: encoder.writer.bytes, report: encoder.report, renamedTools: encoder.names.renamed,
            customTools: encoder.customTools)
        encoded.stopSequences = encoder.unsentStops
        return encoded
    }

    private init(request: borrowing CanonicalRequest, context: TranslationContext) {
        names = ToolNames(request.tools.compactMap(\.name), maximum: 64)
        var adapted = copy request
        adapted.adaptToOpenAI()
        self.request = adapted
        self.context = context
        let marks = cacheBreakpointCount
        breakpointsToSkip = max(0, marks - 4)
        if marks > 4 { report.add("prompt_cache_breakpoint", "limit") }
    }

    var capabilities: ModelCapabilities { context.capabilities }
    /// Whether the client speaks this dialect too.
    var isOwn: Bool { request.origin == .openAIChat }
    /// Whether free-text tools must be functions of one string: servers that imitate OpenAI's refuse the type `custom`.
    var wrapsCustomTools: Bool { !isOwn && !capabilities.isOpenAI }

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
        if let limit = request.maxOutputTokens {
            guard limit > 0 else {
                throw TranslationError(.unsupported, "this model cannot be asked for no output", at: "max_tokens")
            }
            writer.key(capabilities.usesMaxCompletionTokens ? "max_completion_tokens" : "max_tokens")
            writer.value(limit)
        }
        writeSampling()
        writeStop()
        writeResponseFormat()
        writeReasoning()
        writeIdentity()
        if let count = request.choiceCount {
            writer.key("n")
            writer.value(count)
        }
        writeLogprobs()
        if let verbosity = request.verbosity {
            writer.key("verbosity")
            writer.value(verbosity)
        }
        if request.isStreaming {
            writer.key("stream")
            writer.value(true)
            if capabilities.supportsStreamOptions {
                writer.key("stream_options")
                writer.raw(Array(#"{"include_usage":true}"#.utf8)[...])
            }
        }
        if isOwn {
            for field in request.vendorFields {
                writer.key(field.name)
                writer.value(field.value)
            }
        }
        writer.endObject()
    }

    /// Refuses what holds state or runs tools at another provider; the rest of what has no place here is reported.
    private mutating func reviewFields() throws(TranslationError) {
        guard !isOwn else { return }
        for field in request.vendorFields {
            switch field.name.string {
            case "container", "mcp_servers", "thread":
                throw TranslationError(
                    .unsupported, "refers to what another provider runs or keeps", at: field.name.string)
            case let name: report.add("\(name)")
            }
        }
        for field in request.outputVendorFields { report.add("output_config.\(field.name.string)") }
    }

    /// Whether an OpenAI model will think, and so refuses what would steer its choice of tokens.
    private var isThinking: Bool {
        capabilities.isOpenAIReasoning && request.reasoning.map { $0.effort != Reasoning.Effort.none } ?? true
    }

    private mutating func writeLogprobs() {
        guard let logprobs = request.logprobs else { return }
        guard !isThinking else { return report.add("logprobs") }
        writer.key("logprobs")
        writer.value(true)
        if let count = logprobs.topCount {
            writer.key("top_logprobs")
            writer.value(count)
        }
    }

    private mutating func writeSampling() {
        let sampling = request.sampling
        if isThinking {
            if sampling.temperature != nil { report.add("temperature") }
            if sampling.topP != nil { report.add("top_p") }
            if sampling.frequencyPenalty != nil { report.add("frequency_penalty") }
            if sampling.presencePenalty != nil { report.add("presence_penalty") }
        } else {
            write("temperature", sampling.temperature)
            write("top_p", sampling.topP)
            write("frequency_penalty", sampling.frequencyPenalty)
            write("presence_penalty", sampling.presencePenalty)
        }
        if sampling.topK != nil { report.add("top_k") }
        write("seed", sampling.seed)
        if let bias = sampling.logitBias {
            writer.key("logit_bias")
            writer.value(bias)
        }
    }

    private mutating func write(_ name: StaticString, _ number: JSONNumber?) {
        guard let number else { return }
        writer.key(name)
        writer.value(number)
    }

    private mutating func writeStop() {
        let stops = request.stopSequences.filter { !$0.isEmpty }
        guard !stops.isEmpty else { return }
        // OpenAI's reasoning models take none, others four; the answer is cut at the rest when it arrives.
        unsentStops = capabilities.isOpenAIReasoning ? stops : Array(stops.dropFirst(4))
        guard !capabilities.isOpenAIReasoning else { return }
        writer.key("stop")
        writer.beginArray()
        for stop in stops.prefix(4) { writer.value(stop) }
        writer.endArray()
    }

    private mutating func writeResponseFormat() {
        switch request.responseFormat {
        case nil, .text: return
        case .jsonObject:
            writer.key("response_format")
            writer.raw(Array(#"{"type":"json_object"}"#.utf8)[...])
        case .jsonSchema(let name, let description, let schema, let isStrict):
            writer.key("response_format")
            writer.beginObject()
            writer.key("type")
            writer.value("json_schema")
            writer.key("json_schema")
            writer.beginObject()
            OpenAISchemaFormat(name: name, description: description, schema: schema, isStrict: isStrict).write(
                into: &writer, isForOpenAI: isOwn || request.origin == .openAIResponses, report: &report)
            writer.endObject()
            writer.endObject()
        }
    }

    private mutating func writeReasoning() {
        guard let reasoning = request.reasoning else { return }
        let isOff = reasoning.effort == Reasoning.Effort.none
        guard !capabilities.isOpenAI || capabilities.isOpenAIReasoning else {
            if !isOff { report.add("reasoning_effort") }
            return
        }
        if let type = reasoning.native?["type"]?.text, type.equals("between_tools") { report.add("reasoning_effort") }
        guard let wanted = reasoning.effort ?? reasoning.budgetTokens.map(ThinkingPlan.effort(ofBudget:)) else {
            return
        }
        let effort = capabilities.nearestEffort(wanted)
        if isOff, effort != .none { report.add("reasoning_effort", "lowest") }
        writer.key("reasoning_effort")
        writer.string(effort.rawValue)
    }

    private mutating func writeIdentity() {
        if let user = request.user {
            writer.key(capabilities.isOpenAI ? "safety_identifier" : "user")
            writer.value(UserIdentifier.safe(user, maximum: 128))
        }
        if let tier = request.serviceTier, capabilities.isOpenAI {
            writer.key("service_tier")
            writer.value(tier.equals("standard_only") ? "default" : tier)
        }
        if let key = request.promptCacheKey, capabilities.isOpenAI {
            writer.key("prompt_cache_key")
            writer.value(key)
        }
        guard capabilities.isOpenAI, let isStored = request.isStored else { return }
        writer.key("store")
        writer.value(isStored)
        if isStored, let metadata = request.metadata {
            writer.key("metadata")
            writer.value(metadata)
        }
    }
}
