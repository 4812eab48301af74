import OmniJSON

@testable import OmniTranslate

/// Chat completion chunks, read as OpenAI's SDKs do and stricter.
struct ChatGrammar: StreamGrammar {
    private(set) var problems: [String] = []
    private(set) var choices: [Int: ChoiceContent] = [:]
    private(set) var isComplete = false
    private(set) var hasFailed = false
    private var head: [String]?
    private var hasUsage = false
    private var annotated: Set<Int> = []

    init(_ output: [UInt8]) {
        let frames = StreamFrames.events(output)
        problems = frames.problems
        for frame in frames.frames {
            check(!isComplete && !hasFailed, "something after the end")
            check(frame.name == nil, "an event with a name")
            if frame.data == Array("[DONE]".utf8) {
                isComplete = true
                check(choices.values.allSatisfy(\.isFinished) && !choices.isEmpty, "a choice without a finish")
            } else if let value = frame.value, value.kind == .object {
                if value["error"] != nil { readError(value) } else { readChunk(value) }
            } else {
                problems.append("no JSON object")
            }
        }
    }

    private mutating func readError(_ value: JSONValue) {
        hasFailed = true
        check(value.has(only: "error"), "an error among other things")
        check(value["error"]?["message"]?.string != nil && value["error"]?["type"]?.string != nil, "a poor error")
    }

    private mutating func readChunk(_ chunk: JSONValue) {
        check(chunk.has(only: "id", "object", "created", "model", "choices", "usage"), "other members of a chunk")
        check(chunk["object"]?.string == "chat.completion.chunk", "no chunk")
        let head = [chunk["id"]?.rawText ?? "", chunk["created"]?.rawText ?? "", chunk["model"]?.rawText ?? ""]
        check(self.head == nil || self.head == head, "id, time or model changes")
        check(chunk["id"]?.string?.isEmpty == false && chunk["created"]?.int != nil, "no id or time")
        self.head = head
        let list = chunk["choices"].map { Array($0.elements) } ?? []
        if let usage = chunk.present("usage") {
            check(list.isEmpty && !hasUsage, "usage in a wrong place")
            check(choices.values.allSatisfy(\.isFinished), "usage before a finish")
            check(usage["total_tokens"]?.int != nil, "no total")
            hasUsage = true
        } else {
            check(list.count == 1 && !hasUsage, "a chunk of \(list.count) choices, or after the usage")
        }
        for choice in list { readChoice(choice) }
    }

    private mutating func readChoice(_ choice: JSONValue) {
        check(choice.has(only: "index", "delta", "logprobs", "finish_reason"), "other members of a choice")
        let logprobs = choice["logprobs"]
        check(logprobs?.isNull == true || logprobs?.kind == .object, "odd log probabilities")
        guard let index = choice["index"]?.int, index >= 0, let delta = choice["delta"], delta.kind == .object else {
            return problems.append("no index or delta")
        }
        let isFirst = choices[index] == nil
        check((delta["role"]?.string == "assistant") == isFirst, "a role that is not the first thing of its choice")
        var content = choices[index] ?? ChoiceContent()
        check(!content.isFinished, "a delta after the finish")
        for member in delta.members {
            switch member.name.string {
            case "role": break
            case "content", "refusal": content.words += text(of: member.value, mayBeEmpty: isFirst)
            case "reasoning_content": content.thoughts += text(of: member.value)
            case "tool_calls": for call in member.value.elements { readCall(call, &content) }
            case "annotations":
                check(annotated.insert(index).inserted, "a second list of annotations")
                check(member.value.kind == .array && !member.value.elements.map(\.kind).isEmpty, "odd annotations")
            default: problems.append("\(member.name.string) in a delta")
            }
        }
        if let finish = choice.present("finish_reason") {
            let known = ["stop", "length", "tool_calls", "content_filter"]
            check(known.contains(finish.string ?? ""), "finish \(finish.rawText)")
            check(delta.names.isEmpty, "a finish with a delta")
            content.isFinished = true
        }
        choices[index] = content
    }

    private mutating func readCall(_ call: JSONValue, _ content: inout ChoiceContent) {
        let isCustom = call["custom"] != nil
        let body = call["custom"] ?? call["function"]
        let arguments = body?[isCustom ? "input" : "arguments"]
        check(arguments?.kind == .string, "no arguments")
        guard let index = call["index"]?.int else { return problems.append("a call without index") }
        if index == content.calls.count {
            check(call["type"]?.string == (isCustom ? "custom" : "function"), "no type")
            check(call["id"]?.string?.isEmpty == false && body?["name"]?.string?.isEmpty == false, "no id or name")
            content.calls.append(
                .init(
                    id: call["id"]?.string ?? "", name: body?["name"]?.string ?? "", isCustom: isCustom,
                    arguments: arguments?.string ?? ""))
        } else if index == content.calls.count - 1 {
            check(call.names.sorted() == ["index", isCustom ? "custom" : "function"].sorted(), "a call begun twice")
            check(body?.names.count == 1 && content.calls[index].isCustom == isCustom, "a call of another kind")
            content.calls[index].arguments += arguments?.string ?? ""
        } else {
            problems.append("call \(index) of \(content.calls.count)")
        }
    }

    private mutating func text(of value: JSONValue, mayBeEmpty: Bool = false) -> String {
        check(value.kind == .string && (mayBeEmpty || value.string?.isEmpty == false), "no words")
        return value.string ?? ""
    }

    private mutating func check(_ isRight: Bool, _ problem: String) {
        if !isRight { problems.append(problem) }
    }
}
