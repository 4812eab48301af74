import OmniJSON
import TestSupport
import Testing

@testable import OmniTranslate

/// How bytes were cut changes nothing, and a stream that was cut short is never taken for a whole one.
@Suite struct GeminiSplitTests {
    static let names = ["stream.minimal.sse", "stream.rich.sse", "stream.rich.array.json"]
    static let clients = WireFormat.allCases

    private func run(
        _ input: [UInt8], to client: WireFormat, cuts: [Int] = []
    ) -> GeminiStreamRun {
        GeminiStreamRun(input, from: .gemini, to: client, context: .sample(), cuts: cuts)
    }

    private func watch(_ input: some Sequence<UInt8>, cuts: [Int] = []) -> StreamRun {
        StreamRun.watching(Array(input), of: .gemini, cuts: cuts)
    }

    /// Cuts a window in every place and looks at what comes out of it and of the window after it; what is before came
    /// whole, for that it was cut too is the business of the windows before.
    @Test(arguments: names, clients)
    func everySplitPointGivesTheSame(name: String, client: WireFormat) throws {
        let input = try StreamSample.bytes(name, of: .gemini)
        var checkpoint = StreamTranslator(from: .gemini, to: client, context: .sample())
        func push(_ bytes: ArraySlice<UInt8>, _ translator: inout StreamTranslator, _ output: inout [UInt8]) {
            _ = bytes.withUnsafeBytes { translator.push($0, into: &output) }
        }
        var wrong: [Int] = []
        for start in stride(from: 0, to: input.count, by: 100) {
            let middle = min(start + 100, input.count)
            let end = min(start + 400, input.count)
            var whole = checkpoint
            var expected: [UInt8] = []
            push(input[start..<end], &whole, &expected)
            for cut in start..<middle {
                var translator = checkpoint
                var output: [UInt8] = []
                push(input[start..<cut], &translator, &output)
                push(input[cut..<end], &translator, &output)
                if output != expected { wrong.append(cut) }
            }
            var ignored: [UInt8] = []
            push(input[start..<middle], &checkpoint, &ignored)
        }
        #expect(wrong == [])
        #expect(run(input, to: client, cuts: Array(1..<input.count)).output == run(input, to: client).output)
        #expect(run(input, to: client).progress.isComplete)
    }

    @Test("C087 any line end gives the same", arguments: ["\r\n", "\r"])
    func lineEnds(lineEnd: String) throws {
        let input = try StreamSample.bytes("stream.rich.sse", of: .gemini)
        let other = input.flatMap { $0 == 0x0A ? Array(lineEnd.utf8) : [$0] }
        #expect(run(other, to: .openAIChat).output == run(input, to: .openAIChat).output)
        #expect(watch(other).output == other && watch(other).progress.isComplete)
    }

    @Test("C085 the array means what the events mean")
    func framings() throws {
        let array = try StreamSample.json("stream.rich.array.json", of: .gemini)
        var events: [UInt8] = []
        for element in array.elements {
            events += Array("data: ".utf8) + element.raw.filter { $0 != 0x0A } + Array("\n\n".utf8)
        }
        let input = try StreamSample.bytes("stream.rich.array.json", of: .gemini)
        for client in Self.clients { #expect(run(events, to: client).output == run(input, to: client).output) }
    }

    @Test("C070 C071 EOF before the finish reason is an error, after it a legal end", arguments: names)
    func truncation(name: String) throws {
        let input = try StreamSample.bytes(name, of: .gemini)
        let text = String(decoding: input, as: UTF8.self)
        let reason = try #require(text.firstRange(of: "finishReason"))
        let limit = text.utf8.distance(from: text.startIndex, to: reason.lowerBound)
        var translator = StreamTranslator(from: .gemini, to: .anthropicMessages, context: .sample())
        var monitor = StreamMonitor(format: .gemini, hidesUsageChunk: false)
        for length in 0..<input.count {
            var output: [UInt8] = []
            var ended = translator
            let translated = ended.finish(into: &output)
            let text = String(decoding: output, as: UTF8.self)
            var stopped = monitor
            var ignored: [UInt8] = []
            let watched = stopped.finish(into: &ignored)
            #expect(translated.isComplete != (translated.failure != nil), "cut to \(length)")
            #expect(watched.isComplete != (watched.failure != nil), "watched, cut to \(length)")
            #expect(watched.isMeaningful == translated.isMeaningful, "cut to \(length)")
            if length <= limit {
                #expect(!translated.isComplete && !watched.isComplete, "cut to \(length)")
                #expect(!text.contains("message_stop") && text.contains("event: error") == translated.isMeaningful)
            }
            let byte = [input[length]]
            byte.withUnsafeBytes { bytes in
                _ = translator.push(bytes, into: &ignored)
                _ = monitor.push(bytes, into: &ignored)
            }
        }
        #expect(run(input, to: .anthropicMessages).progress.isComplete)
    }

    @Test("the monitor passes every byte and sees what the translator sees", arguments: names)
    func monitor(name: String) throws {
        let input = try StreamSample.bytes(name, of: .gemini)
        for cuts in [[], Array(1..<input.count)] {
            let watched = watch(input, cuts: cuts)
            #expect(watched.output == input)
            #expect(watched.progress.isComplete && watched.progress.isMeaningful && watched.progress.failure == nil)
            #expect(watched.usage == run(input, to: .openAIChat).usage && watched.usage != nil)
        }
    }

    @Test("the monitor ends a broken stream in its own framing")
    func monitorErrors() throws {
        let event = #"data: {"candidates":[{"content":{"parts":[{"text":"a"}]}}]}"# + "\n\n"
        let cut = watch(Array(event.utf8))
        #expect(cut.progress.failure != nil && cut.events.count == 2)
        #expect(cut.events.last?.data.hasPrefix(#"{"error":"#) == true)
        let element = #"[{"candidates":[{"content":{"parts":[{"text":"a"}]}}]}"#
        let array = watch(Array(element.utf8))
        let values = try JSONValue(parsing: array.output)
        #expect(values.value(at: "1.error.status")?.string == "INTERNAL")
        // The upstream's own error passes and is not followed by another.
        let own = watch(
            Array((event + #"data: {"error":{"code":503,"message":"x","status":"UNAVAILABLE"}}"# + "\n\n").utf8))
        #expect(own.progress.failure?.kind == .overloaded && own.events.count == 2)
        // An array that only lacks its bracket gets it.
        let open = watch(Array(#"[{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}]}"#.utf8))
        #expect(open.progress.isComplete && open.output.last == UInt8(ascii: "]"))
        #expect(
            watch(Array(#"data: {"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL"}]}"#.utf8)).progress.failure
                != nil)
    }

    @Test func nothingTraps() throws {
        var numbers = SeededNumbers(seed: 0x9E37_79B9_7F4A_7C15)
        for name in Self.names {
            let input = try StreamSample.bytes(name, of: .gemini)
            for _ in 0..<200 {
                let bytes = numbers.damaged(input)
                for client in Self.clients {
                    let translated = run(bytes, to: client)
                    #expect(translated.progress.isComplete != (translated.progress.failure != nil))
                }
                let watched = watch(bytes)
                #expect(watched.progress.isComplete != (watched.progress.failure != nil))
            }
        }
    }

    @Test(
        "what a Gemini client adds up from the stream is the answer without one",
        arguments: [WireFormat.openAIChat, .anthropicMessages])
    func accumulation(upstream: WireFormat) throws {
        let stream = GeminiStreamRun(
            try StreamSample.bytes("stream.rich.sse", of: upstream), from: upstream, to: .gemini, context: .sample())
        let parts = stream.objects.flatMap {
            $0.value(at: "candidates.0.content.parts").map { Array($0.elements) } ?? []
        }
        func words(_ isThought: Bool) -> String {
            parts.filter { ($0["thought"]?.bool ?? false) == isThought }.compactMap { $0["text"]?.string }.joined()
        }
        #expect(words(false) == "Let me check.")
        #expect(words(true) == (upstream == .anthropicMessages ? "Look up Paris." : ""))
        #expect(stream.objects.count { $0.value(at: "candidates.0.finishReason") != nil } == 1)
        #expect(stream.objects.last?["usageMetadata"] != nil || upstream == .openAIChat)
        #expect(stream.objects.allSatisfy { $0.value(at: "candidates.0.content.parts.0") != nil })
    }
}
