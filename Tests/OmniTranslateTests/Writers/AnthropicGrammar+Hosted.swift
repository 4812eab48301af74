import OmniJSON

@testable import OmniTranslate

/// Blocks of tools Anthropic runs: a call whose input comes in deltas, and its result, whole in its start.
extension AnthropicGrammar {
    var isInHostedCall: Bool { kind == "server_tool_use" || kind == "mcp_tool_use" }

    /// Each tool's member of the input, and its kind of result.
    private static let tools: [String: (input: String, result: String)] = [
        "web_search": ("query", "web_search_tool_result"),
        "web_fetch": ("url", "web_fetch_tool_result"),
        "code_execution": ("code", "code_execution_tool_result"),
        "bash_code_execution": ("command", "bash_code_execution_tool_result"),
    ]

    mutating func beginHosted(_ block: JSONValue?) {
        let id = block?["id"]?.string ?? ""
        let name = block?["name"]?.string ?? ""
        check(block?["input"]?.rawText == "{}", "input in the start")
        let origin = id.contains("_rtr1.") ? "foreign" : "own"
        if kind == "mcp_tool_use" {
            check(block?.has(only: "type", "id", "name", "server_name", "input") == true, "members of a server's call")
            check(id.hasPrefix("mcptoolu_"), "the id of a server's call")
            hostedTools[id] = "mcp_tool_result"
            content.hosted.append("\(origin) \(block?["server_name"]?.string ?? "?") \(name) ")
        } else {
            check(block?.has(only: "type", "id", "name", "input") == true, "members of a hosted call")
            check(id.hasPrefix("srvtoolu_") && Self.tools[name] != nil, "the id or name of a hosted call")
            hostedTools[id] = name
            content.hosted.append("\(origin) \(name) ")
        }
        // Anthropic's own ids are as unique as Anthropic made them; a doubled event doubles them.
        check(hostedLines[id] == nil || origin == "own", "two hosted calls of one id")
        hostedLines[id] = content.hosted.count - 1
        hostedID = id
    }

    mutating func endHosted() {
        guard let line = hostedLines[hostedID], let name = hostedTools[hostedID] else { return }
        let input = try? JSONValue(parsing: Array(words.utf8))
        check(input?.kind == .object, "a hosted call's input is no object")
        if let tool = Self.tools[name] {
            check(input?.names == [tool.input], "other input than \(name)'s")
            content.hosted[line] += input?.value(at: tool.input)?.string ?? "?"
            hostedTools[hostedID] = tool.result
        } else {
            content.hosted[line] += HostedLines.object(words)
        }
        content.hosted[line] += " -"
    }

    mutating func readHostedResult(_ block: JSONValue) {
        let id = block["tool_use_id"]?.string ?? ""
        guard let line = hostedLines[id], content.hosted[line].hasSuffix(" -"), hostedTools[id] == kind else {
            return problems.append("a \(kind ?? "") of no call")
        }
        hostedTools[id] = ""
        content.hosted[line].removeLast()
        let result = block["content"]
        if kind == "mcp_tool_result" {
            check(block.has(only: "type", "tool_use_id", "is_error", "content"), "members of a server's result")
            let texts = result.map { Array($0.elements) } ?? []
            for text in texts {
                check(text.has(only: "type", "text") && text["type"]?.string == "text", "a server's words")
            }
            guard let isError = block["is_error"]?.bool else { return problems.append("no is_error") }
            let text = texts.map { $0["text"]?.string ?? "?" }.joined()
            content.hosted[line] += "\(isError ? "error" : "answer") \(text)"
            return
        }
        check(block.has(only: "type", "tool_use_id", "content"), "members of a result")
        if let code = result?["error_code"]?.string {
            check(result?.has(only: "type", "error_code") == true, "members of an error")
            check(result?["type"]?.string == "\(kind ?? "")_error", "another tool's error")
            content.hosted[line] += code
        } else if kind == "web_search_tool_result" {
            check(result?.kind == .array, "a search without a list")
            content.hosted[line] += "\(result?.elements.map { readPage($0) } ?? [])"
        } else {
            let type = kind?.replacing("_tool_result", with: "_result")
            check(result?["type"]?.string == type, "another tool's result")
            check(result?.has(only: "type", "stdout", "stderr", "return_code", "content") == true, "what code printed")
            check(result?["stderr"]?.string != nil && result?["content"]?.rawText == "[]", "what else code gave")
            let code = result?["return_code"]?.int.map(String.init) ?? "?"
            content.hosted[line] += "\(code) \(result?["stdout"]?.string ?? "?")"
        }
    }

    private mutating func readPage(_ page: JSONValue) -> String {
        check(page.has(only: "type", "url", "title", "encrypted_content", "page_age"), "members of a page")
        check(page["type"]?.string == "web_search_result" && page["encrypted_content"]?.string != nil, "a page")
        return "\(page["url"]?.string ?? "?")|\(page["title"]?.string ?? "?")"
    }
}
