import OmniJSON

@testable import OmniTranslate

/// An Anthropic message stream: one block at a time, every delta of its block's kind, one end.
struct AnthropicGrammar: StreamGrammar {
    var problems: [String] = []
    private(set) var isComplete = false
    private(set) var hasFailed = false
    var content = ChoiceContent()
    private var hasStarted = false
    private var blockCount = 0
    var kind: String?
    /// What the open block has said so far.
    var words = ""
    private var isSigned = false
    /// The calls of hosted tools that have no result yet: each one's line by its id.
    var hostedLines: [String: Int] = [:]
    var hostedTools: [String: String] = [:]
    /// The id of the open block of a hosted call.
    var hostedID = ""

    var choices: [Int: ChoiceContent] { hasStarted ? [0: content] : [:] }

    init(_ output: [UInt8]) {
        let frames = StreamFrames.events(output)
        problems = frames.problems
        for frame in frames.frames {
            check(!isComplete && !hasFailed, "something after the end")
            guard let event = frame.value, let type = event["type"]?.string, type == frame.name else {
                problems.append("an event whose name is not its type")
                continue
            }
            check(hasStarted || type == "message_start" || type == "error", "\(type) before the start")
            read(type, event)
        }
    }

    private mutating func read(_ type: String, _ event: JSONValue) {
        switch type {
        case "message_start":
            check(!hasStarted, "a second start")
            hasStarted = true
            let message = event["message"]
            check(message?["id"]?.string?.hasPrefix("msg_") == true && message?["role"]?.string == "assistant", "head")
            check(
                message?["content"]?.rawText == "[]" && message?["stop_reason"]?.isNull == true, "content at the start")
            checkUsage(message?["usage"])
        case "ping": check(event.has(only: "type"), "a ping with members")
        case "content_block_start": begin(event)
        case "content_block_delta": readDelta(event["delta"], index: event["index"]?.int)
        case "content_block_stop":
            check(kind != nil && event["index"]?.int == blockCount, "a stop of no block")
            end()
        case "message_delta":
            check(kind == nil, "a block was left open")
            check(!content.isFinished, "a second message_delta")
            content.isFinished = true
            let known = [
                "end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal",
                "model_context_window_exceeded",
            ]
            check(known.contains(event["delta"]?["stop_reason"]?.string ?? ""), "no stop reason")
            let sequence = event["delta"]?["stop_sequence"]
            check(sequence?.isNull == true || sequence?.string?.isEmpty == false, "odd stop sequence")
            checkUsage(event["usage"])
        case "message_stop":
            check(content.isFinished, "a stop without message_delta")
            isComplete = true
        case "error":
            hasFailed = true
            check(event["error"]?["type"]?.string != nil && event["error"]?["message"]?.string != nil, "a poor error")
        default: problems.append("unknown event \(type)")
        }
        if type.hasPrefix("content"), content.isFinished { problems.append("\(type) after message_delta") }
    }

    private mutating func begin(_ event: JSONValue) {
        check(kind == nil && event["index"]?.int == blockCount, "a block out of order")
        let block = event["content_block"]
        kind = block?["type"]?.string ?? "none"
        words = ""
        isSigned = false
        switch kind {
        case "text": check(block?["text"]?.string == "", "text in the start")
        case "thinking": check(block?["thinking"]?.string == "" && block?["signature"]?.string == "", "thinking")
        case "redacted_thinking": check(block?["data"]?.string?.isEmpty == false, "no data")
        case "tool_use":
            check(block?["input"]?.rawText == "{}", "input in the start")
            check(block?["id"]?.string?.isEmpty == false && block?["name"]?.string?.isEmpty == false, "no id or name")
            content.calls.append(
                .init(
                    id: block?["id"]?.string ?? "", name: block?["name"]?.string ?? "", isCustom: false, arguments: ""))
        case "server_tool_use", "mcp_tool_use": beginHosted(block)
        default:
            if let block, kind?.hasSuffix("_tool_result") == true { return readHostedResult(block) }
            problems.append("a block of kind \(kind ?? "")")
        }
    }

    private mutating func readDelta(_ delta: JSONValue?, index: Int?) {
        check(kind != nil && index == blockCount, "a delta of no block")
        let type = delta?["type"]?.string ?? ""
        let (field, piece): (String, JSONValue?) =
            switch type {
            case "text_delta": ("text", delta?["text"])
            case "input_json_delta": (isInHostedCall ? kind ?? "" : "tool_use", delta?["partial_json"])
            case "thinking_delta": ("thinking", delta?["thinking"])
            case "signature_delta": ("thinking", delta?["signature"])
            default: ("none", nil)
            }
        check(field == kind, "\(type) in a block of \(kind ?? "nothing")")
        check(piece?.string?.isEmpty == false, "an empty delta")
        check(!isSigned, "a delta after the signature")
        if type == "signature_delta" {
            isSigned = true
        } else {
            words += piece?.string ?? ""
        }
    }

    private mutating func end() {
        switch kind {
        case "text":
            check(!words.isEmpty, "an empty text block")
            content.words += words
        case "thinking":
            check(isSigned, "a thought without signature")
            content.thoughts += words
        case "tool_use": if !content.calls.isEmpty { content.calls[content.calls.count - 1].arguments = words }
        case "server_tool_use", "mcp_tool_use": endHosted()
        default: break
        }
        kind = nil
        blockCount += 1
    }

    private mutating func checkUsage(_ usage: JSONValue?) {
        check(usage?["input_tokens"]?.int != nil && usage?["output_tokens"]?.int != nil, "no usage")
    }

    mutating func check(_ isRight: Bool, _ problem: String) {
        if !isRight { problems.append(problem) }
    }
}
