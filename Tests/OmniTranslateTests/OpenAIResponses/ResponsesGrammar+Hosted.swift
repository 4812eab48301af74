import OmniJSON

@testable import OmniTranslate

/// Items of tools OpenAI runs: `web_search_call`, `code_interpreter_call` and `mcp_call`, each with events of its own.
extension ResponsesGrammar {
    static let hostedKinds: Set = ["web_search_call", "code_interpreter_call", "mcp_call"]

    /// Steps of which each presupposes the ones before; `code` and `arguments` are the end of what deltas told.
    private static let steps = [
        "web_search_call": ["in_progress", "searching", "completed"],
        "code_interpreter_call": ["in_progress", "code", "interpreting", "completed"],
        "mcp_call": ["in_progress", "arguments", "completed"],
    ]

    mutating func beginHosted(_ item: JSONValue) {
        checkMembers(of: item)
        check(item["status"]?.string == "in_progress", "a \(kind) begins as another")
        for name in ["code", "arguments"] {
            if let text = item.value(at: name) { check(text.string == "", "\(name) in the start") }
        }
        for name in ["outputs", "output", "error"] {
            if let result = item.value(at: name) { check(result.isNull, "\(name) in the start") }
        }
        check(item["action"]?["sources"] == nil, "sources in the start")
    }

    private mutating func checkMembers(of item: JSONValue) {
        let prefix: String
        let isRight: Bool
        switch kind {
        case "web_search_call":
            prefix = "ws_"
            isRight = item.has(only: "type", "id", "status", "action")
            checkAction(item["action"])
        case "code_interpreter_call":
            prefix = "ci_"
            isRight = item.has(only: "type", "id", "status", "code", "container_id", "outputs")
            check(item["code"]?.string != nil && item["container_id"]?.string != nil, "code without a container")
        default:
            prefix = "mcp_"
            isRight = item.has(
                only: "type", "id", "status", "server_label", "name", "arguments", "output", "error")
            for name in ["server_label", "name", "arguments"] {
                check(item.value(at: name)?.string != nil, "a call without \(name)")
            }
        }
        check(isRight, "members of a \(kind): \(item.names)")
        // No provider knows it, and it must show.
        check(item["id"]?.string?.hasPrefix(prefix + "rtr1.") == true, "the id of a \(kind)")
    }

    private mutating func checkAction(_ action: JSONValue?) {
        if action?["type"]?.string == "open_page" {
            return check(action?.has(only: "type", "url") == true && action?["url"]?.string != nil, "a page's action")
        }
        check(action?["type"]?.string == "search", "an unknown action")
        let names = Set(action?.names ?? [])
        check(names.subtracting(["sources"]) == ["type", "query", "queries"], "members of a search")
        let queries = action?["queries"]?.elements.map { $0.string } ?? []
        check(action?["query"]?.string == queries.first ?? "", "a query that is not the first")
        for source in action?["sources"]?.elements.map({ $0 }) ?? [] {
            check(source.has(only: "type", "url") && source["type"]?.string == "url", "a source")
        }
    }

    mutating func readHosted(_ type: String, _ body: JSONValue) {
        switch type {
        case "response.code_interpreter_call_code.delta", "response.mcp_call_arguments.delta":
            check(phases == ["in_progress"], "a delta out of order")
            check(body.has(only: "type", "sequence_number", "item_id", "output_index", "delta"), "members of \(type)")
            check(body["delta"]?.string?.isEmpty == false, "an empty delta")
            check(type.hasPrefix("response.\(kind)_"), "\(type) inside a \(kind)")
            sent += body["delta"]?.string ?? ""
        case "response.code_interpreter_call_code.done": endText("code", type, body)
        case "response.mcp_call_arguments.done": endText("arguments", type, body)
        default:
            check(body.has(only: "type", "sequence_number", "item_id", "output_index"), "members of \(type)")
            guard type.hasPrefix("response.\(kind).") else { return problems.append("\(type) inside a \(kind)") }
            enter(String(type.dropFirst("response.\(kind).".count)))
        }
    }

    private mutating func endText(_ name: String, _ type: String, _ body: JSONValue) {
        check(body.value(at: name)?.string == sent, "\(type) differs from what was sent")
        check(body.has(only: "type", "sequence_number", "item_id", "output_index", name), "members of \(type)")
        parts.append(sent)
        enter(name)
    }

    private mutating func enter(_ phase: String) {
        let expected = Self.steps[kind]?.dropFirst(phases.count).first
        let isFailure = kind == "mcp_call" && phase == "failed" && expected == "completed"
        check(phase == expected || isFailure, "\(phase) of a \(kind) out of order")
        phases.append(phase)
    }

    mutating func endHosted(_ item: JSONValue) {
        checkMembers(of: item)
        let status = item["status"]?.string ?? "?"
        check(["completed", "failed", "incomplete"].contains(status), "a \(kind) that is \(status)")
        // All steps save the last, which says what came of them.
        var expected = Array(Self.steps[kind]?.dropLast() ?? [])
        if status == "completed" || kind == "mcp_call" && status == "failed" { expected.append(status) }
        check(phases == expected, "the steps \(phases) of a \(kind) that is \(status)")
        switch kind {
        case "code_interpreter_call":
            check(item["code"]?.string == parts.last, "the code differs")
            check(item["outputs"]?.kind == (status == "incomplete" ? .null : .array), "outputs of \(status) code")
            for output in item["outputs"].map({ $0.isNull ? [] : Array($0.elements) }) ?? [] {
                check(output.has(only: "type", "logs") && output["logs"]?.string?.isEmpty == false, "odd logs")
            }
        case "mcp_call":
            check(item["arguments"]?.string == parts.last, "the arguments differ")
            check(item["output"]?.isNull == (status != "completed"), "the output of a \(status) call")
            check(item["error"]?.isNull == (status != "failed"), "the error of a \(status) call")
        default: break
        }
    }
}
