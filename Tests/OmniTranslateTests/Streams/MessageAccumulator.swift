import OmniJSON

@testable import OmniTranslate

/// Puts the events of a stream together as the vendors' SDKs do, strict about their grammar.
///
/// The result is compared with an answer that was never a stream, so it is a list of lines, one per fact.
struct MessageAccumulator {
    private(set) var lines: [String] = []
    /// What the grammar does not allow.
    private(set) var faults: [String] = []

    static func anthropic(_ run: StreamRun) -> MessageAccumulator { anthropic(run.events) }

    static func anthropic(_ events: [(name: String, data: String)]) -> MessageAccumulator {
        var result = MessageAccumulator()
        var blocks: [(type: String, text: String, extra: String)] = []
        var open: Int?
        var hasStarted = false
        var stop = ""
        for (name, data) in events {
            guard let event = try? JSONValue(parsing: Array(data.utf8)), event["type"]?.string == name else {
                result.faults.append("event \(name) does not match its data")
                continue
            }
            if name != "message_start", !hasStarted { result.faults.append("\(name) before message_start") }
            let index = event["index"]?.int
            switch name {
            case "message_start":
                if hasStarted { result.faults.append("a second message_start") }
                hasStarted = true
            case "content_block_start":
                if open != nil || index != blocks.count { result.faults.append("block \(index ?? -1) out of order") }
                open = index
                let block = event["content_block"]
                blocks.append(
                    (
                        block?["type"]?.string ?? "",
                        block?["text"]?.string ?? block?["thinking"]?.string ?? "",
                        block?["name"]?.string.map { "\(block?["id"]?.string ?? "") \($0)" } ?? block?["data"]?.string
                            ?? ""
                    ))
            case "content_block_delta":
                guard let open, index == open, let delta = event["delta"], let type = delta["type"]?.string else {
                    result.faults.append("a delta outside its block")
                    continue
                }
                let kinds = [
                    "text_delta": "text", "input_json_delta": "tool_use", "thinking_delta": "thinking",
                    "signature_delta": "thinking",
                ]
                let isInput =
                    type == "input_json_delta" && ["server_tool_use", "mcp_tool_use"].contains(blocks[open].type)
                if kinds[type] != blocks[open].type, !isInput {
                    result.faults.append("\(type) in a \(blocks[open].type) block")
                }
                blocks[open].text += (delta["text"] ?? delta["partial_json"] ?? delta["thinking"])?.string ?? ""
                if let signature = delta["signature"]?.string { blocks[open].extra = signature }
            case "content_block_stop":
                if index != open { result.faults.append("a stop outside its block") }
                open = nil
            case "message_delta":
                if open != nil { result.faults.append("a block was left open") }
                stop = finish(event["delta"], event["usage"])
            case "message_stop", "ping": break
            default: result.faults.append("unknown event \(name)")
            }
        }
        for block in blocks {
            let isCall = ["tool_use", "server_tool_use", "mcp_tool_use"].contains(block.type)
            let text = isCall ? canonicalJSON(block.text.isEmpty ? "{}" : block.text) : block.text
            result.lines.append("\(block.type) [\(block.extra)] \(text)")
        }
        result.lines.append(stop)
        return result
    }

    /// The same facts of a complete message.
    static func lines(ofMessage message: JSONValue) -> [String] {
        var lines: [String] = []
        for block in message["content"]?.elements ?? message.elements {
            let type = block["type"]?.string ?? ""
            let text =
                block["input"].map { canonicalJSON(String(decoding: $0.raw, as: UTF8.self)) }
                ?? (block["text"] ?? block["thinking"])?.string ?? ""
            let extra =
                block["name"]?.string.map { "\(block["id"]?.string ?? "") \($0)" }
                ?? (block["signature"] ?? block["data"])?.string ?? ""
            lines.append("\(type) [\(extra)] \(text)")
        }
        return lines + [finish(message, message["usage"])]
    }

    static func chat(_ run: StreamRun) -> MessageAccumulator {
        var result = MessageAccumulator()
        var content = ""
        var reasoning = ""
        var refusal = ""
        var annotations = ""
        var calls: [(head: String, arguments: String)] = []
        var finish: String?
        var usage = "null"
        for (position, chunk) in run.events(named: "").enumerated() {
            for choice in chunk["choices"]?.elements ?? chunk.elements {
                if finish != nil { result.faults.append("a delta after the finish") }
                let delta = choice["delta"]
                if position == 0, delta?["role"]?.string != "assistant" { result.faults.append("no role at first") }
                content += delta?["content"]?.string ?? ""
                reasoning += delta?["reasoning_content"]?.string ?? ""
                refusal += delta?["refusal"]?.string ?? ""
                if let list = delta?["annotations"] { annotations += String(decoding: list.raw, as: UTF8.self) }
                for call in delta?["tool_calls"]?.elements ?? chunk.elements {
                    let body = call["function"] ?? call["custom"]
                    guard let index = call["index"]?.int, index <= calls.count else {
                        result.faults.append("a tool index was skipped")
                        continue
                    }
                    if index == calls.count {
                        calls.append(("\(call["id"]?.string ?? "") \(body?["name"]?.string ?? "")", ""))
                    } else if call["id"] != nil || index != calls.count - 1 {
                        result.faults.append("a tool call was begun twice or continued late")
                    }
                    calls[index].arguments += (body?["arguments"] ?? body?["input"])?.string ?? ""
                }
                finish = choice.present("finish_reason")?.string ?? finish
            }
            if let value = chunk.present("usage") { usage = String(decoding: value.raw, as: UTF8.self) }
        }
        result.lines =
            ["content \(content)", "reasoning \(reasoning)", "refusal \(refusal)", "annotations \(annotations)"]
            + calls.map { "call \($0.head) \(canonicalJSON($0.arguments))" } + ["finish \(finish ?? "") usage \(usage)"]
        return result
    }

    /// The same facts of a complete chat answer.
    static func lines(ofCompletion completion: JSONValue) -> [String] {
        guard let choice = completion["choices"]?.elements.first(where: { _ in true }), let message = choice["message"]
        else { return [] }
        let calls = message["tool_calls"]?.elements.map { call in
            let body = call["function"] ?? call["custom"]
            let arguments = (body?["arguments"] ?? body?["input"])?.string ?? ""
            return "call \(call["id"]?.string ?? "") \(body?["name"]?.string ?? "") \(canonicalJSON(arguments))"
        }
        let annotations = message["annotations"].map { String(decoding: $0.raw, as: UTF8.self) } ?? ""
        let usage = completion["usage"].map { String(decoding: $0.raw, as: UTF8.self) } ?? "null"
        return [
            "content \(message["content"]?.string ?? "")", "reasoning \(message["reasoning_content"]?.string ?? "")",
            "refusal \(message["refusal"]?.string ?? "")", "annotations \(annotations)",
        ] + (calls ?? []) + ["finish \(choice["finish_reason"]?.string ?? "") usage \(usage)"]
    }

    private static func finish(_ holder: JSONValue?, _ usage: JSONValue?) -> String {
        let sequence = holder?["stop_sequence"].map { String(decoding: $0.raw, as: UTF8.self) } ?? "absent"
        return "stop \(holder?["stop_reason"]?.string ?? "") \(sequence) usage "
            + (usage.map { String(decoding: $0.raw, as: UTF8.self) } ?? "absent")
    }

    /// Without the white space between tokens, which may differ; what is no JSON stays as it is.
    private static func canonicalJSON(_ text: String) -> String {
        guard let value = try? JSONValue(parsing: Array(text.utf8)) else { return text }
        var writer = JSONWriter()
        write(value, into: &writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private static func write(_ value: JSONValue, into writer: inout JSONWriter) {
        switch value.kind {
        case .array:
            writer.beginArray()
            for element in value.elements { write(element, into: &writer) }
            writer.endArray()
        case .object:
            writer.beginObject()
            for member in value.members {
                writer.key(member.name)
                write(member.value, into: &writer)
            }
            writer.endObject()
        default: writer.value(value)
        }
    }
}
