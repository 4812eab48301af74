import OmniJSON

/// Writes `POST /v1/chat/completions` bodies.
struct OpenAIChatRequestEncoder {
    let request: CanonicalRequest
    let context: TranslationContext
    var writer = JSONWriter(reservingCapacity: 4096)
    var report = TranslationReport()
    var names: ToolNames

    static func encode(
        _ request: CanonicalRequest, context: TranslationContext
    ) throws(TranslationError) -> EncodedRequest {
        var encoder = OpenAIChatRequestEncoder(request: request, context: context)
        try encoder.write()
        if context.isStrict, let loss = encoder.report.losses.first {
            throw TranslationError(.unsupported, "cannot be carried over (\(loss.reason))", at: loss.field)
        }
        return EncodedRequest(
            body: encoder.writer.bytes, report: encoder.report, renamedTools: encoder.names.renamed)
    }

    private init(request: CanonicalRequest, context: TranslationContext) {
        self.request = request
        self.context = context
        names = ToolNames(request.tools.compactMap(\.name), maximum: 64)
    }

    private var capabilities: ModelCapabilities { context.capabilities }

    private mutating func write() throws(TranslationError) {
        writer.beginObject()
        writer.key("model")
        writer.string(context.model)
        writer.key("messages")
        writer.beginArray()
        try writeMessages()
        writer.endArray()
        try writeTools()
        if let limit = request.maxOutputTokens {
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
        if let logprobs = request.logprobs {
            writer.key("logprobs")
            writer.value(true)
            if let count = logprobs.topCount {
                writer.key("top_logprobs")
                writer.value(count)
            }
        }
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
        writer.endObject()
        for field in request.vendorFields { report.add(field.name.string) }
    }

    private mutating func writeSampling() {
        let sampling = request.sampling
        let isThinking = request.reasoning.map { $0.effort != Reasoning.Effort.none } ?? true
        if capabilities.isOpenAIReasoning, isThinking {
            if sampling.temperature != nil { report.add("temperature") }
            if sampling.topP != nil { report.add("top_p") }
        } else {
            write("temperature", sampling.temperature)
            write("top_p", sampling.topP)
        }
        if sampling.topK != nil { report.add("top_k") }
        write("frequency_penalty", sampling.frequencyPenalty)
        write("presence_penalty", sampling.presencePenalty)
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
        guard !capabilities.isOpenAIReasoning else {
            report.add("stop_sequences")
            return
        }
        if stops.count > 4 { report.add("stop_sequences", "limit") }
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
            writer.key("name")
            writer.value(name ?? "response")
            if let description {
                writer.key("description")
                writer.value(description)
            }
            writer.key("schema")
            writer.value(schema)
            if let isStrict {
                writer.key("strict")
                writer.value(isStrict)
            }
            writer.endObject()
            writer.endObject()
        }
    }

    private mutating func writeReasoning() {
        guard let reasoning = request.reasoning else { return }
        guard !capabilities.isOpenAI || capabilities.isOpenAIReasoning else {
            if reasoning.effort != Reasoning.Effort.none { report.add("thinking") }
            return
        }
        guard let effort = reasoning.effort ?? reasoning.budgetTokens.map(ThinkingPlan.effort(ofBudget:)) else { return }
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
    }

    // MARK: Tools

    private mutating func writeTools() throws(TranslationError) {
        guard !request.tools.isEmpty else { return }
        writer.key("tools")
        writer.beginArray()
        for tool in request.tools { try write(tool) }
        writer.endArray()
        if let choice = request.toolChoice { write(choice) }
        if request.allowsParallelToolCalls == false {
            writer.key("parallel_tool_calls")
            writer.value(false)
        }
    }

    private mutating func write(_ tool: Tool) throws(TranslationError) {
        switch tool {
        case .function(let function):
            writer.beginObject()
            writer.key("type")
            writer.value("function")
            writer.key("function")
            writer.beginObject()
            writer.key("name")
            writer.value(names.sentName(function.name))
            if let description = function.description {
                writer.key("description")
                writer.value(description)
            }
            if let parameters = function.parameters {
                writer.key("parameters")
                writer.value(parameters)
            }
            if let isStrict = function.isStrict {
                writer.key("strict")
                writer.value(isStrict)
            }
            writer.endObject()
            writer.endObject()
        case .custom(let name, let description, let format):
            writer.beginObject()
            writer.key("type")
            writer.value("custom")
            writer.key("custom")
            writer.beginObject()
            writer.key("name")
            writer.value(names.sentName(name))
            if let description {
                writer.key("description")
                writer.value(description)
            }
            if let format {
                writer.key("format")
                writer.value(format)
            }
            writer.endObject()
            writer.endObject()
        case .hosted(let hosted):
            guard hosted.origin == .openAIChat else {
                throw TranslationError(
                    .unsupported, "the tool '\(hosted.type.string)' runs at another provider only", at: "tools")
            }
            writer.value(hosted.raw)
        }
    }

    private mutating func write(_ choice: ToolChoice) {
        switch choice {
        case .auto: writeChoice("auto")
        case .none: writeChoice("none")
        case .required: writeChoice("required")
        case .named(let name):
            writer.key("tool_choice")
            writer.beginObject()
            writer.key("type")
            writer.value("function")
            writer.key("function")
            writer.beginObject()
            writer.key("name")
            writer.value(names.sentName(name))
            writer.endObject()
            writer.endObject()
        case .allowed(_, let isRequired): writeChoice(isRequired ? "required" : "auto")
        case .hosted: report.add("tool_choice")
        }
    }

    private mutating func writeChoice(_ name: StaticString) {
        writer.key("tool_choice")
        writer.value(name)
    }
}
