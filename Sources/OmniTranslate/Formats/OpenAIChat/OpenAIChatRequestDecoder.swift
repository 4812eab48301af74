import OmniJSON

/// Reads `POST /v1/chat/completions` bodies.
enum OpenAIChatRequestDecoder {
    /// Fields with a canonical place; every other one is kept as a vendor field.
    private static let known: [StaticString] = [
        "model", "messages", "stream", "stream_options", "tools", "tool_choice", "parallel_tool_calls",
        "max_completion_tokens", "max_tokens", "temperature", "top_p", "top_k", "frequency_penalty",
        "presence_penalty", "seed", "logit_bias", "stop", "response_format", "reasoning_effort", "n", "logprobs",
        "top_logprobs", "verbosity", "service_tier", "user", "safety_identifier", "metadata", "store",
        "prompt_cache_key", "functions", "function_call",
    ]

    /// `annotations` repeat what the text says; answers carry them, requests need not.
    private static let knownOfAssistant: [StaticString] = [
        "role", "content", "name", "refusal", "tool_calls", "function_call", "reasoning_content", "reasoning",
        "cache_control", "prompt_cache_breakpoint", "annotations",
    ]

    /// - Parameter isCompletion: whether it is a body of `POST /v1/completions`, which has a prompt and no messages.
    static func decode(
        _ body: JSONValue, isCompletion: Bool = false
    ) throws(TranslationError) -> CanonicalRequest {
        let fields = try FieldReader(body)
        var request = CanonicalRequest(origin: .openAIChat, model: try fields.requiredText("model").string)
        request.isStreaming = try fields.bool("stream") ?? false
        request.includesStreamUsage = try fields.reader("stream_options")?.bool("include_usage") ?? false
        if isCompletion {
            request.messages = [try prompt(fields)]
        } else {
            let messages = try fields.objects("messages")
            request.messages.reserveCapacity(messages.count)
            for message in messages { request.messages.append(try self.message(message)) }
        }
        guard !request.messages.isEmpty else { throw TranslationError(.invalid, "must not be empty", at: "messages") }
        for tool in try fields.objects("tools") { request.tools.append(try self.tool(tool)) }
        for function in try fields.objects("functions") { request.tools.append(.function(try self.function(function))) }
        request.toolChoice = try toolChoice(fields)
        request.allowsParallelToolCalls = try fields.bool("parallel_tool_calls")
        request.maxOutputTokens = try fields.int("max_completion_tokens", or: "max_tokens", minimum: 1)
        request.sampling.temperature = try fields.number("temperature")
        request.sampling.topP = try fields.number("top_p")
        request.sampling.topK = try fields.number("top_k")
        request.sampling.frequencyPenalty = try fields.number("frequency_penalty")
        request.sampling.presencePenalty = try fields.number("presence_penalty")
        request.sampling.seed = try fields.number("seed")
        request.sampling.logitBias = try fields.reader("logit_bias")?.object
        request.stopSequences = try stop(fields)
        request.responseFormat = try responseFormat(fields)
        if let effort = try fields.text("reasoning_effort") {
            guard let known = Reasoning.Effort(rawValue: effort.string) else {
                throw TranslationError(
                    .invalid, "must be one of none, minimal, low, medium, high, xhigh, max", at: "reasoning_effort")
            }
            request.reasoning = Reasoning(effort: known)
        }
        request.choiceCount = try fields.int("n", minimum: 1)
        if !isCompletion, try fields.bool("logprobs") == true {
            request.logprobs = Logprobs(topCount: try fields.int("top_logprobs"))
        }
        request.verbosity = try fields.text("verbosity")
        request.serviceTier = try fields.text("service_tier")
        request.user = try fields.text("safety_identifier", or: "user")
        request.metadata = try fields.reader("metadata")?.object
        request.isStored = try fields.bool("store")
        request.promptCacheKey = try fields.text("prompt_cache_key")
        request.vendorFields = fields.further(than: isCompletion ? known + knownOfCompletion : known)
        return request
    }

    private static func stop(_ fields: FieldReader) throws(TranslationError) -> [JSONText] {
        guard let value = fields.value("stop") else { return [] }
        if let text = value.text { return [text] }
        guard value.kind == .array else {
            throw TranslationError(.invalid, "must be a string or an array of strings", at: "stop")
        }
        var sequences: [JSONText] = []
        for (index, element) in value.elements.enumerated() {
            guard let text = element.text else {
                throw TranslationError(.invalid, "must be a string", at: "stop[\(index)]")
            }
            sequences.append(text)
        }
        return sequences
    }

    private static func responseFormat(_ fields: FieldReader) throws(TranslationError) -> ResponseFormat? {
        guard let format = try fields.reader("response_format") else { return nil }
        let type = try format.requiredText("type")
        if type.equals("text") { return .text }
        if type.equals("json_object") { return .jsonObject }
        guard type.equals("json_schema") else {
            throw TranslationError(.invalid, "must be text, json_object or json_schema", at: format.at("type"))
        }
        guard let schema = try format.reader("json_schema") else {
            throw TranslationError(.invalid, "field required", at: format.at("json_schema"))
        }
        guard let definition = try schema.reader("schema") else {
            throw TranslationError(.invalid, "field required", at: schema.at("schema"))
        }
        return .jsonSchema(
            name: try schema.requiredText("name"), description: try schema.text("description"),
            schema: definition.object, isStrict: try schema.bool("strict"))
    }

    // MARK: Tools

    /// A tool as this dialect nests it, or flat, as Responses and Anthropic have it: some editors write those here.
    private static func tool(_ tool: FieldReader) throws(TranslationError) -> Tool {
        let type = try tool.text("type") ?? "function"
        let isFlat = tool.value("name") != nil
        if type.equals("function") {
            guard let function = try tool.reader("function") ?? (isFlat ? tool : nil) else {
                throw TranslationError(.invalid, "field required", at: tool.at("function"))
            }
            var declared = try self.function(function)
            declared.cacheBreakpoint = try cacheBreakpoint(tool)
            return .function(declared)
        }
        if type.equals("custom") {
            if let custom = try tool.reader("custom") {
                return .custom(
                    name: try custom.requiredText("name"), description: try custom.text("description"),
                    format: custom.value("format"))
            }
            if isFlat { return try OpenAIResponsesRequestDecoder.custom(tool) }
        }
        return .hosted(UnknownPart(type: type, origin: .openAIChat, raw: tool.object))
    }

    private static func function(_ function: FieldReader) throws(TranslationError) -> FunctionTool {
        var parameters = try function.reader("parameters")
        if parameters == nil { parameters = try function.reader("input_schema") }
        return FunctionTool(
            name: try function.requiredText("name"), description: try function.text("description"),
            parameters: parameters?.object, isStrict: try function.bool("strict"))
    }

    private static func toolChoice(_ fields: FieldReader) throws(TranslationError) -> ToolChoice? {
        let isCurrent = fields.value("tool_choice") != nil
        guard let value = fields.value("tool_choice") ?? fields.value("function_call") else { return nil }
        let path = isCurrent ? "tool_choice" : "function_call"
        if let text = value.text {
            if text.equals("auto") { return .auto }
            if text.equals("none") { return ToolChoice.none }
            if text.equals("required") { return .required }
            throw TranslationError(.invalid, "must be auto, none, required or an object", at: path)
        }
        let choice = try FieldReader(value, path: path)
        if let name = try choice.text("name") { return .named(name) }
        if let function = try choice.reader("function") { return .named(try function.requiredText("name")) }
        if let custom = try choice.reader("custom") { return .named(try custom.requiredText("name")) }
        if let allowed = try choice.reader("allowed_tools") {
            var names: [JSONText] = []
            for tool in try allowed.objects("tools") {
                let custom = try tool.reader("custom")
                let named = try tool.reader("function") ?? custom ?? tool
                // A tool the provider runs: what is left without it would be another wish.
                guard let name = try named.text("name") else { return .hosted(value) }
                names.append(name)
            }
            return .allowed(names: names, isRequired: try allowed.text("mode")?.equals("required") ?? false)
        }
        return .hosted(value)
    }

    // MARK: Messages

    private static func message(_ message: FieldReader) throws(TranslationError) -> Message {
        let role = try message.requiredText("role")
        let name = try message.text("name")
        let speaker: Message.Role? =
            role.equals("user") ? .user : role.equals("system") ? .system : role.equals("developer") ? .developer : nil
        if let speaker {
            guard message.value("content") != nil else {
                throw TranslationError(.invalid, "field required", at: message.at("content"))
            }
            return Message(role: speaker, parts: try content(message), name: name)
        }
        if role.equals("assistant") {
            var turn = Message(role: .assistant, parts: try assistantParts(message), name: name)
            turn.vendorFields = message.further(than: knownOfAssistant)
            return turn
        }
        if role.equals("tool") || role.equals("function") {
            let id = try message.text("tool_call_id", or: "name")
            guard let id else { throw TranslationError(.invalid, "field required", at: message.at("tool_call_id")) }
            var result = ToolResult(callID: id, name: name, content: try content(message))
            result.cacheBreakpoint = try cacheBreakpoint(message)
            return Message(role: .tool, parts: [.toolResult(result)])
        }
        throw TranslationError(.invalid, "must be system, developer, user, assistant or tool", at: message.at("role"))
    }

    private static func assistantParts(_ message: FieldReader) throws(TranslationError) -> [Part] {
        var parts: [Part] = []
        let calls = try message.objects("tool_calls")
        var thoughts = calls.map { OpenAIChatThoughts.read($0.object) }
        // Thoughts that come back with their state are the words of `reasoning_content` once more.
        let hasWords = thoughts.contains { $0.contains { !$0.text.isEmpty } }
        if !hasWords, let text = try message.text("reasoning_content", or: "reasoning"), !text.isEmpty {
            parts.append(.reasoning(ReasoningPart(text: text)))
        }
        // The words of a turn stand before its calls; what was thought before the first one led to them as well.
        if !thoughts.isEmpty {
            parts += thoughts[0].map(Part.reasoning)
            thoughts[0] = []
        }
        if parts.isEmpty { parts = try content(message) } else { parts += try content(message) }
        if let refusal = try message.text("refusal") { parts.append(.refusal(refusal)) }
        for (position, call) in calls.enumerated() {
            parts += thoughts[position].map(Part.reasoning)
            parts.append(.toolCall(try toolCall(call)))
        }
        if let legacy = try message.reader("function_call") {
            let name = try legacy.requiredText("name")
            parts.append(
                .toolCall(ToolCall(id: name, name: name, arguments: .string(try legacy.text("arguments") ?? ""))))
        }
        return parts
    }

    private static func toolCall(_ call: FieldReader) throws(TranslationError) -> ToolCall {
        let id = try call.requiredText("id")
        if let custom = try call.reader("custom") {
            return ToolCall(
                id: id, name: try custom.requiredText("name"), arguments: .string(try custom.text("input") ?? ""),
                isCustom: true)
        }
        guard let function = try call.reader("function") else {
            throw TranslationError(.invalid, "field required", at: call.at("function"))
        }
        let arguments: ToolArguments =
            if let value = function.value("arguments"), value.kind == .object { .value(value) } else {
                .string(try function.text("arguments") ?? "")
            }
        return ToolCall(id: id, name: try function.requiredText("name"), arguments: arguments)
    }

    private static func content(_ message: FieldReader) throws(TranslationError) -> [Part] {
        guard let value = message.value("content") else { return [] }
        if let text = value.text {
            return [.text(TextPart(text, cacheBreakpoint: try cacheBreakpoint(message)))]
        }
        guard value.kind == .array else {
            throw TranslationError(.invalid, "must be a string or an array of parts", at: message.at("content"))
        }
        var parts: [Part] = []
        for part in try message.objects("content") { parts.append(try self.part(part)) }
        return parts
    }

    private static func part(_ part: FieldReader) throws(TranslationError) -> Part {
        let type = try part.requiredText("type")
        let breakpoint = try cacheBreakpoint(part)
        switch type.string {
        case "text", "input_text", "output_text":
            return .text(TextPart(try part.requiredText("text"), cacheBreakpoint: breakpoint))
        case "refusal": return .refusal(try part.requiredText("refusal"))
        case "image_url":
            let image = try part.reader("image_url")
            guard let url = try image?.text("url") else {
                throw TranslationError(.invalid, "field required", at: part.at("image_url.url"))
            }
            var media = MediaPart(kind: .image, source: DataURL.source(url))
            media.detail = try image?.text("detail")
            media.cacheBreakpoint = breakpoint
            return .media(media)
        case "file": return .media(try file(part, breakpoint: breakpoint))
        case "input_audio":
            guard let audio = try part.reader("input_audio") else {
                throw TranslationError(.invalid, "field required", at: part.at("input_audio"))
            }
            let format = try audio.requiredText("format")
            return .media(
                MediaPart(
                    kind: .audio,
                    source: .base64(mediaType: "audio/" + format, data: try audio.requiredText("data"))))
        default: return .unknown(UnknownPart(type: type, origin: .openAIChat, raw: part.object))
        }
    }

    private static func file(_ part: FieldReader, breakpoint: CacheBreakpoint?) throws(TranslationError) -> MediaPart {
        guard let file = try part.reader("file") else {
            throw TranslationError(.invalid, "field required", at: part.at("file"))
        }
        let source: MediaPart.Source
        if let data = try file.text("file_data") {
            source = DataURL.source(data, assuming: "application/pdf")
        } else if let id = try file.text("file_id") {
            source = .fileID(id)
        } else {
            throw TranslationError(.invalid, "needs file_data or file_id", at: file.path)
        }
        var media = MediaPart(kind: .document, source: source)
        media.filename = try file.text("filename")
        media.cacheBreakpoint = breakpoint
        return media
    }

    private static func cacheBreakpoint(_ part: FieldReader) throws(TranslationError) -> CacheBreakpoint? {
        guard part.value("cache_control") != nil || part.value("prompt_cache_breakpoint") != nil else { return nil }
        if let mark = try part.reader("cache_control") { return CacheBreakpoint(lifetime: try mark.text("ttl")) }
        guard let mark = try part.reader("prompt_cache_breakpoint") else { return nil }
        return CacheBreakpoint(lifetime: try mark.text("ttl"))
    }
}
