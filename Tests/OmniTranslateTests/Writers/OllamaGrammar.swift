import OmniJSON

@testable import OmniTranslate

/// Lines of `/api/chat`.
struct OllamaGrammar: StreamGrammar {
    private(set) var problems: [String] = []
    private(set) var isComplete = false
    private(set) var hasFailed = false
    private var content = ChoiceContent()
    private var head: [String]?

    var choices: [Int: ChoiceContent] { head == nil ? [:] : [0: content] }

    init(_ output: [UInt8]) { self.init(output, asGenerate: false) }

    init(_ output: [UInt8], asGenerate: Bool) {
        let frames = StreamFrames.lines(output)
        problems = frames.problems
        for frame in frames.frames {
            check(!isComplete && !hasFailed, "something after the end")
            guard let line = frame.value, line.kind == .object else {
                problems.append("no JSON object")
                continue
            }
            if line["error"] != nil {
                hasFailed = true
                check(line.has(only: "error") && line["error"]?.string != nil, "a poor error")
            } else {
                read(line, asGenerate: asGenerate)
            }
        }
    }

    private mutating func read(_ line: JSONValue, asGenerate: Bool) {
        let head = [line["model"]?.rawText ?? "", line["created_at"]?.rawText ?? ""]
        check(self.head == nil || self.head == head, "model or time changes")
        check(line["model"]?.string?.isEmpty == false && line["created_at"]?.string?.hasSuffix("Z") == true, "head")
        self.head = head
        guard let isDone = line["done"]?.bool else { return problems.append("no done") }
        check(Set(line.names).count == line.names.count, "a member twice")
        let counts = ["done_reason", "total_duration", "load_duration", "prompt_eval_duration", "eval_duration"]
        check(counts.allSatisfy { name in line.names.contains(name) == isDone }, "counts in a wrong line")
        let message = asGenerate ? line : line["message"]
        let text = asGenerate ? line["response"] : message?["content"]
        check(text?.kind == .string, "no words")
        if !asGenerate { check(message?["role"]?.string == "assistant", "no role") }
        content.words += text?.string ?? ""
        content.thoughts += message?["thinking"]?.string ?? ""
        if let calls = line["message"]?["tool_calls"] {
            for call in calls.elements {
                let function = call["function"]
                check(function?["index"]?.int == content.calls.count, "a call out of order")
                check(function?["arguments"]?.kind == .object && call["id"]?.string?.isEmpty == false, "odd call")
                content.calls.append(
                    .init(
                        id: call["id"]?.string ?? "", name: function?["name"]?.string ?? "", isCustom: false,
                        arguments: function?["arguments"]?.rawText ?? ""))
            }
        }
        let saysSomething =
            text?.string?.isEmpty == false || message?["thinking"]?.string?.isEmpty == false
            || line["message"]?["tool_calls"] != nil || line["logprobs"]?.kind == .array
        if isDone {
            isComplete = true
            content.isFinished = true
            check(["stop", "length"].contains(line["done_reason"]?.string ?? ""), "done_reason")
            check(text?.string == "", "words in the last line")
        } else {
            check(saysSomething, "a line that says nothing")
        }
    }

    private mutating func check(_ isRight: Bool, _ problem: String) {
        if !isRight { problems.append(problem) }
    }
}

/// Lines of `/api/generate`.
struct OllamaGenerateGrammar: StreamGrammar {
    private let inner: OllamaGrammar

    var problems: [String] { inner.problems }
    var choices: [Int: ChoiceContent] { inner.choices }
    var isComplete: Bool { inner.isComplete }
    var hasFailed: Bool { inner.hasFailed }

    init(_ output: [UInt8]) { inner = OllamaGrammar(output, asGenerate: true) }
}
