import OmniJSON
import TestSupport
import Testing

@testable import OmniTranslate

/// Streams from Ollama and for its clients.
@Suite struct OllamaStreamTests {
    private typealias Lines = OllamaLines

    /// A sample stream and where its whole lines or events end.
    struct Source: Sendable, CustomTestStringConvertible {
        let name: String
        let from: WireFormat
        let to: WireFormat

        var testDescription: String { "\(from.rawValue)/\(name) to \(to.rawValue)" }
        func bytes() throws -> [UInt8] { try StreamSample.bytes(name, of: from) }
    }

    static let sources: [Source] = OllamaTranslation.others.flatMap { other in
        ["minimal", "rich", "error"].map { Source(name: "stream.\($0).ndjson", from: .ollama, to: other) }
            + ["minimal", "rich"].map { Source(name: "stream.\($0).sse", from: other, to: .ollama) }
    }

    @Test(arguments: sources)
    func everySplitPointGivesTheSameBytes(source: Source) throws {
        let input = try source.bytes()
        let whole = OllamaStreamRun(input, from: source.from, to: source.to)
        for size in [1, 2, 3, 7, 64] {
            let cut = OllamaStreamRun(input, from: source.from, to: source.to, pieces: size)
            #expect(cut.output == whole.output && cut.usage == whole.usage && cut.losses == whole.losses, "\(size)")
        }
        var translator = StreamTranslator(from: source.from, to: source.to, context: .sample(includesStreamUsage: true))
        for event in Self.events(in: input, of: source.from) {
            var checkpoint = translator
            var expected: [UInt8] = []
            _ = input[event].withUnsafeBytes { checkpoint.push($0, into: &expected) }
            for cut in event {
                var copy = translator
                var output: [UInt8] = []
                _ = input[event.lowerBound..<cut].withUnsafeBytes { copy.push($0, into: &output) }
                _ = input[cut..<event.upperBound].withUnsafeBytes { copy.push($0, into: &output) }
                #expect(output == expected, "\(cut)")
            }
            translator = checkpoint
        }
    }

    /// Where the lines or events of a stream with line feeds lie, their ends included.
    private static func events(in input: [UInt8], of format: WireFormat) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var start = 0
        for index in input.indices.dropFirst() where input[index] == 0x0A {
            guard format == .ollama || input[index - 1] == 0x0A else { continue }
            ranges.append(start..<index + 1)
            start = index + 1
        }
        return start < input.count ? ranges + [start..<input.count] : ranges
    }

    @Test("C087 line ends, blank lines and a missing last line end change nothing", arguments: sources)
    func lineEnds(source: Source) throws {
        guard source.from == .ollama else { return }
        let input = try source.bytes()
        let whole = OllamaStreamRun(input, from: source.from, to: source.to)
        let others: [[UInt8]] = [
            input.flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] }, input.flatMap { $0 == 0x0A ? [0x0A, 0x0A] : [$0] },
            input.last == 0x0A ? input.dropLast() : input, [0xEF, 0xBB, 0xBF] + input,
        ]
        for other in others { #expect(OllamaStreamRun(other, from: source.from, to: source.to).output == whole.output) }
    }

    @Test("C070 C071 EOF before the last line is an error, once content is out an in-band one", arguments: sources)
    func truncation(source: Source) throws {
        let input = try source.bytes()
        var translator = StreamTranslator(
            from: source.from, to: source.to, context: .sample(endsStreamsWithDone: true))
        var hasFailed = false
        for length in input.indices {
            var copy = translator
            var tail: [UInt8] = []
            let cut = copy.finish(into: &tail)
            #expect(cut.isComplete != (cut.failure != nil), "cut to \(length)")
            if cut.isComplete {
                #expect(input[length...].allSatisfy { $0 == 0x0A }, "cut to \(length)")
            } else {
                let expected = cut.isMeaningful && !hasFailed ? 1 : 0
                #expect(OllamaStreamRun.endCount(in: tail, as: source.to) == expected, "cut to \(length)")
            }
            var ignored: [UInt8] = []
            let progress = [input[length]].withUnsafeBytes { translator.push($0, into: &ignored) }
            hasFailed = progress.failure != nil
        }
    }

    @Test("C053 calls make a turn of calls, whatever the server says", arguments: [nil, "stop", ""] as [String?])
    func c053(reason: String?) {
        let lines = [Lines.calls(Lines.call("a", #"{"x":1}"#, id: "c1"), Lines.call("b")), Lines.done(reason)]
        let chat = OllamaStreamRun(lines: lines, to: .openAIChat)
        #expect(chat.text.contains(#""finish_reason":"tool_calls""#) && !chat.text.contains(#""finish_reason":"stop""#))
        let anthropic = OllamaStreamRun(lines: lines, to: .anthropicMessages)
        #expect(anthropic.text.contains(#""stop_reason":"tool_use""#))
        let length = OllamaStreamRun(lines: [lines[0], Lines.done("length")], to: .openAIChat)
        #expect(length.text.contains(#""finish_reason":"length""#))
    }

    @Test("C090 an error line after content is an in-band error, and nothing follows it")
    func c090() throws {
        for client in OllamaTranslation.others {
            let run = OllamaStreamRun(
                lines: [
                    Lines.text("Hi"), #"{"error":"model runner has unexpectedly stopped"}"#, Lines.text("LATE"),
                    Lines.done(),
                ],
                to: client)
            #expect(run.progress.failure?.message == "model runner has unexpectedly stopped")
            #expect(!run.progress.isComplete && run.progress.isMeaningful && run.endCount(as: client) == 1)
            #expect(run.text.contains("unexpectedly stopped") && !run.text.contains("LATE"))
            let early = OllamaStreamRun(lines: [#"{"error":"model not found"}"#], to: client)
            #expect(early.output == [] && early.progress.failure?.message == "model not found")
        }
        let fault = UpstreamFault(.timeout, message: "silent")
        var translator = StreamTranslator(from: .openAIChat, to: .ollama, context: .sample())
        var output: [UInt8] = []
        translator.fail(fault, into: &output)
        translator.fail(fault, into: &output)
        #expect(String(decoding: output, as: UTF8.self) == "{\"error\":\"silent\"}\n")
    }

    @Test("C091 thoughts, text and thoughts again are three blocks in their order")
    func c091() {
        let lines = [
            Lines.thinking("one"), Lines.text("two"), Lines.thinking("three"), Lines.text("four"), Lines.done(),
        ]
        let run = OllamaStreamRun(lines: lines, to: .anthropicMessages)
        let starts = StreamRun.events(in: run.output).filter { $0.name == "content_block_start" }.compactMap {
            (try? JSONValue(parsing: Array($0.data.utf8)))?["content_block"]?["type"]?.string
        }
        #expect(starts == ["thinking", "text", "thinking", "text"])
    }

    @Test func aLineMayHoldEverything() {
        let line =
            #"{"created_at":"2026-09-21T10:00:00Z","message":{"content":"b","thinking":"a","tool_calls":[\#(Lines.call("t"))]},"done":true,"done_reason":"stop","eval_count":3}"#
        let run = OllamaStreamRun(lines: [line], to: .anthropicMessages)
        let starts = StreamRun.events(in: run.output).filter { $0.name == "content_block_start" }
        #expect(starts.count == 3 && run.progress.isComplete && run.usage?.totalOutput == 3)
    }

    @Test func freeTextToolsAreUnwrapped() {
        var context = TranslationContext.sample()
        context.customTools = ["sql"]
        let run = OllamaStreamRun(
            lines: [Lines.calls(Lines.call("sql", #"{"input":"select 1"}"#)), Lines.done()], to: .openAIChat,
            context: context)
        #expect(run.text.contains(#""custom":{"input":"select 1"}"#))
    }

    @Test func logprobsGoBothWays() {
        let tokens = #"[{"token":"a","logprob":-0.5}]"#
        let line = #"{"message":{"role":"assistant","content":"a"},"done":false,"logprobs":\#(tokens)}"#
        let chat = OllamaStreamRun(lines: [line, Lines.done()], to: .openAIChat)
        #expect(
            chat.text.contains(#""logprobs":{"content":[{"token":"a","logprob":-0.5,"bytes":null,"top_logprobs":[]}]"#))
        let back = OllamaStreamRun(chat.output, from: .openAIChat, to: .ollama)
        #expect(back.lines.compactMap { $0["logprobs"]?.elements.first { _ in true }?["token"]?.string } == ["a"])
    }

    // MARK: For Ollama's clients

    private func chat(_ chunks: String...) -> OllamaStreamRun {
        let text = chunks.map { StreamSample.chat($0) }.joined() + StreamSample.done
        return OllamaStreamRun(text.utf8, from: .openAIChat, to: .ollama)
    }

    @Test func callsGoOutWholeWhenTheyEnd() {
        let run = chat(
            StreamSample.call(#"{"index":0,"id":"a","function":{"name":"t","arguments":"{\"x\":"}}"#),
            StreamSample.call(#"{"index":0,"function":{"arguments":" 1}"}}"#),
            StreamSample.call(#"{"index":1,"id":"b","function":{"name":"u","arguments":""}}"#),
            StreamSample.call(#"{"index":2,"id":"c","function":{"name":"v","arguments":"{oops"}}"#),
            StreamSample.delta("{}", finish: "tool_calls"))
        let calls = run.lines.compactMap { $0["message"]?["tool_calls"]?.elements.first { _ in true } }
        #expect(calls.compactMap { $0["id"]?.string } == ["a", "b", "c"])
        #expect(calls.compactMap { $0["function"]?["index"]?.int } == [0, 1, 2])
        #expect(
            calls.compactMap { $0["function"]?["arguments"]?.rawText } == [#"{"x": 1}"#, "{}", #"{"_raw":"{oops"}"#])
        #expect(run.losses == ["arguments"] && run.lines.last?["done_reason"]?.string == "stop")
    }

    @Test func argumentsOnSeveralLinesStayOnOne() {
        let run = chat(
            StreamSample.call(
                #"{"index":0,"id":"a","function":{"name":"t","arguments":"{\n  \"x\":\r\n \"a\\nb\"\n}"}}"#),
            StreamSample.delta("{}", finish: "tool_calls"))
        #expect(run.lines.count == 2)
        let arguments = run.lines.first?["message"]?["tool_calls"]?.elements.first { _ in true }?["function"]?[
            "arguments"]
        #expect(arguments?["x"]?.string == "a\nb")
    }

    @Test func thoughtsAndRefusalsAreText() {
        let run = chat(
            StreamSample.delta(#"{"reasoning_content":"hm"}"#), StreamSample.delta(#"{"content":"a"}"#),
            StreamSample.delta(#"{"refusal":"no"}"#), StreamSample.delta("{}", finish: "length"))
        #expect(run.lines.compactMap { $0["message"]?["thinking"]?.string } == ["hm"])
        #expect(run.lines.compactMap { $0["message"]?["content"]?.string } == ["", "a", "no", ""])
        #expect(run.lines.last?["done_reason"]?.string == "length")
        #expect(run.lines.dropLast().allSatisfy { $0["done"]?.bool == false })
    }

    @Test func onlyTheFirstChoiceIsWritten() {
        let run = chat(
            StreamSample.delta(#"{"content":"a"}"#), StreamSample.delta(#"{"content":"b"}"#, choice: 1),
            StreamSample.delta("{}", finish: "stop"), StreamSample.delta("{}", finish: "stop", choice: 1))
        #expect(!run.text.contains("\"b\"") && run.losses == ["choices"])
    }

    @Test func linesOfGenerateHoldAResponse() throws {
        var context = TranslationContext.sample()
        context.answersAsGenerate = true
        let text =
            StreamSample.chat(StreamSample.delta(#"{"reasoning_content":"hm"}"#))
            + StreamSample.chat(StreamSample.delta(#"{"content":"a"}"#))
            + StreamSample.chat(StreamSample.call(#"{"index":0,"id":"a","function":{"name":"t","arguments":"{}"}}"#))
            + StreamSample.done
        let run = OllamaStreamRun(text.utf8, from: .openAIChat, to: .ollama, context: context)
        #expect(run.lines.compactMap { $0["response"]?.string } == ["", "a", ""])
        #expect(run.lines.first?["thinking"]?.string == "hm" && run.lines.allSatisfy { $0["message"] == nil })
        #expect(run.lines.last?["done"]?.bool == true && run.losses == ["tool_calls"])
    }

    @Test func ollamaItselfAnswersGenerateThroughItsChat() throws {
        var context = TranslationContext.sample()
        context.answersAsGenerate = true
        let run = OllamaStreamRun(
            try StreamSample.bytes("stream.minimal.ndjson", of: .ollama), from: .ollama, to: .ollama, context: context)
        #expect(run.lines.compactMap { $0["response"]?.string } == ["Hi", "!", ""])
        #expect(run.lines.last?["prompt_eval_count"]?.int == 26 && run.losses == [])
    }

    @Test("an accumulated stream says what the complete answer says", arguments: OllamaTranslation.others)
    func accumulation(other: WireFormat) throws {
        let run = OllamaStreamRun(
            try StreamSample.bytes("stream.rich.sse", of: other), from: other, to: .ollama)
        let content = run.lines.compactMap { $0["message"]?["content"]?.string }.joined()
        let last = try #require(run.lines.last)
        let answer = try StreamSample.json("response.rich.json", of: other).rawText
        let whole = try OllamaTranslation.response(answer, from: other, to: .ollama).body
        #expect(content == whole["message"]?["content"]?.string)
        #expect(last["eval_count"]?.int == whole["eval_count"]?.int && last["done_reason"]?.string == "stop")
        #expect(last["prompt_eval_count"]?.int == whole["prompt_eval_count"]?.int)
    }

    @Test("the other dialects too", arguments: [WireFormat.gemini, .openAIResponses])
    func everyPair(other: WireFormat) throws {
        let from = OllamaStreamRun(
            try StreamSample.bytes("stream.rich.ndjson", of: .ollama), from: .ollama, to: other)
        #expect(from.progress.isComplete && from.usage?.totalOutput == 298)
        #expect(from.text.contains("Let me check.") && from.text.contains("Rome"))
        let to = OllamaStreamRun(try StreamSample.bytes("stream.rich.sse", of: other), from: other, to: .ollama)
        #expect(to.progress.isComplete && to.endCount(as: .ollama) == 1)
        let words = to.lines.compactMap { $0["message"]?["content"]?.string }.joined()
        #expect(words.contains("Let me check."))
        let calls = to.lines.flatMap { $0["message"]?["tool_calls"]?.elements.map { $0 } ?? [] }
        #expect(calls.first?["function"]?["arguments"]?.kind == .object)
    }

    // MARK: Passing on

    private func watch(
        _ text: String, pieces size: Int = .max
    ) -> (output: String, progress: StreamProgress, usage: Usage?) {
        var monitor = StreamMonitor(format: .ollama, hidesUsageChunk: false)
        var output: [UInt8] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: min(size, max(1, bytes.count))) {
            _ = bytes[start..<min(bytes.count, start + min(size, bytes.count))].withUnsafeBytes {
                monitor.push($0, into: &output)
            }
        }
        let progress = monitor.finish(into: &output)
        return (String(decoding: output, as: UTF8.self), progress, monitor.usage)
    }

    @Test func theMonitorLeavesEveryByteAndSeesTheEnd() throws {
        for name in ["stream.minimal.ndjson", "stream.rich.ndjson"] {
            let text = String(decoding: try StreamSample.bytes(name, of: .ollama), as: UTF8.self)
            for size in [Int.max, 1, 5] {
                let run = watch(text, pieces: size)
                #expect(run.output == text && run.progress.isComplete && run.progress.failure == nil)
                #expect(run.usage?.totalInput == 26 && run.usage?.totalOutput == 298)
            }
        }
        let generate = watch(
            #"{"response":"a","done":false}"# + "\n" + #"{"response":"","done" : true,"eval_count":1}"#)
        #expect(generate.progress.isComplete && generate.usage?.totalOutput == 1)
    }

    @Test func theMonitorTellsOfErrorsAndTruncation() throws {
        let hi = Lines.text("Hi") + "\n"
        let error = watch(hi + "{\"error\":\"boom\"}\n")
        #expect(error.progress.failure?.message == "boom" && error.output == hi + "{\"error\":\"boom\"}\n")
        let cut = watch(hi + "{\"mess")
        #expect(cut.progress.failure?.code == "truncated")
        #expect(cut.output.hasPrefix(hi + "{\"mess\n{\"error\":") && cut.output.hasSuffix("\n"))
        let early = watch("{\"model\":\"m\"}\n")
        #expect(!early.progress.isMeaningful && early.progress.failure != nil && early.output == "{\"model\":\"m\"}\n")
        #expect(watch("<html>\n").progress.failure?.code == "malformed_answer")
    }

    // MARK: Hostile input

    @Test func anEndlessLineIsAnErrorAndNotEndlessMemory() {
        let bytes =
            Array((Lines.text("Hi") + "\n{\"message\":{\"content\":\"").utf8)
            + [UInt8](repeating: 0x61, count: 17 << 20)
        let run = OllamaStreamRun(bytes, from: .ollama, to: .openAIChat, pieces: 1 << 20)
        #expect(run.progress.failure?.code == "malformed_answer" && run.endCount(as: .openAIChat) == 1)
        #expect(
            watch(String(decoding: bytes, as: UTF8.self), pieces: 1 << 20).progress.failure?.code == "malformed_answer")
    }

    @Test(arguments: ["{", "[]", "7", "hello", "{\"message\":}", "\u{0}"])
    func whatIsNoLineIsAnError(line: String) {
        let run = OllamaStreamRun(lines: [Lines.text("Hi"), line, Lines.done()], to: .openAIChat)
        #expect(run.progress.failure?.code == "malformed_answer" && run.endCount(as: .openAIChat) == 1)
    }

    @Test func garbageNeverTraps() throws {
        var numbers = SeededNumbers(seed: 0x9E37_79B9_7F4A_7C15)
        for source in Self.sources {
            let input = try source.bytes()
            for _ in 0..<150 {
                let bytes = numbers.damaged(input)
                let run = OllamaStreamRun(bytes, from: source.from, to: source.to)
                #expect(run.progress.isComplete != (run.progress.failure != nil))
                #expect(run.endCount(as: source.to) == (run.progress.isComplete || run.progress.isMeaningful ? 1 : 0))
                if source.to == .ollama { #expect(run.text.split(separator: "\n").count == run.lines.count) }
                guard source.from == .ollama else { continue }
                let watched = watch(String(decoding: bytes, as: UTF8.self))
                #expect(watched.progress.isComplete != (watched.progress.failure != nil))
            }
        }
    }
}
