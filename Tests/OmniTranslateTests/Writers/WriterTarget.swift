import OmniJSON
import Testing

@testable import OmniTranslate

/// A form a client can ask a stream in, with the grammar that reads it.
struct WriterTarget: Sendable, CustomTestStringConvertible {
    /// In what form a call's arguments arrive.
    enum Arguments { case text, object }

    let testDescription: String
    let client: WireFormat
    let context: TranslationContext
    let grammar: any StreamGrammar.Type
    var hasChoices = false
    var hasThoughts = true
    var hasCalls = true
    /// Whether free-text tools exist, or are functions of one string.
    var hasFreeText = false
    var arguments = Arguments.text

    static let all: [WriterTarget] = {
        let context = TranslationContext.sample(includesStreamUsage: true)
        var generate = context
        generate.answersAsGenerate = true
        return [
            WriterTarget(
                testDescription: "chat", client: .openAIChat, context: context, grammar: ChatGrammar.self,
                hasChoices: true, hasFreeText: true),
            WriterTarget(
                testDescription: "completions", client: .openAIChat, context: generate, grammar: CompletionGrammar.self,
                hasChoices: true, hasThoughts: false, hasCalls: false),
            WriterTarget(
                testDescription: "responses", client: .openAIResponses, context: context,
                grammar: ResponsesGrammar.self, hasFreeText: true),
            WriterTarget(
                testDescription: "anthropic", client: .anthropicMessages, context: context,
                grammar: AnthropicGrammar.self),
            WriterTarget(
                testDescription: "gemini", client: .gemini, context: context, grammar: GeminiGrammar.self,
                hasChoices: true, arguments: .object),
            WriterTarget(
                testDescription: "gemini array", client: .gemini, context: .arrayFraming(),
                grammar: GeminiArrayGrammar.self, hasChoices: true, arguments: .object),
            WriterTarget(
                testDescription: "ollama", client: .ollama, context: context, grammar: OllamaGrammar.self,
                arguments: .object),
            WriterTarget(
                testDescription: "ollama generate", client: .ollama, context: generate,
                grammar: OllamaGenerateGrammar.self, hasCalls: false),
        ]
    }()

    /// What is wrong with a stream: what its grammar finds, and what it says other than the events do.
    func problems(of output: [UInt8], expecting expected: ExpectedAnswer) -> [String] {
        let read = grammar.init(output)
        var problems = read.problems
        if expected.hasFailed != read.hasFailed { problems.append("failed: \(read.hasFailed)") }
        if expected.hasFailed == read.isComplete { problems.append("complete: \(read.isComplete)") }
        var choices = hasChoices ? expected.choices : [0: expected.choices[0] ?? ChoiceContent()]
        if choices.isEmpty { choices[0] = ChoiceContent() }
        for (index, content) in choices {
            let said = Self.unwrapped(read.choices[index] ?? ChoiceContent())
            var wanted = translated(content)
            wanted.hosted = HostedLines.expected(of: expected.hostedCalls[index] ?? [], by: client)
            if expected.hasFailed {
                if !wanted.words.hasPrefix(said.words) || !wanted.thoughts.hasPrefix(said.thoughts) {
                    problems.append("other words before the fault")
                }
                if !wanted.hosted.starts(with: said.hosted) { problems.append("other hosted calls") }
                if !wanted.calls.map(\.id).starts(with: said.calls.map(\.id)) { problems.append("other calls") }
            } else if said != wanted {
                problems.append("choice \(index) says \(said), not \(wanted)")
            }
        }
        for index in read.choices.keys where choices[index] == nil { problems.append("choice \(index) was made up") }
        return problems
    }

    /// What a client of this form can be told of an answer that is whole.
    private func translated(_ content: ChoiceContent) -> ChoiceContent {
        var content = content
        content.isFinished = true
        if !hasThoughts { content.thoughts = "" }
        content.calls = hasCalls ? content.calls.map(translated) : []
        return content
    }

    private func translated(_ call: ChoiceContent.Call) -> ChoiceContent.Call {
        var call = call
        let text = call.arguments
        if call.isCustom {
            guard !hasFreeText else { return call }
            call.isCustom = false
            call.arguments = "input: " + text
        } else if arguments == .object {
            call.arguments = Self.object(text)
        } else if text.isEmpty, client != .anthropicMessages {
            call.arguments = "{}"
        }
        return call
    }

    /// Arguments as the object they become; `_raw` in front of a text that is none.
    static func object(_ text: String) -> String {
        if ["", "null"].contains(text.filter { !$0.isWhitespace }) { return "{}" }
        guard let value = try? JSONValue(parsing: Array(text.utf8)), value.kind == .object else {
            return "_raw: " + text
        }
        // What is between tokens may change.
        return String(
            String.UnicodeScalarView(value.rawText.unicodeScalars.map { "\n\r".unicodeScalars.contains($0) ? " " : $0 })
        )
    }

    /// Arguments as they were written, save that what wraps free text is taken off whatever escapes it uses.
    private static func unwrapped(_ content: ChoiceContent) -> ChoiceContent {
        var content = content
        for index in content.calls.indices {
            guard let object = try? JSONValue(parsing: Array(content.calls[index].arguments.utf8)),
                object.names.count == 1, let name = object.names.first, ["input", "_raw"].contains(name),
                let text = (object["input"] ?? object["_raw"])?.string
            else { continue }
            content.calls[index].arguments = name + ": " + text
        }
        return content
    }
}
