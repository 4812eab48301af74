import OmniJSON

@testable import OmniTranslate

/// Gemini's response objects, in either framing.
struct GeminiGrammar: StreamGrammar {
    var problems: [String] = []
    private(set) var choices: [Int: ChoiceContent] = [:]
    private(set) var isComplete = false
    private(set) var hasFailed = false
    private var head: [String]?
    /// The candidates whose last part is code.
    var waitingForResult: Set<Int> = []

    init(_ output: [UInt8]) { self.init(.events(output)) }

    /// The form without `alt=sse`.
    init(array output: [UInt8]) { self.init(.elements(output)) }

    private init(_ frames: StreamFrames) {
        problems = frames.problems
        for frame in frames.frames {
            check(!isComplete && !hasFailed, "something after the end")
            check(frame.name == nil, "an event with a name")
            guard let value = frame.value, value.kind == .object else {
                problems.append("no JSON object")
                continue
            }
            if let error = value["error"] {
                hasFailed = true
                check(value.has(only: "error") && error.has(only: "code", "message", "status"), "a poor error")
            } else {
                read(value)
            }
        }
    }

    private mutating func read(_ value: JSONValue) {
        let head = [value["responseId"]?.rawText ?? "", value["modelVersion"]?.rawText ?? ""]
        check(self.head == nil || self.head == head, "id or model changes")
        check(value["responseId"]?.string?.isEmpty == false && value["modelVersion"]?.string != nil, "no id or model")
        self.head = head
        let candidates = value["candidates"].map { Array($0.elements) } ?? []
        check(!candidates.isEmpty, "no candidates")
        let reasons = candidates.compactMap { $0["finishReason"]?.string }
        isComplete = !reasons.isEmpty
        check(reasons.isEmpty || reasons.count == candidates.count, "some candidates finish and some do not")
        check(isComplete || value["usageMetadata"] == nil, "usage before the end")
        check(isComplete || candidates.count == 1, "several candidates at once")
        var seen: Set<Int> = []
        for candidate in candidates {
            guard let index = candidate["index"]?.int, index >= 0, seen.insert(index).inserted else {
                problems.append("no index, or one twice")
                continue
            }
            readContent(candidate, index: index)
        }
        if isComplete { check(seen.isSuperset(of: choices.keys), "a candidate without finish") }
    }

    private mutating func readContent(_ candidate: JSONValue, index: Int) {
        let content = candidate["content"]
        let parts = content?["parts"].map { Array($0.elements) } ?? []
        check(content?["role"]?.string == "model" && !parts.isEmpty, "no role or parts")
        let isLast = candidate["finishReason"] != nil
        var known = ["content", "index"]
        if isLast { known += ["finishReason", "groundingMetadata", "urlContextMetadata", "logprobsResult"] }
        check(Set(candidate.names).isSubset(of: known), "other members of a candidate")
        var said = choices[index] ?? ChoiceContent()
        for part in parts {
            read(part, &said, isLast: isLast)
            if !readHosted(part, at: index, &said) { waitingForResult.remove(index) }
        }
        readHostedMetadata(candidate, &said)
        if let supports = candidate["groundingMetadata"]?["groundingSupports"] {
            // Places are counted in bytes of what was said.
            let text = Array(said.words.utf8)
            for support in supports.elements {
                let start = support["segment"]?["startIndex"]?.int ?? -1
                let end = support["segment"]?["endIndex"]?.int ?? -1
                guard start >= 0, start <= end, end <= text.count else {
                    problems.append("a source of no text")
                    continue
                }
                let words = String(decoding: text[start..<end], as: UTF8.self)
                check(support["segment"]?["text"]?.string == words, "a source of other words")
            }
        }
        said.isFinished = isLast
        choices[index] = said
    }

    private mutating func read(_ part: JSONValue, _ said: inout ChoiceContent, isLast: Bool) {
        let names = part.names
        check(part.kind == .object && names.count { !["thought", "thoughtSignature"].contains($0) } == 1, "odd part")
        if let signature = part["thoughtSignature"] { check(signature.string?.isEmpty == false, "an empty signature") }
        if let text = part["text"] {
            check(text.kind == .string, "no words")
            let saysSomething = text.string?.isEmpty == false || part["thoughtSignature"] != nil
            check(saysSomething || isLast, "a part that says nothing")
            if part["thought"]?.bool == true {
                said.thoughts += text.string ?? ""
            } else {
                said.words += text.string ?? ""
            }
        } else if let call = part["functionCall"] {
            check(call.has(only: "id", "name", "args") && call["args"]?.kind == .object, "odd call")
            said.calls.append(
                .init(
                    id: call["id"]?.string ?? "", name: call["name"]?.string ?? "", isCustom: false,
                    arguments: call["args"]?.rawText ?? ""))
        } else {
            check(part["executableCode"] != nil || part["codeExecutionResult"] != nil, "a part nobody knows")
        }
    }

    mutating func check(_ isRight: Bool, _ problem: String) {
        if !isRight { problems.append(problem) }
    }
}

/// The framing of clients that did not ask for `alt=sse`.
struct GeminiArrayGrammar: StreamGrammar {
    private let inner: GeminiGrammar

    var problems: [String] { inner.problems }
    var choices: [Int: ChoiceContent] { inner.choices }
    var isComplete: Bool { inner.isComplete }
    var hasFailed: Bool { inner.hasFailed }

    init(_ output: [UInt8]) { inner = GeminiGrammar(array: output) }
}
