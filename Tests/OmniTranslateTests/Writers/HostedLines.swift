import OmniJSON

@testable import OmniTranslate

/// What tools their providers ran did, one line for each use a dialect can tell: from events, or as a client reads it.
enum HostedLines {
    /// What a client of a dialect is told of calls, in the order it is told.
    static func expected(of calls: [HostedCall], by client: WireFormat) -> [String] {
        switch client {
        case .openAIChat, .ollama: []
        case .openAIResponses: calls.map(item)
        case .anthropicMessages: calls.flatMap(pairs)
        // Searches and pages are told at the end, beside the content.
        case .gemini: calls.flatMap(parts) + calls.flatMap(queries) + calls.flatMap(pages)
        }
    }

    /// Arguments as an object; what is none is its text.
    static func object(_ text: String) -> String {
        let value = try? JSONValue(parsing: Array(text.utf8))
        if let value, value.has(only: "_raw"), let raw = value["_raw"] { return "_raw: " + (raw.string ?? raw.rawText) }
        return WriterTarget.object(text)
    }

    // MARK: Responses

    private static func item(of call: HostedCall) -> String {
        let outcome = call.outcome
        let status = outcome.map { $0.isFailure ? "failed" : "completed" } ?? "incomplete"
        let text = outcome?.text.string ?? ""
        switch call.action {
        case .search(let queries):
            let pages = outcome?.sources.map(\.url.string) ?? []
            return "search \(queries.map(\.string)) \(status) \(pages)"
        case .open(let url): return "open \(url.string) \(status)"
        case .run(let code, _): return "code \(code.string) \(status) \(text)"
        case .server(let label, let tool, let arguments):
            return "mcp \(label.string) \(tool.string) \(arguments.string) \(status) \(text)"
        }
    }

    /// The same of an item a client got.
    static func line(ofItem item: JSONValue) -> String {
        func text(_ path: String) -> String { item.value(at: path)?.string ?? "" }
        let status = text("status")
        switch text("type") {
        case "web_search_call" where text("action.type") == "open_page": return "open \(text("action.url")) \(status)"
        case "web_search_call":
            let queries = item["action"]?["queries"]?.elements.map { $0.string ?? "" } ?? []
            let pages = item["action"]?["sources"]?.elements.map { $0["url"]?.string ?? "" } ?? []
            return "search \(queries) \(status) \(pages)"
        case "code_interpreter_call":
            let logs = item["outputs"].map { $0.kind == .array ? Array($0.elements) : [] } ?? []
            return "code \(text("code")) \(status) " + logs.map { $0["logs"]?.string ?? "" }.joined()
        default:
            let answer = text("output") + text("error.content.0.text")
            return "mcp \(text("server_label")) \(text("name")) \(text("arguments")) \(status) \(answer)"
        }
    }

    // MARK: Anthropic

    private static func pairs(of call: HostedCall) -> [String] {
        let isNative = call.pieces.first?.origin == .anthropicMessages
        let origin = isNative ? "own" : "foreign"
        // One without a result is told only as it was.
        guard let outcome = call.outcome else { return isNative ? ["\(origin) \(use(of: call)) -"] : [] }
        switch call.action {
        case .search(let queries):
            return queries.enumerated().map { index, query in
                let pages = outcome.sources.map { "\($0.url.string)|\(($0.title ?? $0.url).string)" }
                let isLast = index == queries.count - 1
                let found = isLast ? (outcome.isFailure ? "unavailable" : "\(pages)") : "[]"
                return "\(origin) web_search \(query.string) \(found)"
            }
        case .open: return []
        case .run:
            let end = outcome.isFailure ? "unavailable" : "\(outcome.hasFailed ? 1 : 0) \(outcome.text.string)"
            return ["\(origin) \(use(of: call)) \(end)"]
        case .server:
            // An empty block of text is refused in the next request; Claude's own is copied.
            let text = outcome.text.isBlank && !isNative ? "" : outcome.text.string
            return ["\(origin) \(use(of: call)) \(outcome.isFailure ? "error" : "answer") \(text)"]
        }
    }

    private static func use(of call: HostedCall) -> String {
        switch call.action {
        case .search, .open: ""
        case .run(let code, .python): "code_execution \(code.string)"
        case .run(let code, .shell): "bash_code_execution \(code.string)"
        case .server(let label, let tool, let arguments):
            "\(label.string) \(tool.string) \(object(arguments.string))"
        }
    }

    // MARK: Gemini

    private static func parts(of call: HostedCall) -> [String] {
        guard case .run(let code, let language) = call.action else { return [] }
        let end = call.outcome.map {
            ($0.hasFailed || $0.isFailure ? "OUTCOME_FAILED " : "OUTCOME_OK ") + $0.text.string
        }
        return ["\(language == .python ? "PYTHON" : "LANGUAGE_UNSPECIFIED") \(code.string) \(end ?? "-")"]
    }

    private static func queries(of call: HostedCall) -> [String] {
        guard case .search(let queries) = call.action else { return [] }
        return queries.map { "search \($0.string)" }
    }

    private static func pages(of call: HostedCall) -> [String] {
        guard case .open(let url) = call.action else { return [] }
        let isThere = call.outcome?.isFailure == false
        return ["page \(url.string) URL_RETRIEVAL_STATUS_\(isThere ? "SUCCESS" : "ERROR")"]
    }
}
