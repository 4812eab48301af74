import NIOHTTP1
import OmniTranslate

/// What a request line asks of the data plane.
enum InferenceRoute: Equatable {
    /// A chat request in the dialect of its path.
    case chat(WireFormat)
    case modelList
    /// One model, by the id that follows the list's path.
    case model(String)
    case countTokens
    case preflight
    /// A path of ours that does not take this method.
    case methodNotAllowed(WireFormat, allowed: String)
    /// A path below `/v1` that leads nowhere.
    case notFound(WireFormat)

    /// - Returns: nil for everything that is not the data plane's, such as `/api` and `/dashboard`.
    init?(method: HTTPMethod, uri: String) {
        guard let path = Self.path(of: uri) else { return nil }
        if method == .OPTIONS {
            self = .preflight
            return
        }
        switch path {
        case "/v1/chat/completions":
            self = method == .POST ? .chat(.openAIChat) : .methodNotAllowed(.openAIChat, allowed: "POST")
        case "/v1/messages":
            self = method == .POST ? .chat(.anthropicMessages) : .methodNotAllowed(.anthropicMessages, allowed: "POST")
        case "/v1/messages/count_tokens":
            self = method == .POST ? .countTokens : .methodNotAllowed(.anthropicMessages, allowed: "POST")
        case "/v1/models", "/v1/models/":
            self = method == .GET || method == .HEAD ? .modelList : .methodNotAllowed(.openAIChat, allowed: "GET, HEAD")
        default:
            guard path.hasPrefix("/v1/models/") else {
                self = .notFound(path.hasPrefix("/v1/messages") ? .anthropicMessages : .openAIChat)
                return
            }
            let id = path.dropFirst("/v1/models/".count)
            self =
                method == .GET || method == .HEAD
                ? .model(String(id)) : .methodNotAllowed(.openAIChat, allowed: "GET, HEAD")
        }
    }

    /// The path below one `/v1`, whichever way a client's settings put it together: with a base URL that already ends in
    /// `/v1` some tools ask for `/v1/v1/messages`, and with one that lacks it others ask for `/chat/completions`.
    private static func path(of uri: String) -> Substring? {
        let path = uri.prefix { $0 != "?" }
        if path.hasPrefix("/v1/v1/") { return path.dropFirst(3) }
        if path.hasPrefix("/v1/") || path == "/v1" { return path }
        return path == "/chat/completions" || path == "/models" ? "/v1" + path : nil
    }

    /// The dialect errors are told in.
    var format: WireFormat {
        switch self {
        case .chat(let format), .methodNotAllowed(let format, _), .notFound(let format): format
        case .countTokens: .anthropicMessages
        case .modelList, .model, .preflight: .openAIChat
        }
    }
}
