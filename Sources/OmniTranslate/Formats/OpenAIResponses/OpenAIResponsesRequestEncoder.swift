import OmniJSON

/// Writes `POST /v1/responses` bodies.
struct OpenAIResponsesRequestEncoder {
    let request: CanonicalRequest
    let context: TranslationContext
    var writer = JSONWriter(reservingCapacity: 4096)
    var report = TranslationReport()
    var names: ToolNames
    /// Tools of another dialect's client that OpenAI is to run.
    var hosted = HostedToolSelection()
    /// Breakpoints to leave out before the first one sent; the API takes four.
    var breakpointsToSkip = 0
    /// Calls of free-text tools so far, whose outputs are items of their own kind.
    var customCalls: Set<JSONText> = []

    static func encode(
        _ request: CanonicalRequest, context: TranslationContext
    ) throws(TranslationError) -> EncodedRequest {
        var encoder = OpenAIResponsesRequestEncoder(request: request, context: context)
        try encoder.write()
        var encoded = EncodedRequest(
            body: encoder.writer.bytes, report: encoder.report, renamedTools: encoder.names.renamed)
        // There is no such parameter.
        encoded.stopSequences = request.stopSequences
        return encoded
    }

    private init(request: CanonicalRequest, context: TranslationContext) {
        var adapted = request
        adapted.adaptToOpenAI()
        self.request = adapted
        self.context = context
        names = ToolNames(request.tools.compactMap(\.name), maximum: 64)
        let marks = cacheBreakpointCount
        breakpointsToSkip = max(0, marks - 4)
        if marks > 4 { report.add("prompt_cache_breakpoint", "limit") }
    }

    var capabilities: ModelCapabilities { context.capabilities }
    /// Whether the client speaks this dialect too.
    var isOwn: Bool { request.origin == .openAIResponses }

    private mutating func write() throws(TranslationError) {
        try reviewFields()
        writer.beginObject()
        writer.key("model")
        writer.string(context.model)
        let instructionCount = writeInstructions()
        try writeInput(after: instructionCount)
        try writeTools()
        try writeLimit()
        writeSampling()
        writeText()
        writeReasoning()
        writeInclude()
        writeIdentity()
        // The API keeps every answer unless told not to; nobody here would ever ask for it again.
        writer.key("store")
        writer.value(request.isStored ?? false)
        if request.isStreaming {
            writer.key("stream")
            writer.value(true)
        }
        writeFurtherFields()
        writer.endObject()
    }

    /// Refuses what holds state or runs tools at another provider; the rest of what has no place here is reported.
    private mutating func reviewFields() throws(TranslationError) {
        if let count = request.choiceCount, count > 1 {
            throw TranslationError(.unsupported, "only one choice can be had from this model", at: "n")
        }
        for message in request.messages {
            for field in message.vendorFields { report.add("messages.\(field.name.string)") }
        }
        guard !isOwn else { return }
        for field in request.vendorFields {
            switch field.name.string {
            // Written among the tools.
            case "mcp_servers" where capabilities.isOpenAI && request.origin == .anthropicMessages: break
            case "container", "mcp_servers", "thread":
                throw TranslationError(
                    .unsupported, "refers to what another provider runs or keeps", at: field.name.string)
            case "modalities":
                let isTextOnly = field.value.elements.allSatisfy { $0.isString("text") }
                if !isTextOnly {
                    throw TranslationError(.unsupported, "this model answers in text only", at: "modalities")
                }
            case "web_search_options" where request.origin == .openAIChat: break
            case let name: if !isShared(field) { report.add("\(name)") }
            }
        }
        for field in request.outputVendorFields { report.add("output_config.\(field.name.string)") }
    }

    /// Fields Chat and Responses have in common.
    private func isShared(_ field: VendorField) -> Bool {
        guard request.origin == .openAIChat else { return false }
        return ["prompt_cache_options", "prompt_cache_retention", "moderation"].contains { field.name.equals($0) }
    }

    private mutating func writeFurtherFields() {
        for field in request.vendorFields where !field.name.equals("include") && (isOwn || isShared(field)) {
            writer.key(field.name)
            writer.value(field.value)
        }
    }

    private mutating func writeLimit() throws(TranslationError) {
        guard let limit = request.maxOutputTokens else { return }
        guard limit > 0 else {
            throw TranslationError(.unsupported, "this model cannot be asked for no output", at: "max_tokens")
        }
        // The API refuses less than 16, and tells its own clients so.
        let isRaised = limit < 16 && !isOwn
        if isRaised { report.add("max_tokens", "raised") }
        writer.key("max_output_tokens")
        writer.value(isRaised ? 16 : limit)
    }

    /// Whether an OpenAI model will think, and so refuses what would steer its choice of tokens.
    private var isThinking: Bool {
        capabilities.isOpenAIReasoning && request.reasoning.map { $0.effort != Reasoning.Effort.none } ?? true
    }

    private mutating func writeSampling() {
        let sampling = request.sampling
        if isThinking {
            if sampling.temperature != nil { report.add("temperature") }
            if sampling.topP != nil { report.add("top_p") }
        } else {
            write("temperature", sampling.temperature)
            write("top_p", sampling.topP)
        }
        if sampling.topK != nil { report.add("top_k") }
        if sampling.frequencyPenalty != nil { report.add("frequency_penalty") }
        if sampling.presencePenalty != nil { report.add("presence_penalty") }
        if sampling.seed != nil { report.add("seed") }
        if sampling.logitBias != nil { report.add("logit_bias") }
    }

    private mutating func write(_ name: StaticString, _ number: JSONNumber?) {
        guard let number else { return }
        writer.key(name)
        writer.value(number)
    }

    private mutating func writeText() {
        let verbosity = capabilities.isOpenAI || isOwn ? request.verbosity : nil
        let further = isOwn ? request.outputVendorFields : []
        let hasFormat = if case .text = request.responseFormat { isOwn } else { request.responseFormat != nil }
        guard verbosity != nil || hasFormat || !further.isEmpty else { return }
        writer.key("text")
        writer.beginObject()
        if hasFormat { writeFormat() }
        if let verbosity {
            writer.key("verbosity")
            writer.value(verbosity)
        }
        for field in further {
            writer.key(field.name)
            writer.value(field.value)
        }
        writer.endObject()
    }

    private mutating func writeFormat() {
        writer.key("format")
        writer.beginObject()
        writer.key("type")
        switch request.responseFormat {
        case nil, .text: writer.value("text")
        case .jsonObject: writer.value("json_object")
        case .jsonSchema(let name, let description, let schema, let isStrict):
            writer.value("json_schema")
            OpenAISchemaFormat(name: name, description: description, schema: schema, isStrict: isStrict).write(
                into: &writer, isForOpenAI: isOwn || request.origin == .openAIChat, report: &report)
        }
        writer.endObject()
    }

    // MARK: Reasoning

    private mutating func writeReasoning() {
        guard let reasoning = request.reasoning else { return }
        let isOff = reasoning.effort == Reasoning.Effort.none
        guard !capabilities.isOpenAI || capabilities.isOpenAIReasoning else {
            if !isOff { report.add("reasoning_effort") }
            return
        }
        if reasoning.native?["type"]?.isString("between_tools") == true { report.add("reasoning_effort") }
        let wanted = reasoning.effort ?? reasoning.budgetTokens.map(ThinkingPlan.effort(ofBudget:))
        let effort = wanted.map(capabilities.nearestEffort)
        if isOff, effort != Reasoning.Effort.none { report.add("reasoning_effort", "lowest") }
        let further = isOwn ? reasoning.native?.members.filter { !$0.name.equals("effort") } ?? [] : []
        guard effort != nil || !further.isEmpty || showsSummary else { return }
        writer.key("reasoning")
        writer.beginObject()
        if let effort {
            writer.key("effort")
            writer.string(effort.rawValue)
        }
        if showsSummary {
            writer.key("summary")
            writer.value("auto")
        }
        for member in further {
            writer.key(member.name)
            writer.value(member.value)
        }
        writer.endObject()
    }

    /// Whether to ask for readable thoughts, which this API hides by default and other dialects show.
    ///
    /// Chat has no way to ask, and some accounts are refused when they do.
    private var showsSummary: Bool {
        guard let reasoning = request.reasoning, !isOwn, context.showsReasoning,
            reasoning.effort != Reasoning.Effort.none
        else { return false }
        guard let visibility = reasoning.visibility else {
            return request.origin == .anthropicMessages && reasoning.native != nil
        }
        return visibility != .hidden
    }

    /// What the answer shall hold beyond the usual; the ciphertext lets thoughts be taken up again without storage.
    private mutating func writeInclude() {
        let own = request.vendorFields.last { isOwn && $0.name.equals("include") }?.value
        var entries = own.map { $0.elements.compactMap(\.text) } ?? hostedIncludes
        let ciphertext: JSONText = "reasoning.encrypted_content"
        if capabilities.isOpenAIReasoning, !(request.isStored ?? false), !entries.contains(ciphertext) {
            entries.append(ciphertext)
        }
        let logprobs: JSONText = "message.output_text.logprobs"
        if request.logprobs != nil {
            if isThinking {
                entries.removeAll { $0 == logprobs }
                report.add("logprobs")
            } else {
                if !entries.contains(logprobs) { entries.append(logprobs) }
                if let count = request.logprobs?.topCount {
                    writer.key("top_logprobs")
                    writer.value(count)
                }
            }
        }
        guard !entries.isEmpty else { return }
        writer.key("include")
        writer.beginArray()
        for entry in entries { writer.value(entry) }
        writer.endArray()
    }

    private mutating func writeIdentity() {
        let knowsAll = capabilities.isOpenAI || isOwn
        if let user = request.user {
            writer.key(capabilities.isOpenAI ? "safety_identifier" : "user")
            writer.value(UserIdentifier.safe(user, maximum: 128))
        }
        if let tier = request.serviceTier, knowsAll {
            writer.key("service_tier")
            writer.value(tier.equals("standard_only") ? "default" : tier)
        }
        if let key = request.promptCacheKey, knowsAll {
            writer.key("prompt_cache_key")
            writer.value(key)
        }
        if let metadata = request.metadata, knowsAll {
            writer.key("metadata")
            writer.value(metadata)
        }
    }
}
