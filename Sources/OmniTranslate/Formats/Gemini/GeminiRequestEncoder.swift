import OmniJSON

/// Writes `generateContent` bodies; the model and the wish for a stream are in the URL.
struct GeminiRequestEncoder {
    let request: CanonicalRequest
    let context: TranslationContext
    let model: GeminiModel
    var writer = JSONWriter(reservingCapacity: 4096)
    var report = TranslationReport()
    /// Stop sequences the interface takes no more of.
    var unsentStops: [JSONText] = []
    var names: ToolNames
    var turns: TurnNormalizer
    /// The name of a prefix kept at the provider, which the decoder put before the first message.
    private let cachedContent: JSONValue?
    /// Tools of another dialect's client that Google is to run.
    var hosted = HostedToolSelection()
    /// Names, as sent, of free-text tools written as functions of one string.
    var customTools: Set<JSONText> = []
    /// Names, as sent, of the calls written so far: a result is of a function, not only of a call.
    var calledNames: [JSONText: JSONText] = [:]

    static func encode(
        _ request: CanonicalRequest, context: TranslationContext
    ) throws(TranslationError) -> EncodedRequest {
        var encoder = GeminiRequestEncoder(request: request, context: context)
        try encoder.write()
        var encoded = EncodedRequest(
            body: encoder.writer.bytes, report: encoder.report, renamedTools: encoder.names.renamed,
            customTools: encoder.customTools)
        encoded.stopSequences = encoder.unsentStops
        return encoded
    }

    private init(request: CanonicalRequest, context: TranslationContext) {
        self.context = context
        model = GeminiModel(model: context.model, provider: context.provider)
        // A name begins with a letter or an underscore; older models take 64 characters.
        names = ToolNames(request.tools.compactMap(\.name), maximum: 64, beginsWithLetter: true)
        var request = request
        cachedContent = request.takeCachedContent()
        self.request = request
        turns = TurnNormalizer(request, context: context, target: .gemini)
        report.merge(turns.report)
    }

    /// Whether the client speaks this dialect too.
    var isOwn: Bool { request.origin == .gemini }

    private mutating func write() throws(TranslationError) {
        try reviewFields()
        writer.beginObject()
        try writeSystemInstruction()
        writer.key("contents")
        writer.beginArray()
        let start = writer.bytes.count
        for turn in turns.turns { try write(turn) }
        guard writer.bytes.count > start else {
            throw TranslationError(
                .invalid, "holds nothing that could be answered", at: isOwn ? "contents" : "messages")
        }
        writer.endArray()
        try writeTools()
        if let settings = request.safetySettings {
            writer.key("safetySettings")
            writer.value(settings)
        }
        try writeGenerationConfiguration()
        if let cached = cachedContent {
            writer.key("cachedContent")
            writer.value(cached)
        }
        writeServiceTier()
        if let isStored = request.isStored {
            writer.key("store")
            writer.value(isStored)
        }
        writeLabels()
        if isOwn {
            for field in request.vendorFields where !field.isNested {
                writer.key(field.name)
                writer.value(field.value)
            }
        }
        writer.endObject()
    }

    private mutating func writeSystemInstruction() throws(TranslationError) {
        var texts = turns.system.map(\.text)
        if request.origin == .anthropicMessages { texts = texts.map(\.withoutBillingLine).filter { !$0.isBlank } }
        if let instruction = formatInstruction { texts.append(instruction) }
        guard !texts.isEmpty else { return }
        guard model.takesSystemInstruction else {
            turns.prepend(texts.map { .text(TextPart($0)) })
            return
        }
        writer.key("systemInstruction")
        writer.beginObject()
        writer.key("parts")
        writer.beginArray()
        for text in texts { writeText(text) }
        writer.endArray()
        writer.endObject()
    }

    /// What holds state or tools at another provider is refused; the rest of what has no place here is reported.
    private mutating func reviewFields() throws(TranslationError) {
        if request.sampling.logitBias != nil { report.add("logit_bias") }
        if request.allowsParallelToolCalls == false, !request.tools.isEmpty { report.add("parallel_tool_calls") }
        guard !isOwn else { return }
        for field in request.outputVendorFields { report.add("output_config.\(field.name.string)") }
        for message in request.messages {
            for field in message.vendorFields { report.add("messages.\(field.name.string)") }
        }
        for field in request.vendorFields {
            switch field.name.string {
            // Written elsewhere, or hints of caches that this provider does not have.
            case "modalities", "web_search_options", "prompt_cache_options", "prompt_cache_retention": break
            // Written among the tools.
            case "mcp_servers" where takesServers && request.origin == .anthropicMessages: break
            case "container", "mcp_servers", "thread", "previous_response_id", "conversation":
                throw TranslationError(
                    .unsupported, "refers to what another provider runs or keeps", at: field.name.string)
            case let name: report.add("\(name)")
            }
        }
    }

    private mutating func writeServiceTier() {
        guard let tier = request.serviceTier else { return }
        if tier.equals("flex") || tier.equals("priority") || tier.equals("standard") {
            writer.key("serviceTier")
            writer.value(tier)
        } else if tier.equals("default") || tier.equals("standard_only") {
            writer.key("serviceTier")
            writer.value("standard")
        } else if !tier.equals("auto") {
            report.add("service_tier")
        }
    }

    /// Only Vertex has a place for the end user's identifier.
    private mutating func writeLabels() {
        guard let user = request.user, context.provider == "vertex" else { return }
        // Labels are lower-case letters, digits, `_` and `-`, at most 63.
        let isPlain =
            user.escaped.count <= 63
            && user.escaped.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
                    UInt8(ascii: "-"):
                    true
                default: false
                }
            }
        writer.key("labels")
        writer.beginObject()
        writer.key("user")
        writer.value(isPlain ? user : JSONText(escaped: (Array("user_".utf8) + StableHash.hex24(user.escaped))[...]))
        writer.endObject()
    }
}

extension CanonicalRequest {
    /// Takes out the message that stands for `cachedContent`.
    fileprivate mutating func takeCachedContent() -> JSONValue? {
        guard origin == .gemini, case .unknown(let part) = messages.first?.parts.first,
            part.type.equals("cachedContent")
        else { return nil }
        messages.removeFirst()
        return part.raw
    }
}

extension VendorField {
    /// Whether its place is inside one of Gemini's configuration objects, as its name then says.
    var isNested: Bool { name.escaped.contains(UInt8(ascii: ".")) }
}
