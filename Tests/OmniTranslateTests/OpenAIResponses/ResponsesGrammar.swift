import OmniJSON

@testable import OmniTranslate

/// Reads a Responses stream as a strict client does: every event in its place, every `done` equal to what was sent.
struct ResponsesGrammar: Sendable {
    /// What is wrong, in the order met; a legal stream has nothing.
    var problems: [String] = []
    /// The items as their `done` events gave them.
    private(set) var items: [String] = []
    /// The whole response of the last event.
    private(set) var response: JSONValue?
    private(set) var ending: String?
    /// Whether an `error` event told of a fault.
    private(set) var hasFailed = false
    private var responseID: String?
    private var itemIDs: Set<String> = []
    private var itemID: String?
    var kind = ""
    var parts: [String] = []
    private var isPartOpen = false
    private var isPartEnded = false
    var sent = ""
    private var annotations: [String] = []
    /// The steps of the open hosted call.
    var phases: [String] = []

    init(_ run: PairRun) {
        for (number, event) in run.events.enumerated() {
            guard let body = try? JSONValue(parsing: Array(event.data.utf8)), let type = body["type"]?.string else {
                problems.append("event \(number) is no object with a type")
                continue
            }
            if type != event.name { problems.append("\(type) is named \(event.name)") }
            if body["sequence_number"]?.int != number { problems.append("\(type) has no number \(number)") }
            if ending != nil { problems.append("\(type) after the end") }
            read(type, body, at: number)
        }
        if ending == nil { problems.append("no end") }
        if responseID == nil { problems.append("no start") }
    }

    private mutating func read(_ type: String, _ body: JSONValue, at number: Int) {
        if let id = body["response"]?["id"]?.string {
            check(responseID == nil || responseID == id, "the response's id changes")
            responseID = id
        }
        if hasFailed { check(type == "response.failed", "\(type) after an error") }
        switch type {
        case "response.created": check(number == 0, "created is not first")
        case "response.in_progress": check(number == 1, "in_progress is not second")
        case "response.output_item.added":
            check(itemID == nil, "an item begins inside another")
            let item = body["item"]
            itemID = item?["id"]?.string ?? "?"
            check(itemIDs.insert(itemID ?? "").inserted, "two items of one id")
            kind = item?["type"]?.string ?? "?"
            parts = []
            sent = ""
            phases = []
            if Self.hostedKinds.contains(kind), let item { beginHosted(item) }
            check(body["output_index"]?.int == items.count, "an item is out of order")
        case "response.output_item.done": endItem(body["item"], index: body["output_index"]?.int)
        case "response.completed", "response.incomplete", "response.failed":
            ending = type
            response = body["response"]
            if type != "response.failed" || itemID == nil {
                check(itemID == nil, "the end comes inside an item")
                let output = response?["output"]?.elements.map(\.rawText) ?? []
                check(output == items, "the response does not list the items")
            }
            check(response?["usage"] != nil, "the response has no usage")
            check(type == "response." + (response?["status"]?.string ?? "?"), "the status is another")
        case "error":
            hasFailed = true
            check(body["message"]?.string != nil && body["code"] != nil && body["param"] != nil, "error")
        default:
            check(body["item_id"]?.string == itemID, "\(type) belongs to no open item")
            check(body["output_index"]?.int == items.count, "\(type) has another index")
            readInside(type, body)
        }
    }

    private mutating func readInside(_ type: String, _ body: JSONValue) {
        let delta = body["delta"]?.string
        switch (kind, type) {
        case ("message", "response.content_part.added"), ("reasoning", "response.reasoning_summary_part.added"):
            check(!isPartOpen, "a part begins inside another")
            checkPart(body)
            isPartOpen = true
            isPartEnded = false
            sent = ""
            annotations = []
        case ("message", "response.output_text.delta"):
            check(body["logprobs"]?.kind == .array, "no logprobs")
            take(delta, body)
        case ("message", "response.refusal.delta"), ("reasoning", "response.reasoning_summary_text.delta"):
            take(delta, body)
        case ("message", "response.output_text.annotation.added"):
            check(isPartOpen && !isPartEnded, "an annotation of no part")
            check(body["annotation_index"]?.int == annotations.count, "annotations are out of order")
            annotations.append(body["annotation"]?.rawText ?? "")
        case ("message", "response.output_text.done"), ("message", "response.refusal.done"),
            ("reasoning", "response.reasoning_summary_text.done"):
            check(isPartOpen && !isPartEnded, "\(type) of no part")
            isPartEnded = true
            check((body["text"] ?? body["refusal"])?.string == sent, "\(type) differs from what was sent")
            if type == "response.output_text.done" { check(body["logprobs"]?.kind == .array, "no logprobs") }
        case ("message", "response.content_part.done"), ("reasoning", "response.reasoning_summary_part.done"):
            check(isPartEnded, "a part ends without its text")
            checkPart(body)
            isPartOpen = false
            let part = body["part"]
            check((part?["text"] ?? part?["refusal"])?.string == sent, "the part differs from what was sent")
            if part?["type"]?.string == "output_text" {
                check(part?["annotations"]?.elements.map(\.rawText) == annotations, "the annotations differ")
            }
            parts.append(part?.rawText ?? "")
        case ("function_call", "response.function_call_arguments.delta"),
            ("custom_tool_call", "response.custom_tool_call_input.delta"):
            sent += delta ?? ""
        case ("function_call", "response.function_call_arguments.done"),
            ("custom_tool_call", "response.custom_tool_call_input.done"):
            check((body["arguments"] ?? body["input"])?.string == sent, "the arguments differ from what was sent")
            parts.append(sent)
        case ("web_search_call", _), ("code_interpreter_call", _), ("mcp_call", _): readHosted(type, body)
        default: problems.append("\(type) inside a \(kind)")
        }
    }

    private mutating func take(_ delta: String?, _ body: JSONValue) {
        check(isPartOpen && !isPartEnded, "a delta outside a part")
        checkPart(body)
        check(delta?.isEmpty == false, "an empty delta")
        sent += delta ?? ""
    }

    private mutating func checkPart(_ body: JSONValue) {
        check((body["content_index"] ?? body["summary_index"])?.int == parts.count, "a part is out of order")
    }

    private mutating func endItem(_ item: JSONValue?, index: Int?) {
        check(itemID != nil && item?["id"]?.string == itemID, "an item ends that did not begin")
        check(index == items.count, "an item ends out of order")
        check(item?["type"]?.string == kind, "an item ends as another")
        check(!isPartOpen, "an item ends inside a part")
        switch kind {
        case "message": check(item?["content"]?.elements.map(\.rawText) == parts, "the content differs")
        case "reasoning": check(item?["summary"]?.elements.map(\.rawText) == parts, "the summary differs")
        case "web_search_call", "code_interpreter_call", "mcp_call": if let item { endHosted(item) }
        default: check((item?["arguments"] ?? item?["input"])?.string == parts.last, "the arguments differ")
        }
        items.append(item?.rawText ?? "")
        itemID = nil
    }

    mutating func check(_ isRight: Bool, _ problem: String) {
        if !isRight { problems.append(problem) }
    }
}
