import OmniJSON
import Testing

@testable import OmniTranslate

/// Thoughts that local models leave in the text reach clients as thoughts, from streams and whole answers alike.
@Suite struct ThinkTagStreamTests {
    private typealias Sample = StreamSample

    /// An upstream's answer as a stream and as a whole.
    struct Answer: Sendable, CustomTestStringConvertible {
        let format: WireFormat
        let item: ThinkTagSplitterTests.Case
        /// Whether the model called a tool after the text.
        var hasCall = false
        /// What the upstream told apart itself, before the content.
        var separate = ""

        var testDescription: String { "\(format.rawValue) \(item.testDescription) \(separate) \(hasCall)" }

        private var call: String {
            format == .ollama
                ? OllamaLines.call("f", id: "c1")
                : #"{"index":0,"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}"#
        }

        /// - Parameter pieces: the content, cut.
        func stream(_ pieces: [String]) -> String {
            if format == .ollama {
                let thoughts = separate.isEmpty ? [] : [OllamaLines.thinking(separate)]
                let calls = hasCall ? [OllamaLines.calls(call)] : []
                return (thoughts + pieces.map { OllamaLines.text($0) } + calls + [OllamaLines.done()]).joined(
                    separator: "\n")
            }
            let thoughts = separate.isEmpty ? "" : Sample.chat(Sample.delta(#"{"reasoning_content":"\#(separate)"}"#))
            let contents = pieces.map { Sample.chat(Sample.delta(#"{"content":"\#($0)","tool_calls":[]}"#)) }.joined()
            let calls = hasCall ? Sample.chat(Sample.call(call)) : ""
            return thoughts + contents + calls
                + Sample.chat(
                    Sample.delta("{}", finish: "stop") + #","usage":{"prompt_tokens":8,"completion_tokens":2}"#)
                + Sample.done
        }

        var whole: String {
            let calls = hasCall ? #","tool_calls":[\#(call)]"# : ""
            let message = #"{"role":"assistant","content":"\#(item.content)""#
            if format == .ollama {
                return
                    #"{"model":"m","created_at":"2026-09-21T10:00:00.123456789Z","message":\#(message),"thinking":"\#(separate)"\#(calls)},"done":true,"done_reason":"stop","prompt_eval_count":8,"eval_count":2}"#
            }
            return
                #"{"id":"chatcmpl-1","created":1790000000,"model":"m","choices":[{"index":0,"message":\#(message),"reasoning_content":"\#(separate)"\#(calls)},"finish_reason":"stop"}],"usage":{"prompt_tokens":8,"completion_tokens":2}}"#
        }
    }

    static let answers = [WireFormat.openAIChat, .ollama].flatMap { format in
        ThinkTagSplitterTests.cases.flatMap { item in
            [
                Answer(format: format, item: item), Answer(format: format, item: item, hasCall: true),
                Answer(format: format, item: item, separate: "So."),
            ]
        }
    }

    @Test(arguments: answers)
    func aStreamSaysWhatTheWholeAnswerSays(answer: Answer) throws {
        let context = context(answer.item.tags)
        let whole = try Translator.translateResponse(
            JSONValue(parsing: Array(answer.whole.utf8)), from: answer.format, to: .anthropicMessages, context: context)
        for size in [1, 3, 100] {
            let pieces = ThinkTagSplitterTests.pieces(of: answer.item.content, size: size)
            var collector = StreamCollector(from: answer.format, to: .anthropicMessages, context: context)
            _ = Array(answer.stream(pieces).utf8).withUnsafeBytes { collector.push($0) }
            let collected = try collector.finish()
            #expect(String(decoding: collected.body, as: UTF8.self) == String(decoding: whole.body, as: UTF8.self))
        }
    }

    @Test("every byte split of a stream gives the same events", arguments: [WireFormat.openAIChat, .ollama])
    func splits(format: WireFormat) {
        let item = ThinkTagSplitterTests.Case(#"\n<think>\na </b\n</think>\n\nHi <think>"#, thought: "", text: "")
        let answer = Answer(format: format, item: item, hasCall: true)
        let bytes = Array(answer.stream(ThinkTagSplitterTests.pieces(of: item.content, size: 4)).utf8)
        let expected = events(bytes, from: format, cuts: [])
        #expect(expected.contains { $0.contains("reasoning") })
        for cut in bytes.indices where events(bytes, from: format, cuts: [cut]) != expected {
            Issue.record("cut at \(cut)")
        }
    }

    @Test func clientsSeeAThinkingBlockAndThenText() {
        let run = run(#"{"content":"<th"}"#, #"{"content":"ink>\nHm"}"#, #"{"content":".</think>\n\nHi"}"#)
        let message = MessageAccumulator.anthropic(run)
        #expect(message.faults == [])
        #expect(message.lines.map { $0.prefix { $0 != " " } } == ["thinking", "text", "stop"])
        #expect(message.lines[0].hasSuffix("Hm.") && message.lines[1].hasSuffix("] Hi"))
    }

    @Test func aBlankThoughtIsNoBlock() {
        let message = MessageAccumulator.anthropic(run(#"{"content":"<think>\n\n</think>\n\nHi"}"#))
        #expect(message.lines.map { $0.prefix { $0 != " " } } == ["text", "stop"])
    }

    @Test func whatMightHaveBecomeATagComesBeforeTheCallThatFollowsIt() {
        let call = #"{"tool_calls":[{"index":0,"id":"c1","function":{"name":"f","arguments":"{}"}}]}"#
        let message = MessageAccumulator.anthropic(run(#"{"content":"<thi"}"#, call))
        #expect(message.lines.map { $0.prefix { $0 != " " } } == ["text", "tool_use", "stop"])
    }

    @Test func tagsAreSplitBesideThoughtsThatComeSeparately() {
        let message = MessageAccumulator.anthropic(
            run(#"{"reasoning_content":"So. "}"#, #"{"content":"<think>Hm</think>Hi"}"#))
        #expect(message.lines.map { $0.prefix { $0 != " " } } == ["thinking", "text", "stop"])
        #expect(message.lines[0].hasSuffix("So. Hm"))
    }

    @Test func anObjectAsContentIsNoThought() throws {
        let body =
            #"{"id":"x","choices":[{"index":0,"message":{"content":{"a":1}},"finish_reason":"stop"}]}"#
        let answer = try Translator.translateResponse(
            JSONValue(parsing: Array(body.utf8)), from: .openAIChat, to: .anthropicMessages,
            context: context(.alreadyOpen))
        let blocks = try #require(try JSONValue(parsing: answer.body)["content"]).rawText
        #expect(blocks == #"[{"type":"text","text":"{\"a\":1}"}]"#)
    }

    @Test func eachChoiceHasItsOwnTags() {
        let bytes = Array(
            (Sample.chat(Sample.delta(#"{"content":"<think>a"}"#), Sample.delta(#"{"content":"b"}"#, choice: 1))
                + Sample.chat(
                    Sample.delta(#"{"content":"</think>c"}"#, finish: "stop"),
                    Sample.delta("{}", finish: "stop", choice: 1)) + Sample.done).utf8)
        var collector = StreamCollector(from: .openAIChat, to: .openAIChat, context: context(.atStart))
        _ = bytes.withUnsafeBytes { collector.push($0) }
        let choices = (try? collector.finish()).flatMap { try? JSONValue(parsing: $0.body)["choices"] }
        let messages = choices?.elements.compactMap { $0["message"] } ?? []
        #expect(messages.map { $0["content"]?.string } == ["c", "b"])
        #expect(messages.map { $0["reasoning_content"]?.string } == ["a", nil])
    }

    @Test func thoughtsNeverGoBackAsTags() throws {
        let history =
            #"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"thinking","thinking":"Hm","signature":""},{"type":"text","text":"Yo"}]},{"role":"user","content":"And?"}]}"#
        for (target, provider) in [(WireFormat.openAIChat, "openai-compatible-chat-1"), (.ollama, "ollama")] {
            let request = try RequestTranslation(
                history, from: .anthropicMessages, to: target, model: "qwq-32b", provider: provider)
            #expect(!String(decoding: request.encoded.body, as: UTF8.self).contains("think>"))
            #expect(request.message(1)?.contains(#""content":"Yo""#) == true)
        }
    }

    // MARK: Means

    private func context(_ tags: ModelCapabilities.ThinkTags) -> TranslationContext {
        var context = TranslationContext.sample()
        context.capabilities.thinkTags = tags
        return context
    }

    /// A Chat stream of these deltas as an Anthropic client sees it.
    private func run(_ deltas: String...) -> StreamRun {
        let stream =
            deltas.map { Sample.chat(Sample.delta($0)) }.joined() + Sample.chat(Sample.delta("{}", finish: "stop"))
            + Sample.done
        return StreamRun.translating(stream, from: .openAIChat, context: context(.atStart))
    }

    private func events(_ bytes: [UInt8], from format: WireFormat, cuts: [Int]) -> [String] {
        var decoder = StreamDecoder(of: format, context: context(.atStart))
        var events: [StreamEvent] = []
        var start = 0
        for cut in cuts + [bytes.count] {
            bytes[start..<cut].withUnsafeBytes { piece in
                var position = 0
                while decoder.decodeNext(in: piece, at: &position, into: &events) {}
            }
            start = cut
        }
        decoder.finish(into: &events)
        return events.map { event in
            switch event {
            case .text(_, let text): "text \(text.string)"
            case .reasoning(_, let text): "reasoning \(text.string)"
            default: String(String(describing: event).prefix(24))
            }
        }
    }
}
