import NIOHTTP1
import OmniCore
import OmniTranslate

/// What a request line asks of the data plane.
enum InferenceRoute: Equatable {
    /// A chat request in the dialect of its path.
    case chat(WireFormat, RequestOperation)
    case modelList(WireFormat)
    /// The models that do something other than chat, as OpenAI lists models.
    case serviceModels(ModelPurpose)
    /// One model, by the id that follows the list's path; nil where the body names it.
    case model(WireFormat, id: String?)
    /// A response that is kept here, to be told or deleted.
    case storedResponse(id: String)
    /// What led to a response that is kept here.
    case inputItems(id: String)
    /// Which version of Ollama's interface is spoken.
    case ollamaVersion
    /// Which models Ollama holds in memory: none, here.
    case ollamaProcesses
    case preflight
    /// A path of ours that does not take this method.
    case methodNotAllowed(WireFormat, allowed: String)
    /// A path below ours that leads nowhere.
    case notFound(WireFormat)

    /// - Returns: nil for everything that is not the data plane's, such as `/api/keys` and `/dashboard`.
    init?(method: HTTPMethod, uri: String) {
        guard let path = Self.path(of: uri) else { return nil }
        let isList = method == .GET || method == .HEAD
        guard let (route, methods) = Self.route(path, asksForEvents: Self.asksForEvents(uri), isList: isList) else {
            return nil
        }
        if method == .OPTIONS {
            self = .preflight
        } else if Self.methods(methods, include: method.rawValue) {
            self = route
        } else {
            self = .methodNotAllowed(route.format, allowed: methods.split(separator: " ").joined(separator: ", "))
        }
    }

    private static func methods(_ methods: String, include name: String) -> Bool {
        methods == name
            || methods.utf8.split(separator: UInt8(ascii: " ")).contains { $0.elementsEqual(name.utf8) }
    }

    /// The route of a path and the methods it takes.
    private static func route(
        _ path: String, asksForEvents: Bool, isList: Bool
    ) -> (route: InferenceRoute, methods: String)? {
        switch path {
        case "/v1/chat/completions": return (.chat(.openAIChat, RequestOperation()), "POST")
        case "/v1/completions":
            var operation = RequestOperation()
            operation.isGenerate = true
            return (.chat(.openAIChat, operation), "POST")
        case "/v1/responses": return (.chat(.openAIResponses, RequestOperation()), "POST")
        case "/v1/messages": return (.chat(.anthropicMessages, RequestOperation()), "POST")
        case "/v1/messages/count_tokens": return (.chat(.anthropicMessages, count), "POST")
        case "/v1/embeddings":
            return (
                isList ? .serviceModels(.embedding) : .chat(.openAIChat, service(.embedding(.openAI))), "GET HEAD POST"
            )
        case "/v1/images/generations":
            return (
                isList ? .serviceModels(.image) : .chat(.openAIChat, service(.image(.generation))), "GET HEAD POST"
            )
        case "/v1/images/edits": return (.chat(.openAIChat, service(.image(.edit))), "POST")
        case "/v1/audio/speech": return (.chat(.openAIChat, service(.speech)), "POST")
        case "/v1/rerank", "/v2/rerank", "/v1/v2/rerank":
            return (isList ? .serviceModels(.rerank) : .chat(.openAIChat, service(.rerank)), "GET HEAD POST")
        case "/v1/moderations":
            return (isList ? .serviceModels(.moderation) : .chat(.openAIChat, service(.moderation)), "GET HEAD POST")
        case "/v1/audio/transcriptions":
            return (.chat(.openAIChat, service(.transcription(translates: false))), "POST")
        case "/v1/audio/translations":
            return (.chat(.openAIChat, service(.transcription(translates: true))), "POST")
        case "/v1/models": return (.modelList(.openAIChat), "GET HEAD")
        default: break
        }
        if path.hasPrefix("/v1/responses/") { return responseRoute(path.dropFirst("/v1/responses/".count)) }
        if let ollama = ollamaRoute(path) { return ollama }
        if path.hasPrefix("/v1beta/") || path.hasPrefix("/v1/models/") {
            return modelRoute(path, asksForEvents: asksForEvents, isList: isList)
        }
        if let confined = providerRoute(path) { return confined }
        return path.hasPrefix("/v1")
            ? (.notFound(path.hasPrefix("/v1/messages") ? .anthropicMessages : .openAIChat), "GET POST") : nil
    }

    private static var count: RequestOperation {
        var operation = RequestOperation()
        operation.isCount = true
        return operation
    }

    private static func service(_ service: RequestService) -> RequestOperation {
        var operation = RequestOperation()
        operation.service = service
        return operation
    }

    private static func responseRoute(_ rest: Substring) -> (route: InferenceRoute, methods: String) {
        let parts = rest.split(separator: "/", omittingEmptySubsequences: false)
        if parts == ["input_tokens"] { return (.chat(.openAIResponses, count), "POST") }
        if parts.count == 1, !rest.isEmpty {
            return (.storedResponse(id: String(rest).percentDecoded), "GET HEAD DELETE")
        }
        if parts.count == 2, parts[1] == "input_items" {
            return (.inputItems(id: String(parts[0]).percentDecoded), "GET HEAD")
        }
        return (.notFound(.openAIResponses), "GET POST DELETE")
    }

    private static func ollamaRoute(_ path: String) -> (route: InferenceRoute, methods: String)? {
        let name = path.hasPrefix("/v1/api/") ? path.dropFirst(8) : path.hasPrefix("/api/") ? path.dropFirst(5) : ""
        switch String(name) {
        case "chat": return (.chat(.ollama, RequestOperation()), "POST")
        case "generate":
            var operation = RequestOperation()
            operation.isGenerate = true
            return (.chat(.ollama, operation), "POST")
        case "embed": return (.chat(.ollama, service(.embedding(.ollama))), "POST")
        case "embeddings": return (.chat(.ollama, service(.embedding(.ollamaPrompt))), "POST")
        case "tags": return (.modelList(.ollama), "GET HEAD")
        case "show": return (.model(.ollama, id: nil), "POST")
        case "version": return (.ollamaVersion, "GET HEAD")
        case "ps": return (.ollamaProcesses, "GET HEAD")
        default: return nil
        }
    }

    /// `/v1beta/models…` of Gemini, and `/v1/models/…`, which OpenAI and Gemini share: a method after a colon is Gemini's.
    private static func modelRoute(
        _ path: String, asksForEvents: Bool, isList: Bool
    ) -> (route: InferenceRoute, methods: String) {
        let isBeta = path.hasPrefix("/v1beta/")
        // By bytes, as in ``path(of:)``.
        let rest = String(Substring(path.utf8.dropFirst(isBeta ? "/v1beta/".utf8.count : "/v1/".utf8.count)))
        if rest == "models" || rest == "models/" { return (.modelList(isBeta ? .gemini : .openAIChat), "GET HEAD") }
        guard rest.hasPrefix("models/") else { return (.notFound(isBeta ? .gemini : .openAIChat), "GET POST") }
        let name = Substring(rest.utf8.dropFirst("models/".utf8.count))
        var operation = RequestOperation()
        if let colon = name.utf8.lastIndex(of: UInt8(ascii: ":")), !isList {
            operation.model = String(name[..<colon]).percentDecoded
            switch String(name[name.utf8.index(after: colon)...]) {
            case "generateContent":
                operation.isStreaming = false
                return (.chat(.gemini, operation), "POST")
            case "streamGenerateContent":
                operation.isStreaming = true
                operation.usesArrayFraming = !asksForEvents
                return (.chat(.gemini, operation), "POST")
            case "countTokens":
                operation.isCount = true
                return (.chat(.gemini, operation), "POST")
            case "embedContent":
                operation.service = .embedding(.gemini)
                return (.chat(.gemini, operation), "POST")
            case "batchEmbedContents":
                operation.service = .embedding(.geminiBatch)
                return (.chat(.gemini, operation), "POST")
            default: return (.notFound(.gemini), "GET POST")
            }
        }
        return (.model(isBeta ? .gemini : .openAIChat, id: String(name).percentDecoded), "GET HEAD")
    }

    /// `/v1/providers/{provider}/chat/completions`, `…/embeddings` and so on.
    private static func providerRoute(_ path: String) -> (route: InferenceRoute, methods: String)? {
        let parts = path.split(separator: "/")
        guard parts.count > 3, parts[0] == "v1", parts[1] == "providers" else { return nil }
        var operation = RequestOperation()
        switch parts[3...].joined(separator: "/") {
        case "chat/completions": break
        case "embeddings": operation.service = .embedding(.openAI)
        case "images/generations": operation.service = .image(.generation)
        case "images/edits": operation.service = .image(.edit)
        case "rerank": operation.service = .rerank
        case "moderations": operation.service = .moderation
        case "audio/transcriptions": operation.service = .transcription(translates: false)
        default: return nil
        }
        operation.provider = String(parts[2]).percentDecoded
        return (.chat(.openAIChat, operation), "POST")
    }

    /// The path, whichever way a client's settings put it together: with a base URL that already ends in `/v1` some tools
    /// ask for `/v1/v1/messages`, and with one that lacks it others ask for `/chat/completions`.
    private static func path(of uri: String) -> String? {
        // A string, since comparing those is comparing bytes; a part of one is compared character by character.
        var path = uri.withoutQuery
        if path.hasPrefix("/v1/v1/") || path.hasPrefix("/v1/v1beta/") { path = String(path.dropFirst(3)) }
        if path.hasPrefix("/api/v1/") || path.hasPrefix("/api/v1beta/") { path = String(path.dropFirst(4)) }
        if path.hasPrefix("/v1/") || path.hasPrefix("/v1beta/") || path == "/v1" || path.hasPrefix("/api/") {
            return path
        }
        // Cohere's SDK asks for its second version.
        if path == "/v2/rerank" { return path }
        return ["/chat/completions", "/models", "/responses"].contains(path) ? "/v1" + path : nil
    }

    private static func asksForEvents(_ uri: String) -> Bool {
        guard let query = uri.utf8.firstIndex(of: UInt8(ascii: "?")) else { return false }
        return uri[uri.index(after: query)...].split(separator: "&").contains("alt=sse")
    }

    /// Whether its requests are forms with a file.
    var takesFile: Bool {
        if case .chat(_, let operation) = self { operation.service?.takesFile ?? false } else { false }
    }

    /// The dialect errors are told in.
    var format: WireFormat {
        switch self {
        case .chat(let format, _), .modelList(let format), .model(let format, _), .methodNotAllowed(let format, _),
            .notFound(let format):
            format
        case .ollamaVersion, .ollamaProcesses: .ollama
        case .storedResponse, .inputItems: .openAIResponses
        case .preflight, .serviceModels: .openAIChat
        }
    }
}

extension String {
    /// A request's target without its query.
    var withoutQuery: String {
        // By bytes, for characters take a hundred times as long and every request asks.
        var text = self
        return text.withUTF8 { bytes in
            bytes.firstIndex(of: UInt8(ascii: "?")).map { String(decoding: bytes[..<$0], as: UTF8.self) }
        } ?? self
    }
}

extension InferenceRoute {
    /// Whether it tells which models there are.
    var isOfModels: Bool {
        switch self {
        case .modelList, .serviceModels, .model: true
        case .chat, .storedResponse, .inputItems, .ollamaVersion, .ollamaProcesses, .preflight, .methodNotAllowed,
            .notFound:
            false
        }
    }
}
