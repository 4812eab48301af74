import OmniJSON

/// Puts the blocks of Anthropic's own tools together: a call, and behind it, at times behind other calls, its result.
struct AnthropicHostedCalls: Sendable {
    /// The calls whose results have not come.
    private var waiting: [HostedCall] = []

    /// - Returns: the call that is whole with this block; nothing while its result is awaited; nil for any other block,
    ///   such as a result without its call.
    mutating func add(_ block: JSONValue) -> [HostedCall]? {
        let type = block["type"]?.text ?? .empty
        let piece = UnknownPart(type: type, origin: .anthropicMessages, raw: block)
        if let id = block["id"]?.text, let action = Self.action(of: block, type: type) {
            waiting.append(HostedCall(id: id, action: action, pieces: [piece]))
            return []
        }
        guard let id = block["tool_use_id"]?.text, let index = waiting.firstIndex(where: { $0.id == id }),
            let content = block.present("content") ?? (type.equals("mcp_tool_result") ? block : nil)
        else { return nil }
        var call = waiting.remove(at: index)
        call.pieces.append(piece)
        Self.read(content, of: block, into: &call)
        return [call]
    }

    /// The calls that got no result, because the answer ended before.
    mutating func takeWaiting() -> [HostedCall] {
        defer { waiting = [] }
        return waiting
    }

    /// The same parts with calls and results put together.
    static func paired(_ parts: [Part]) -> [Part] {
        guard parts.contains(where: { if case .unknown = $0 { true } else { false } }) else { return parts }
        var calls = AnthropicHostedCalls()
        var paired: [Part] = []
        for part in parts {
            if case .unknown(let piece) = part, let whole = calls.add(piece.raw) {
                paired += whole.map(Part.hostedCall)
            } else {
                paired.append(part)
            }
        }
        return paired + calls.takeWaiting().map(Part.hostedCall)
    }

    // MARK: Blocks

    private static func action(of block: JSONValue, type: JSONText) -> HostedCall.Action? {
        guard let name = block["name"]?.text, let input = block["input"], input.kind == .object else { return nil }
        if type.equals("mcp_tool_use"), let label = block["server_name"]?.text {
            return .server(label: label, tool: name, arguments: JSONText(escaping: input.raw))
        }
        guard type.equals("server_tool_use") else { return nil }
        switch name.string {
        case "web_search": return input["query"]?.text.map { .search(queries: [$0]) }
        case "web_fetch": return input["url"]?.text.map { .open(url: $0) }
        case "code_execution": return input["code"]?.text.map { .run(code: $0, .python) }
        case "bash_code_execution": return input["command"]?.text.map { .run(code: $0, .shell) }
        default: return nil  // Edits of files and searches for tools, which nobody else has.
        }
    }

    private static func read(_ content: JSONValue, of block: JSONValue, into call: inout HostedCall) {
        var outcome = HostedCall.Outcome()
        if let code = content["error_code"]?.text {
            outcome.text = code
            outcome.isFailure = true
        }
        switch call.action {
        case .search:
            for result in content.elements {
                guard let url = result["url"]?.text else { continue }
                outcome.sources.append(.init(url: url, title: result["title"]?.text))
            }
        case .open: break
        case .run:
            for name in ["stdout", "stderr"] as [StaticString] {
                if let text = content[name]?.text, !text.isEmpty { outcome.text += text }
            }
            outcome.hasFailed = content["return_code"]?.int.map { $0 != 0 } ?? false
            if content["encrypted_stdout"] != nil { call.leftOut.append("encrypted_stdout") }
            if content["content"]?.hasElements == true {
                call.leftOut.append("code_execution_output")
            }
        case .server:
            outcome.isFailure = block["is_error"]?.bool ?? false
            outcome.text =
                content.text ?? content.elements.compactMap { $0["text"]?.text }.reduce(into: .empty) { $0 += $1 }
        }
        call.outcome = outcome
    }
}
