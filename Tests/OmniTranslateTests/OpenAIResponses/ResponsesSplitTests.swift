import OmniJSON
import TestSupport
import Testing

@testable import OmniTranslate

/// How a Responses stream was cut changes nothing, and what was cut short is never taken for whole.
@Suite struct ResponsesSplitTests {
    static let pairs: [(WireFormat, String, WireFormat)] = [
        (.openAIResponses, "stream.rich.sse", .openAIChat), (.openAIResponses, "stream.rich.sse", .anthropicMessages),
        (.openAIChat, "stream.rich.sse", .openAIResponses),
        (.anthropicMessages, "stream.rich.sse", .openAIResponses),
    ]

    @Test("C087 every split point gives the same bytes", arguments: pairs)
    func splits(upstream: WireFormat, name: String, client: WireFormat) throws {
        let input = try StreamSample.bytes(name, of: upstream)
        let whole = PairRun(input, from: upstream, to: client)
        let bytewise = PairRun(input, from: upstream, to: client, cuts: Array(1..<input.count))
        #expect(bytewise.output == whole.output && bytewise.usage == whole.usage && bytewise.report == whole.report)
        let source = StreamSplitTests.Source(name: name, format: upstream)
        let translator = StreamTranslator(from: upstream, to: client, context: .sample())
        let wrong = try StreamSplitTests.cuts(of: source, in: translator) { translator, bytes, output in
            _ = bytes.withUnsafeBytes { translator.push($0, into: &output) }
        }
        #expect(wrong == [])
    }

    @Test(arguments: ["stream.minimal.sse", "stream.rich.sse", "stream.error.sse"])
    func everySplitPointGivesTheSamePassthrough(name: String) throws {
        let source = StreamSplitTests.Source(name: name, format: .openAIResponses)
        let monitor = StreamMonitor(format: .openAIResponses, hidesUsageChunk: false)
        let wrong = try StreamSplitTests.cuts(of: source, in: monitor) { monitor, bytes, output in
            _ = bytes.withUnsafeBytes { monitor.push($0, into: &output) }
        }
        #expect(wrong == [])
    }

    @Test("C070 C071 C073 EOF at every event is an error or the end", arguments: pairs)
    func truncation(upstream: WireFormat, name: String, client: WireFormat) throws {
        let input = try StreamSample.bytes(name, of: upstream)
        let ends = input.indices.dropFirst().filter { input[$0] == 0x0A && input[$0 - 1] == 0x0A }.map { $0 + 1 }
        var complete = 0
        for end in [0] + ends {
            // A chat server that always says `[DONE]`: its finish proves nothing yet.
            let context = TranslationContext.sample(endsStreamsWithDone: true)
            let run = PairRun(input[..<end], from: upstream, to: client, context: context)
            #expect(run.progress.isComplete != (run.progress.failure != nil))
            complete += run.progress.isComplete ? 1 : 0
            guard client == .openAIResponses, run.progress.isMeaningful else { continue }
            let grammar = ResponsesGrammar(run)
            #expect(grammar.problems == [])
            #expect(grammar.ending == (run.progress.isComplete ? "response.completed" : "response.failed"))
        }
        #expect(complete == 1)
    }

    @Test func theMonitorLeavesEveryByteAndKnowsTheEnd() throws {
        for name in ["stream.minimal.sse", "stream.rich.sse"] {
            let input = try StreamSample.bytes(name, of: .openAIResponses)
            let run = StreamRun.watching(input, of: .openAIResponses)
            #expect(run.output == input && run.progress.isComplete && run.progress.isMeaningful)
            #expect(run.progress.failure == nil)
            #expect(run.usage == PairRun(input, from: .openAIResponses, to: .openAIChat).usage)
            let ends = input.indices.dropFirst().filter { input[$0] == 0x0A && input[$0 - 1] == 0x0A }.map { $0 + 1 }
            for end in ends.dropLast() {
                let cut = StreamRun.watching(input[..<end], of: .openAIResponses)
                #expect(cut.progress.failure?.code == "truncated" && !cut.progress.isComplete)
                guard cut.progress.isMeaningful else { continue }
                let events = StreamRun.events(in: cut.output)
                let last = try JSONValue(parsing: Array(try #require(events.last).data.utf8))
                #expect(last["type"]?.string == "error" && last["sequence_number"]?.int == events.count - 1)
            }
        }
    }

    @Test("C078 the upstream's own error passes and is told")
    func monitoredErrors() throws {
        let input = try StreamSample.bytes("stream.error.sse", of: .openAIResponses)
        let run = StreamRun.watching(input, of: .openAIResponses)
        #expect(run.output == input && run.progress.failure?.message == "Upstream connection lost")
        #expect(!run.progress.isComplete && !run.progress.isMeaningful)
        let late = ResponsesStream.events(
            ResponsesStream.created, ResponsesStream.delta("output_text", 0, "a"),
            #""type":"response.failed","response":{"status":"failed","error":{"code":"rate_limit_exceeded","message":"slow"},"usage":{"input_tokens":7}}"#
        )
        let watched = StreamRun.watching(Array(late.utf8), of: .openAIResponses)
        #expect(watched.text == late && watched.progress.failure?.kind == .rateLimit)
        #expect(watched.progress.isMeaningful && watched.usage?.input == 7)
    }

    @Test("C180 only what the samples hold is meaningful: an opening is not")
    func openings() throws {
        let input = try StreamSample.bytes("stream.minimal.sse", of: .openAIResponses)
        let ends = input.indices.dropFirst().filter { input[$0] == 0x0A && input[$0 - 1] == 0x0A }.map { $0 + 1 }
        let meaningful = ends.map { StreamRun.watching(input[..<$0], of: .openAIResponses).progress.isMeaningful }
        #expect(meaningful == [false, false, false, false, true, true, true, true, true])
    }

    @Test("mutated samples end in a legal body or an error, never in a trap")
    func mutations() throws {
        var random = SeededNumbers(seed: 0x2511_2026)
        let request = try StreamSample.bytes("request.rich.json", of: .openAIResponses)
        let answer = try StreamSample.bytes("response.rich.json", of: .openAIResponses)
        let stream = try StreamSample.bytes("stream.rich.sse", of: .openAIResponses)
        var outcomes = (read: 0, refused: 0)
        for _ in 0..<300 {
            // What is no JSON any more is the business of its own suite.
            let body = try? JSONValue(parsing: mutated(request, using: &random))
            for target in [WireFormat.openAIResponses, .openAIChat, .anthropicMessages] {
                guard let body else { continue }
                do {
                    let decoded = try Translator.decodeRequest(body, from: .openAIResponses)
                    let context = TranslationContext(model: "gpt-6-luna", provider: "openai")
                    let encoded = try Translator.encodeRequest(decoded, to: target, context: context)
                    #expect(try JSONValue(parsing: encoded.body).kind == .object)
                    outcomes.read += 1
                } catch is TranslationError {
                    outcomes.refused += 1
                }
            }
            if let body = try? JSONValue(parsing: mutated(answer, using: &random)) {
                for client in [WireFormat.openAIChat, .anthropicMessages] {
                    // Refused or read: both are fine, a trap is not.
                    guard
                        let encoded = try? Translator.translateResponse(
                            body, from: .openAIResponses, to: client, context: .sample())
                    else { continue }
                    #expect(try JSONValue(parsing: encoded.body).kind == .object)
                }
            }
            let run = PairRun(mutated(stream, using: &random), from: .openAIResponses, to: .anthropicMessages)
            #expect(run.progress.isComplete != (run.progress.failure != nil))
        }
        // Both must happen, or the mutations are too wild or too tame to show anything.
        #expect(outcomes.read > 20 && outcomes.refused > 20)
    }

    /// The bytes with a few runs swapped, doubled, cut out or put in.
    private func mutated(_ bytes: [UInt8], using random: inout SeededNumbers) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...2, using: &random) {
            let start = Int.random(in: 0..<bytes.count, using: &random)
            let end = min(bytes.count, start + Int.random(in: 1...12, using: &random))
            switch Int.random(in: 0...3, using: &random) {
            case 0: bytes.removeSubrange(start..<end)
            case 1: bytes.insert(contentsOf: bytes[start..<end], at: start)
            case 2: bytes.replaceSubrange(start..<min(start + 1, end), with: Array("x".utf8))
            default:
                let words = ["null", "-1", "[]", "{}", "\"\"", "1e999", "true"]
                bytes.insert(contentsOf: Array((words.randomElement(using: &random) ?? "0").utf8), at: start)
            }
        }
        return bytes
    }
}
