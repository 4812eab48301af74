import OmniJSON

/// Calls of hosted tools as items of the output.
enum OpenAIResponsesHostedCalls {
    /// - Returns: nil for items of tools only OpenAI has, and for those that do not say what was done.
    static func decode(_ item: JSONValue) -> HostedCall? {
        let type = item["type"]?.text ?? .empty
        guard let id = item["id"]?.text else { return nil }
        var outcome = HostedCall.Outcome()
        outcome.isFailure = item["status"]?.isString("failed") ?? false
        var leftOut: [String] = []
        let action: HostedCall.Action
        if type.equals("web_search_call"), let asked = item.present("action") {
            if let url = asked["url"]?.text {
                action = .open(url: url)
            } else {
                var queries = asked.present("queries")?.elements.compactMap(\.text) ?? []
                if queries.isEmpty, let query = asked["query"]?.text { queries = [query] }
                guard !queries.isEmpty else { return nil }
                for source in asked.present("sources").map({ Array($0.elements) }) ?? [] {
                    guard let url = source["url"]?.text else { continue }
                    outcome.sources.append(.init(url: url, title: source["title"]?.text))
                }
                action = .search(queries: queries)
            }
        } else if type.equals("code_interpreter_call"), let code = item["code"]?.text {
            action = .run(code: code, .python)
            for output in item.present("outputs").map({ Array($0.elements) }) ?? [] {
                if let logs = output["logs"]?.text { outcome.text += logs } else { leftOut = ["outputs"] }
            }
        } else if type.equals("mcp_call"), let label = item["server_label"]?.text, let tool = item["name"]?.text {
            action = .server(label: label, tool: tool, arguments: item["arguments"]?.text ?? "{}")
            outcome.text = item["output"]?.text ?? .empty
            if let error = item.present("error") {
                outcome.isFailure = true
                outcome.text = message(of: error)
            }
        } else {
            return nil
        }
        var piece = UnknownPart(type: type, origin: .openAIResponses, raw: item)
        piece.isItem = true
        let isOver = !["incomplete", "in_progress", "searching", "interpreting", "calling"].contains {
            item["status"]?.isString($0) ?? false
        }
        var call = HostedCall(id: id, action: action, outcome: isOver ? outcome : nil, pieces: [piece])
        call.leftOut = leftOut
        return call
    }

    private static func message(of error: JSONValue) -> JSONText {
        if let text = error.text ?? error["message"]?.text { return text }
        let texts = error["content"]?.elements.compactMap { $0["text"]?.text } ?? []
        return texts.isEmpty ? JSONText(escaping: error.raw) : texts.reduce(.empty, +)
    }

    /// What an item's id begins with.
    static func idPrefix(of call: HostedCall) -> StaticString {
        switch call.action {
        case .search, .open: "ws_rtr1."
        case .run: "ci_rtr1."
        case .server: "mcp_rtr1."
        }
    }

    /// Writes the item as the next value.
    /// - Parameter isBegun: whether it is only beginning: the form a stream shows first.
    static func write(_ call: HostedCall, id: JSONText, isBegun: Bool = false, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("type")
        switch call.action {
        case .search, .open: writer.value("web_search_call")
        case .run: writer.value("code_interpreter_call")
        case .server: writer.value("mcp_call")
        }
        writer.key("id")
        writer.value(id)
        writer.key("status")
        writer.value(isBegun ? "in_progress" : status(of: call))
        switch call.action {
        case .search(let queries): writeSearch(queries, isBegun ? nil : call.outcome, into: &writer)
        case .open(let url):
            writer.key("action")
            writer.beginObject()
            writer.key("type")
            writer.value("open_page")
            writer.key("url")
            writer.value(url)
            writer.endObject()
        case .run(let code, _):
            writer.key("code")
            writer.value(isBegun ? .empty : code)
            // The schema demands one; the container another provider used has no name here.
            writer.key("container_id")
            writer.value(JSONText.empty)
            writer.key("outputs")
            if let outcome = call.outcome, !isBegun { writeLogs(outcome.text, into: &writer) } else { writer.null() }
        case .server(let label, let tool, let arguments):
            writer.key("server_label")
            writer.value(label)
            writer.key("name")
            writer.value(tool)
            writer.key("arguments")
            writer.value(isBegun ? .empty : arguments)
            writeAnswer(isBegun ? nil : call.outcome, into: &writer)
        }
        writer.endObject()
    }

    static func status(of call: HostedCall) -> StaticString {
        guard let outcome = call.outcome else { return "incomplete" }
        return outcome.isFailure ? "failed" : "completed"
    }

    private static func writeSearch(
        _ queries: [JSONText], _ outcome: HostedCall.Outcome?, into writer: inout JSONWriter
    ) {
        writer.key("action")
        writer.beginObject()
        writer.key("type")
        writer.value("search")
        writer.key("query")
        writer.value(queries.first ?? .empty)
        writer.key("queries")
        writer.beginArray()
        for query in queries { writer.value(query) }
        writer.endArray()
        if let sources = outcome?.sources, !sources.isEmpty {
            writer.key("sources")
            writer.beginArray()
            for source in sources {
                writer.beginObject()
                writer.key("type")
                writer.value("url")
                writer.key("url")
                writer.value(source.url)
                writer.endObject()
            }
            writer.endArray()
        }
        writer.endObject()
    }

    private static func writeLogs(_ text: JSONText, into writer: inout JSONWriter) {
        writer.beginArray()
        if !text.isEmpty {
            writer.beginObject()
            writer.key("type")
            writer.value("logs")
            writer.key("logs")
            writer.value(text)
            writer.endObject()
        }
        writer.endArray()
    }

    private static func writeAnswer(_ outcome: HostedCall.Outcome?, into writer: inout JSONWriter) {
        writer.key("output")
        if let outcome, !outcome.isFailure { writer.value(outcome.text) } else { writer.null() }
        writer.key("error")
        guard let outcome, outcome.isFailure else { return writer.null() }
        writer.beginObject()
        writer.key("type")
        writer.value("mcp_tool_execution_error")
        writer.key("content")
        writer.beginArray()
        writer.beginObject()
        writer.key("type")
        writer.value("text")
        writer.key("text")
        writer.value(outcome.text)
        writer.endObject()
        writer.endArray()
        writer.endObject()
    }
}
