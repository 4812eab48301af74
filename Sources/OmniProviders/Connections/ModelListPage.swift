import OmniCore
import OmniJSON

/// One page of an upstream's list of models, in whatever shape it has it.
///
/// Known are OpenAI's `data` with what OpenRouter, Groq, Mistral, Together (a bare array) and vLLM add, Anthropic's `data`,
/// and the `models` of Gemini, Ollama and Cohere.
struct ModelListPage: Sendable {
    var models: [DiscoveredModel] = []
    /// The parameter that leads to the next page; nil on the last one.
    var next: (name: String, value: String)?

    /// - Returns: nil when there is no list in the answer.
    init?(_ body: [UInt8]) {
        let root: JSONValue
        do throws(JSONError) {
            root = try JSONValue(parsing: body, limits: JSONLimits(maximumDepth: 64))
        } catch {
            return nil
        }
        let list = root.kind == .array ? root : root.present("data") ?? root.present("models")
        guard let list, list.kind == .array else {
            // Ollama without any model may answer with null.
            guard root["models"]?.isNull ?? false else { return nil }
            return
        }
        models = list.elements.compactMap(DiscoveredModel.init(entry:))
        if let token = root["nextPageToken"]?.string ?? root["next_page_token"]?.string, !token.isEmpty {
            next = (root["nextPageToken"] == nil ? "page_token" : "pageToken", token)
        } else if root["has_more"]?.bool ?? false, let last = root["last_id"]?.string ?? models.last?.id {
            next = ("after_id", last)
        }
    }
}

extension DiscoveredModel {
    fileprivate init?(entry: JSONValue) {
        // Gemini's `name` is `models/…`, Ollama's and Cohere's the id itself.
        guard var id = entry["id"]?.string ?? entry["model"]?.string ?? entry["name"]?.string, !id.isEmpty,
            id.utf8.count <= 400
        else { return nil }
        let isGemini = id.hasPrefix("models/") && entry["id"] == nil
        if isGemini { id.removeFirst("models/".count) }
        self.init(id: id)
        let shown = entry["display_name"]?.string ?? entry["displayName"]?.string ?? entry["name"]?.string
        name = shown.flatMap { $0.isEmpty || $0.hasPrefix("models/") ? nil : String($0.prefix(200)) }
        owner = (entry["owned_by"]?.string).map { String($0.prefix(100)) }
        contextWindow = entry.tokens([
            "context_length", "context_window", "max_context_length", "max_model_len", "inputTokenLimit",
            "max_input_tokens",
        ])
        maxOutputTokens =
            entry["top_provider"]?.tokens(["max_completion_tokens"])
            ?? entry.tokens(["max_completion_tokens", "max_output_tokens", "outputTokenLimit"])
        // Anthropic's output limit has this name; elsewhere it may mean the window.
        if maxOutputTokens == nil, entry["max_input_tokens"] != nil { maxOutputTokens = entry.tokens(["max_tokens"]) }
        kind = Self.kind(entry)
        capabilities = Self.capabilities(entry)
    }

    private static func kind(_ entry: JSONValue) -> String? {
        let methods = entry.names("supportedGenerationMethods") + entry.names("endpoints")
        for method in methods {
            switch method {
            case "generateContent", "chat": return "chat"
            case "embedContent", "embedText", "embed": return "embedding"
            case "predictLongRunning": return "video"
            case "rerank": return "rerank"
            default: continue
            }
        }
        switch entry["type"]?.string {
        case "chat", "language", "llm", "vlm": return "chat"
        case "embedding", "embeddings": return "embedding"
        case "image": return "image"
        case "audio", "transcribe": return "audio"
        case "rerank": return "rerank"
        case "moderation": return "moderation"
        case "video": return "video"
        default: break
        }
        if entry["capabilities"]?["completion_chat"]?.bool ?? false { return "chat" }
        let outputs = entry["architecture"]?.names("output_modalities") ?? []
        return outputs.contains("text") ? "chat" : outputs.contains("image") ? "image" : nil
    }

    private static func capabilities(_ entry: JSONValue) -> Set<ModelCapability> {
        var found: Set<ModelCapability> = []
        let inputs = entry["architecture"]?.names("input_modalities") ?? []
        let parameters = entry.names("supported_parameters")
        let named = entry.names("capabilities")
        let stated = entry["capabilities"]
        if inputs.contains("image") || named.contains("vision") || stated?["vision"]?.bool ?? false {
            found.insert(.vision)
        }
        if inputs.contains("audio") { found.insert(.audio) }
        if inputs.contains("file") { found.insert(.documents) }
        if parameters.contains("tools") || named.contains("tools") || stated?["function_calling"]?.bool ?? false {
            found.insert(.tools)
        }
        let reasons = entry["thinking"]?.bool ?? stated?["reasoning"]?.bool ?? false
        if parameters.contains("reasoning") || named.contains("thinking") || reasons { found.insert(.reasoning) }
        if parameters.contains("structured_outputs") { found.insert(.structuredOutput) }
        return found
    }
}

extension JSONValue {
    /// The first member that is a positive number of tokens.
    fileprivate func tokens(_ names: [String]) -> Int? {
        for member in members {
            guard names.contains(member.name.string), let count = member.value.int, count > 0 else { continue }
            return count
        }
        return nil
    }

    fileprivate func names(_ member: StaticString) -> [String] { self[member]?.elements.compactMap(\.string) ?? [] }
}
