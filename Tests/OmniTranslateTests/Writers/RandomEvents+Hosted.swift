import OmniJSON

@testable import OmniTranslate

/// Made-up calls of tools their providers ran.
extension RandomEvents {
    /// A call of some other dialect than the client's.
    mutating func hostedCall() -> HostedCall {
        callCount += 1
        let action: HostedCall.Action = pick([
            .search(queries: ["q \"1\"", "é"]), .search(queries: [words()]), .search(queries: []),
            .open(url: "https://example.com/?a=b"), .run(code: "print(1)\n", .python), .run(code: "ls", .shell),
            .run(code: words(), .python), .server(label: "files", tool: "read", arguments: "{\"a\":1}"),
            .server(label: "é", tool: "a.b", arguments: pick(["", "null", "not json", "[1]", "{\n\"a\":\r\n1}"])),
        ])
        return HostedCall(id: JSONText("srv_\(callCount)"), action: action, outcome: oneIn(3) ? nil : outcome())
    }

    private mutating func outcome() -> HostedCall.Outcome {
        var outcome = HostedCall.Outcome()
        for _ in 0..<pick([0, 1, 2]) {
            outcome.sources.append(.init(url: "https://example.com", title: pick([nil, "A \"title\""])))
        }
        outcome.text = words()
        outcome.isFailure = oneIn(4)
        outcome.hasFailed = oneIn(4)
        return outcome
    }

    /// A call with the pieces its origin wrote, on several lines, as they may be.
    mutating func nativeCall() -> HostedCall { oneIn(2) ? claudesCall() : googlesCall() }

    private mutating func claudesCall() -> HostedCall {
        callCount += 1
        let code = words()
        let output = words()
        let isServer = oneIn(3)
        let id = JSONText("\(isServer ? "mcptoolu" : "srvtoolu")_\(callCount)")
        var outcome = HostedCall.Outcome()
        outcome.text = output
        let action: HostedCall.Action
        let use: String
        let result: String
        if isServer {
            action = .server(label: "l", tool: "t", arguments: "{\"a\": 1}")
            use = #""mcp_tool_use","name":"t","server_name":"l","input":{"a": 1}"#
            result =
                #""mcp_tool_result","is_error":false,"content":[{"type":"text","text":"\#(output.written)"}]"#
        } else {
            action = .run(code: code, .python)
            use = #""server_tool_use","name":"code_execution","input":{"code":"\#(code.written)"}"#
            result =
                #""code_execution_tool_result","content":{"type":"code_execution_result","return_code":0,"content":[],"#
                + #""stdout":"\#(output.written)","stderr":""}"#
        }
        var pieces = [
            piece(.anthropicMessages, use.prefix { $0 != "," }, "{\n\"id\":\"\(id.string)\",\r\n\"type\":\(use)}")
        ]
        let isOver = !oneIn(4)
        if isOver {
            let raw = "{\"tool_use_id\":\"\(id.string)\",\n\"type\":\(result)\r}"
            pieces.append(piece(.anthropicMessages, result.prefix { $0 != "," }, raw))
        }
        return HostedCall(id: id, action: action, outcome: isOver ? outcome : nil, pieces: pieces)
    }

    private mutating func googlesCall() -> HostedCall {
        callCount += 1
        let code = words()
        var outcome = HostedCall.Outcome()
        outcome.text = words()
        outcome.hasFailed = oneIn(3)
        let part = "{\n  \"executableCode\": {\r\n\"language\": \"PYTHON\", \"code\": \"\(code.written)\"}\n}"
        var pieces = [piece(.gemini, "executableCode", part)]
        let isOver = !oneIn(4)
        if isOver {
            let word = outcome.hasFailed ? "OUTCOME_FAILED" : "OUTCOME_OK"
            let result = "{\"outcome\":\n\"\(word)\",\"output\":\"\(outcome.text.written)\"}"
            pieces.append(piece(.gemini, "codeExecutionResult", "{\"codeExecutionResult\":\(result)\n}"))
        }
        return HostedCall(
            id: JSONText("code_\(callCount)"), action: .run(code: code, .python), outcome: isOver ? outcome : nil,
            pieces: pieces)
    }

    private func piece(_ origin: WireFormat, _ type: some StringProtocol, _ raw: String) -> UnknownPart {
        UnknownPart(type: JSONText(String(type.filter { $0 != "\"" })), origin: origin, raw: value(raw))
    }
}

extension JSONText {
    /// As it stands in JSON.
    fileprivate var written: String { String(decoding: escaped, as: UTF8.self) }
}
