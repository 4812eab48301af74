import OmniJSON

@testable import OmniTranslate

/// Text completion chunks.
struct CompletionGrammar: StreamGrammar {
    private(set) var problems: [String] = []
    private(set) var choices: [Int: ChoiceContent] = [:]
    private(set) var isComplete = false
    private(set) var hasFailed = false
    private var head: [String]?
    private var hasUsage = false

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
                hasFailed = value["error"]?["message"]?.string != nil
                if !hasFailed { readChunk(value) }
            } else {
                problems.append("no JSON object")
            }
        }
    }

    private mutating func readChunk(_ chunk: JSONValue) {
        check(chunk.has(only: "id", "object", "created", "model", "choices", "usage"), "other members of a chunk")
        check(chunk["object"]?.string == "text_completion", "no completion")
        let head = [chunk["id"]?.rawText ?? "", chunk["created"]?.rawText ?? "", chunk["model"]?.rawText ?? ""]
        check(self.head == nil || self.head == head, "id, time or model changes")
        check(chunk["id"]?.string?.hasPrefix("cmpl-") == true && chunk["created"]?.int != nil, "no id or time")
        self.head = head
        let list = chunk["choices"].map { Array($0.elements) } ?? []
        if chunk.present("usage") != nil {
            check(list.isEmpty && !hasUsage && choices.values.allSatisfy(\.isFinished), "usage in a wrong place")
            hasUsage = true
        } else {
            check(list.count == 1 && !hasUsage, "a chunk of \(list.count) choices, or after the usage")
        }
        for choice in list {
            check(choice.has(only: "text", "index", "logprobs", "finish_reason"), "other members of a choice")
            guard let index = choice["index"]?.int, index >= 0, let text = choice["text"]?.string else {
                problems.append("no index or text")
                continue
            }
            var content = choices[index] ?? ChoiceContent()
            check(!content.isFinished, "text after the finish")
            content.words += text
            if let finish = choice.present("finish_reason") {
                check(["stop", "length", "content_filter"].contains(finish.string ?? ""), "finish \(finish.rawText)")
                content.isFinished = true
            } else {
                check(!text.isEmpty, "a chunk that says nothing")
            }
            choices[index] = content
        }
    }

    private mutating func check(_ isRight: Bool, _ problem: String) {
        if !isRight { problems.append(problem) }
    }
}
