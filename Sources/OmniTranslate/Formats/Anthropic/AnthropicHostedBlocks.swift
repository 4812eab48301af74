import OmniJSON

/// Calls of hosted tools as Anthropic's blocks: one for the call and one for its result.
struct AnthropicHostedBlocks: Sendable {
    enum Block: Sendable {
        /// A call; name: the tool's. server: the label of the server it is called at. input: an object's JSON text.
        case use(id: JSONText, name: JSONText, server: JSONText?, input: [UInt8])
        /// A whole block.
        case whole([UInt8])
        /// A block as Anthropic wrote it.
        case own(JSONValue)
    }

    /// What the blocks' ids are derived from.
    private let seed: ArraySlice<UInt8>
    /// Whether the ids must tell that Anthropic did not give them: those a client will send back.
    private let isForClient: Bool
    private var count = 0
    private(set) var report = TranslationReport()

    init(seed: ArraySlice<UInt8>, isForClient: Bool) {
        self.seed = seed
        self.isForClient = isForClient
    }

    /// - Returns: nothing, with a report, for a call Anthropic has no legal blocks for: one without a result, a search for
    ///   nothing, and a page that was opened, for the result would have to hold it.
    mutating func blocks(of call: HostedCall) -> [Block] {
        if call.isNative(to: .anthropicMessages) { return call.pieces.map { .own($0.raw) } }
        guard let outcome = call.outcome else {
            report.addPieces(of: call)
            return []
        }
        if case .search(let queries) = call.action, queries.isEmpty {
            report.addPieces(of: call)
            return []
        }
        for name in call.leftOut { report.add(name) }
        switch call.action {
        case .search(let queries): return search(queries, outcome)
        case .open:
            report.addPieces(of: call)
            return []
        case .run(let code, let language): return run(code, language, outcome)
        case .server(let label, let tool, let arguments):
            let id = newID("mcptoolu")
            let input = ToolArguments.string(arguments).object
            if input.isWrapped { report.add("arguments", "invalid_json") }
            return [
                .use(id: id, name: tool, server: label, input: input.bytes),
                .whole(Self.serverResult(of: id, outcome)),
            ]
        }
    }

    /// Every query is a call of its own; what was found stands behind the last one.
    private mutating func search(_ queries: [JSONText], _ outcome: HostedCall.Outcome) -> [Block] {
        var blocks: [Block] = []
        for (index, query) in queries.enumerated() {
            let id = newID("srvtoolu")
            blocks.append(.use(id: id, name: "web_search", server: nil, input: Self.object("query", query)))
            let isLast = index == queries.count - 1
            blocks.append(.whole(searchResult(of: id, isLast ? outcome : .init())))
        }
        return blocks
    }

    private mutating func searchResult(of id: JSONText, _ outcome: HostedCall.Outcome) -> [UInt8] {
        // What Anthropic keeps there, no other provider gives.
        if !outcome.sources.isEmpty { report.add("encrypted_content") }
        return Self.result("web_search_tool_result", of: id) { writer in
            if outcome.isFailure {
                return Self.writeError("web_search_tool_result_error", into: &writer)
            }
            writer.beginArray()
            for source in outcome.sources {
                writer.beginObject()
                writer.key("type")
                writer.value("web_search_result")
                writer.key("url")
                writer.value(source.url)
                writer.key("title")
                writer.value(source.title ?? source.url)
                writer.key("encrypted_content")
                writer.value(JSONText.empty)
                writer.key("page_age")
                writer.null()
                writer.endObject()
            }
            writer.endArray()
        }
    }

    private mutating func run(
        _ code: JSONText, _ language: HostedCall.Language, _ outcome: HostedCall.Outcome
    ) -> [Block] {
        let id = newID("srvtoolu")
        let isShell = language == .shell
        let use = Block.use(
            id: id, name: isShell ? "bash_code_execution" : "code_execution", server: nil,
            input: Self.object(isShell ? "command" : "code", code))
        let type: StaticString = isShell ? "bash_code_execution_tool_result" : "code_execution_tool_result"
        let result = Self.result(type, of: id) { writer in
            if outcome.isFailure {
                let error: StaticString =
                    isShell ? "bash_code_execution_tool_result_error" : "code_execution_tool_result_error"
                return Self.writeError(error, into: &writer)
            }
            writer.beginObject()
            writer.key("type")
            writer.value(isShell ? "bash_code_execution_result" : "code_execution_result")
            writer.key("stdout")
            writer.value(outcome.text)
            writer.key("stderr")
            writer.value(JSONText.empty)
            writer.key("return_code")
            writer.value(outcome.hasFailed ? 1 : 0)
            writer.key("content")
            writer.beginArray()
            writer.endArray()
            writer.endObject()
        }
        return [use, .whole(result)]
    }

    private mutating func newID(_ prefix: JSONText) -> JSONText {
        count += 1
        let mark = isForClient ? HostedCall.foreignMark : [UInt8(ascii: "_")]
        return prefix + JSONText(escaped: (mark + StableID.digits(seed, salt: count))[...])
    }

    // MARK: Pieces

    private static func serverResult(of id: JSONText, _ outcome: HostedCall.Outcome) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("type")
        writer.value("mcp_tool_result")
        writer.key("tool_use_id")
        writer.value(id)
        writer.key("is_error")
        writer.value(outcome.isFailure)
        writer.key("content")
        writer.beginArray()
        if !outcome.text.isBlank {
            writer.beginObject()
            writer.key("type")
            writer.value("text")
            writer.key("text")
            writer.value(outcome.text)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private static func result(
        _ type: StaticString, of id: JSONText, content: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("type")
        writer.value(type)
        writer.key("tool_use_id")
        writer.value(id)
        writer.key("content")
        content(&writer)
        writer.endObject()
        return writer.bytes
    }

    private static func writeError(_ type: StaticString, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("type")
        writer.value(type)
        writer.key("error_code")
        writer.value("unavailable")
        writer.endObject()
    }

    private static func object(_ name: StaticString, _ text: JSONText) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key(name)
        writer.value(text)
        writer.endObject()
        return writer.bytes
    }
}

extension AnthropicHostedBlocks.Block {
    /// The input of a call, an object's JSON text; nil for results.
    var input: ArraySlice<UInt8>? {
        switch self {
        case .use(_, _, _, let input): input[...]
        case .whole: nil
        case .own(let block): block["input"]?.raw
        }
    }

    /// Writes the block as the next value.
    /// - Parameter withInput: whether with its input; a stream sends that behind the block's start.
    func write(withInput: Bool = true, into writer: inout JSONWriter) {
        switch self {
        case .whole(let bytes): writer.raw(bytes[...])
        case .own(let block):
            guard !withInput, input != nil else { return writer.value(block) }
            writer.beginObject()
            for member in block.members {
                writer.key(member.name)
                if member.isNamed("input") { writer.raw(Array("{}".utf8)[...]) } else { writer.value(member.value) }
            }
            writer.endObject()
        case .use(let id, let name, let server, let input):
            writer.beginObject()
            writer.key("type")
            writer.value(server == nil ? "server_tool_use" : "mcp_tool_use")
            writer.key("id")
            writer.value(id)
            writer.key("name")
            writer.value(name)
            if let server {
                writer.key("server_name")
                writer.value(server)
            }
            writer.key("input")
            writer.raw(withInput ? input[...] : Array("{}".utf8)[...])
            writer.endObject()
        }
    }
}
