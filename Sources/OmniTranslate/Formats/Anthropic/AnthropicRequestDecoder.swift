import OmniJSON

/// Reads `POST /v1/messages` bodies of both API versions.
enum AnthropicRequestDecoder {
    private static let known: [StaticString] = [
        "model", "messages", "system", "stream", "tools", "tool_choice", "max_tokens", "temperature", "top_p", "top_k",
        "stop_sequences", "output_config", "thinking", "metadata", "service_tier", "cache_control",
    ]

    static func decode(_ body: JSONValue, apiVersion: String?) throws(TranslationError) -> CanonicalRequest {
        let fields = try FieldReader(body)
        var request = CanonicalRequest(origin: .anthropicMessages, model: try fields.requiredText("model").string)
        request.apiVersion = apiVersion
        request.isStreaming = try fields.bool("stream") ?? false
        request.includesStreamUsage = true
        request.messages.reserveCapacity(1 + (fields.value("messages")?.elementCount ?? 0))
        if let system = fields.value("system") {
            request.messages.append(Message(role: .system, parts: try content(system, fields: fields, name: "system")))
        }
        for message in try fields.objects("messages") { try decode(message, into: &request.messages) }
        guard let messages = try fields.array("messages") else {
            throw TranslationError(.invalid, "field required", at: "messages")
        }
        guard messages.hasElements else {
            throw TranslationError(.invalid, "must not be empty", at: "messages")
        }
        for tool in try fields.objects("tools") { request.tools.append(try self.tool(tool)) }
        try decodeToolChoice(fields, into: &request)
        request.maxOutputTokens = try fields.int("max_tokens")
        request.sampling.temperature = try fields.number("temperature")
        request.sampling.topP = try fields.number("top_p")
        request.sampling.topK = try fields.number("top_k")
        for (index, element) in (try fields.array("stop_sequences")?.elements.map { $0 } ?? []).enumerated() {
            guard let text = element.text else {
                throw TranslationError(.invalid, "must be a string", at: "stop_sequences[\(index)]")
            }
            request.stopSequences.append(text)
        }
        try decodeReasoning(fields, into: &request)
        if let metadata = try fields.reader("metadata") { request.user = try metadata.text("user_id") }
        request.serviceTier = try fields.text("service_tier")
        request.cacheBreakpoint = try cacheBreakpoint(fields)
        request.vendorFields = fields.further(than: known)
        return request
    }

    private static func decodeReasoning(
        _ fields: FieldReader, into request: inout CanonicalRequest
    ) throws(TranslationError) {
        let output = try fields.reader("output_config")
        if let format = try output?.reader("format") {
            guard try format.requiredText("type").equals("json_schema") else {
                throw TranslationError(.invalid, "must be json_schema", at: format.at("type"))
            }
            guard let schema = try format.reader("schema") else {
                throw TranslationError(.invalid, "field required", at: format.at("schema"))
            }
            request.responseFormat = .jsonSchema(name: nil, description: nil, schema: schema.object, isStrict: nil)
        }
        request.outputVendorFields = output?.further(than: ["effort", "format"]) ?? []
        var effort: Reasoning.Effort?
        if let output, let text = try output.text("effort") {
            effort = Reasoning.Effort(rawValue: text.string)
            guard effort != nil else {
                throw TranslationError(.invalid, "must be low, medium, high, xhigh or max", at: output.at("effort"))
            }
        }
        guard let thinking = try fields.reader("thinking") else {
            if let effort { request.reasoning = Reasoning(effort: effort) }
            return
        }
        var reasoning = Reasoning(effort: effort, native: thinking.object)
        let type = try thinking.requiredText("type")
        if type.equals("disabled") { reasoning.effort = Reasoning.Effort.none }
        if type.equals("enabled") { reasoning.budgetTokens = try thinking.int("budget_tokens", minimum: 1) }
        if let display = try thinking.text("display") {
            reasoning.visibility = display.equals("omitted") ? .hidden : .summary
        }
        request.reasoning = reasoning
    }

    // MARK: Tools

    private static func tool(_ tool: FieldReader) throws(TranslationError) -> Tool {
        if let type = try tool.text("type"), !type.equals("custom") {
            return .hosted(UnknownPart(type: type, origin: .anthropicMessages, raw: tool.object))
        }
        var function = FunctionTool(
            name: try tool.requiredText("name"), description: try tool.text("description"),
            parameters: try tool.reader("input_schema")?.object, isStrict: try tool.bool("strict"),
            cacheBreakpoint: try cacheBreakpoint(tool))
        function.vendorFields = tool.further(
            than: ["type", "name", "description", "input_schema", "strict", "cache_control"])
        return .function(function)
    }

    private static func decodeToolChoice(
        _ fields: FieldReader, into request: inout CanonicalRequest
    ) throws(TranslationError) {
        guard let choice = try fields.reader("tool_choice") else { return }
        switch try choice.requiredText("type").string {
        case "auto": request.toolChoice = .auto
        case "any": request.toolChoice = .required
        case "none": request.toolChoice = ToolChoice.none
        case "tool": request.toolChoice = .named(try choice.requiredText("name"))
        default: throw TranslationError(.invalid, "must be auto, any, tool or none", at: "tool_choice.type")
        }
        if try choice.bool("disable_parallel_tool_use") == true { request.allowsParallelToolCalls = false }
    }

    // MARK: Messages

    /// A user turn's tool results become a turn of their own, before the rest, which is where every dialect wants them.
    private static func decode(_ message: FieldReader, into messages: inout [Message]) throws(TranslationError) {
        guard let value = message.value("content") else {
            throw TranslationError(.invalid, "field required", at: message.at("content"))
        }
        let parts = try content(value, fields: message, name: "content")
        let role = try message.requiredText("role")
        if role.equals("user") {
            if let index = parts.firstIndex(where: { $0.isAssistantOnly }) {
                throw TranslationError(
                    .invalid, "belongs into an assistant message", at: "\(message.at("content"))[\(index)].type")
            }
            let hasResults = parts.contains { $0.isToolResult }
            if hasResults { messages.append(Message(role: .tool, parts: parts.filter { $0.isToolResult })) }
            let rest = hasResults ? parts.filter { !$0.isToolResult } : parts
            if !rest.isEmpty || !hasResults { messages.append(Message(role: .user, parts: rest)) }
        } else if role.equals("assistant") {
            if let index = parts.firstIndex(where: { $0.isToolResult }) {
                throw TranslationError(
                    .invalid, "a tool_result belongs into a user message", at: "\(message.at("content"))[\(index)]")
            }
            messages.append(Message(role: .assistant, parts: AnthropicHostedCalls.paired(parts)))
        } else if role.equals("system") {
            messages.append(Message(role: .system, parts: parts))
        } else {
            throw TranslationError(.invalid, "must be user or assistant", at: message.at("role"))
        }
    }

    /// A string or an array of blocks, as every place for contents takes it.
    static func content(
        _ value: JSONValue, fields: FieldReader, name: StaticString
    ) throws(TranslationError) -> [Part] {
        if let text = value.text { return [.text(TextPart(text))] }
        guard value.kind == .array else {
            throw TranslationError(.invalid, "must be a string or an array of blocks", at: fields.at(name))
        }
        var parts: [Part] = []
        for block in try fields.objects(name) { parts.append(try part(block)) }
        return parts
    }

    /// One block of a message, a tool result or a document.
    static func part(_ block: FieldReader) throws(TranslationError) -> Part {
        let type = try block.requiredText("type")
        let breakpoint = try cacheBreakpoint(block)
        switch type.string {
        case "text":
            return .text(
                TextPart(
                    try block.requiredText("text"), cacheBreakpoint: breakpoint,
                    citations: block.value("citations")))
        case "image": return .media(try media(block, kind: .image, breakpoint: breakpoint))
        case "document": return .media(try media(block, kind: .document, breakpoint: breakpoint))
        case "thinking":
            let signature = try block.text("signature")
            return .reasoning(
                ReasoningPart(
                    text: try block.text("thinking") ?? "", state: signature.flatMap { state($0, kind: .signature) }))
        case "redacted_thinking":
            let data = try block.requiredText("data")
            return .reasoning(ReasoningPart(text: "", state: state(data, kind: .redacted)))
        case "tool_use":
            guard let input = try block.reader("input") else {
                throw TranslationError(.invalid, "field required", at: block.at("input"))
            }
            var call = ToolCall(
                id: try block.requiredText("id"), name: try block.requiredText("name"), arguments: .value(input.object))
            call.cacheBreakpoint = breakpoint
            return .toolCall(call)
        case "tool_result":
            let value = block.value("content")
            let parts: [Part] =
                if let value { try content(value, fields: block, name: "content") } else { [] }
            var result = ToolResult(
                callID: try block.requiredText("tool_use_id"), content: parts,
                isError: try block.bool("is_error") ?? false)
            result.cacheBreakpoint = breakpoint
            return .toolResult(result)
        default: return .unknown(UnknownPart(type: type, origin: .anthropicMessages, raw: block.object))
        }
    }

    /// - Returns: nil for a token that means nothing to anybody, such as a damaged envelope of our own.
    private static func state(_ token: JSONText, kind: OpaqueState.Kind) -> OpaqueState? {
        if token.isEmpty { return nil }
        if OpaqueStateEnvelope.isEnvelope(token) { return OpaqueStateEnvelope.unwrap(token) }
        return OpaqueState(kind: kind, origin: .anthropicMessages, payload: token)
    }

    private static func media(
        _ block: FieldReader, kind: MediaPart.Kind, breakpoint: CacheBreakpoint?
    ) throws(TranslationError) -> MediaPart {
        guard let source = try block.reader("source") else {
            throw TranslationError(.invalid, "field required", at: block.at("source"))
        }
        let value: MediaPart.Source
        switch try source.requiredText("type").string {
        case "base64":
            value = .base64(mediaType: try source.text("media_type"), data: try source.requiredText("data"))
        case "url": value = .url(try source.requiredText("url"))
        case "file": value = .fileID(try source.requiredText("file_id"))
        case "text": value = .text(try source.requiredText("data"))
        case "content":
            guard let content = source.value("content") else {
                throw TranslationError(.invalid, "field required", at: source.at("content"))
            }
            value = .blocks(content)
        default: throw TranslationError(.invalid, "unknown source type", at: source.at("type"))
        }
        var media = MediaPart(kind: kind, source: value)
        media.title = try block.text("title")
        media.context = try block.text("context")
        media.citationsEnabled = try block.reader("citations")?.bool("enabled")
        media.cacheBreakpoint = breakpoint
        media.vendorFields = block.further(than: ["type", "source", "title", "context", "citations", "cache_control"])
        return media
    }

    private static func cacheBreakpoint(_ block: FieldReader) throws(TranslationError) -> CacheBreakpoint? {
        guard let mark = try block.reader("cache_control") else { return nil }
        return CacheBreakpoint(lifetime: try mark.text("ttl"))
    }
}

extension Part {
    var isToolResult: Bool { if case .toolResult = self { true } else { false } }

    /// Whether only the model can have said it.
    fileprivate var isAssistantOnly: Bool {
        switch self {
        case .toolCall, .reasoning, .hostedCall: true
        case .text, .refusal, .media, .toolResult, .unknown: false
        }
    }
}
