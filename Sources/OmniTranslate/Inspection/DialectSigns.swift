import OmniJSON

/// What speaks for each of the three dialects whose conversations are `messages`.
struct DialectSigns {
    private var found: [WireFormat: [String]] = [:]
    private let model: String

    private static let members: [(name: String, format: WireFormat)] = [
        ("system", .anthropicMessages), ("stop_sequences", .anthropicMessages), ("thinking", .anthropicMessages),
        ("anthropic_version", .anthropicMessages), ("mcp_servers", .anthropicMessages),
        ("output_config", .anthropicMessages), ("container", .anthropicMessages),
        ("options", .ollama), ("keep_alive", .ollama), ("think", .ollama), ("format", .ollama),
        ("max_completion_tokens", .openAIChat), ("response_format", .openAIChat), ("reasoning_effort", .openAIChat),
        ("stream_options", .openAIChat), ("frequency_penalty", .openAIChat), ("presence_penalty", .openAIChat),
        ("logit_bias", .openAIChat), ("seed", .openAIChat), ("n", .openAIChat), ("modalities", .openAIChat),
        ("parallel_tool_calls", .openAIChat), ("stop", .openAIChat), ("user", .openAIChat),
        ("prediction", .openAIChat), ("web_search_options", .openAIChat),
    ]
    private static let parts: [(type: String, format: WireFormat)] = [
        ("tool_use", .anthropicMessages), ("tool_result", .anthropicMessages), ("thinking", .anthropicMessages),
        ("redacted_thinking", .anthropicMessages), ("image", .anthropicMessages), ("document", .anthropicMessages),
        ("search_result", .anthropicMessages), ("server_tool_use", .anthropicMessages),
        ("image_url", .openAIChat), ("input_audio", .openAIChat), ("file", .openAIChat), ("refusal", .openAIChat),
    ]

    init(_ request: JSONValue) {
        model = request["model"]?.string?.lowercased() ?? ""
        for member in request.members {
            for (name, format) in Self.members where member.name.string == name { add(name, to: format) }
        }
        for tool in Self.elements(request["tools"]) {
            if tool.has("input_schema") { add("tools.input_schema", to: .anthropicMessages) }
            // Ollama took over Chat's form of tools.
            if tool["function"]?.kind == .object, found[.ollama] == nil { add("tools.function", to: .openAIChat) }
        }
        if let choice = request["tool_choice"], choice.kind == .object {
            let type = choice["type"]?.string ?? ""
            add(
                "tool_choice.type",
                to: ["auto", "any", "tool", "none"].contains(type) ? .anthropicMessages : .openAIChat)
        }
        for message in Self.elements(request["messages"]) { read(message) }
    }

    private mutating func read(_ message: JSONValue) {
        let role = message["role"]?.string ?? ""
        if role == "developer" || message.has("tool_call_id") { add("messages.\(role)", to: .openAIChat) }
        if message["images"]?.kind == .array { add("messages.images", to: .ollama) }
        if message.has("tool_name") { add("messages.tool_name", to: .ollama) }
        for call in Self.elements(message["tool_calls"]) {
            // Chat's arguments are JSON in a string, Ollama's an object.
            let isObject = call["function"]?["arguments"]?.kind == .object
            add("messages.tool_calls", to: isObject ? .ollama : .openAIChat)
        }
        for part in Self.elements(message["content"]) {
            if part.has("cache_control") { add("cache_control", to: .anthropicMessages) }
            for (type, format) in Self.parts where part["type"]?.string == type { add("messages.\(type)", to: format) }
        }
    }

    private static func elements(_ list: JSONValue?) -> [JSONValue] { list.map { Array($0.elements) } ?? [] }

    private mutating func add(_ sign: String, to format: WireFormat) {
        if found[format]?.contains(sign) != true { found[format, default: []].append(sign) }
    }

    /// The dialect with the most signs; without any, what the model's name suggests.
    var detection: DialectDetection {
        let order: [WireFormat] = [.anthropicMessages, .ollama, .openAIChat]
        let counts = order.map { (format: $0, count: found[$0]?.count ?? 0) }.sorted { $0.count > $1.count }
        guard counts[0].count > 0 else {
            return DialectDetection(
                model.contains("claude") ? .anthropicMessages : .openAIChat, .request, signs: ["messages"],
                isCertain: false)
        }
        return DialectDetection(
            counts[0].format, .request, signs: found[counts[0].format] ?? [],
            isCertain: counts[0].count > counts[1].count)
    }
}
