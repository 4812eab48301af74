import OmniJSON
import Testing

@testable import OmniTranslate

/// Answers that were no streams are legal streams when they are written as such, and say the same.
@Suite struct RecordedAnswerTests {
    @Test(arguments: WriterTarget.all)
    func madeUpAnswersAreLegalStreams(target: WriterTarget) {
        var count = 0
        for seed in UInt64(0)..<800 {
            let events = RandomEvents.sequence(seed: seed, isLegal: true)
            guard !ExpectedAnswer(events).hasFailed else { continue }
            count += 1
            var answer = ResponseAccumulator()
            for event in events { answer.add(event) }
            let whole = answer.wholeResponse.events
            var encoder = StreamEncoder(to: target.client, context: target.context)
            var output: [UInt8] = []
            for event in whole { encoder.encode(event, into: &output) }
            let problems = target.problems(of: output, expecting: ExpectedAnswer(events))
            guard problems.isEmpty else {
                Issue.record("seed \(seed): \(problems.prefix(3))")
                return
            }
        }
        #expect(count > 400)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let upstream: WireFormat
        let client: WireFormat

        var testDescription: String { "\(upstream.rawValue)/\(name) to \(client.rawValue)" }
    }

    static let cases = WireFormat.allCases.flatMap { upstream in
        WireFormat.allCases.flatMap { client in
            ["response.minimal.json", "response.rich.json"].map { Case(name: $0, upstream: upstream, client: client) }
        }
    }

    @Test("the stream of an answer, collected, is the answer", arguments: cases)
    func streamsSayTheSame(sample: Case) throws {
        let context = TranslationContext.sample(includesStreamUsage: true)
        let bytes = try StreamSample.bytes(sample.name, of: sample.upstream)
        let answer = try RecordedAnswer(bytes, isStream: false, from: sample.upstream, context: context)
        #expect(answer.endsNormally || sample.name.contains("rich"))
        let stream = answer.stream(to: sample.client, context: context)
        var collector = StreamCollector(from: sample.client, to: sample.client, context: context)
        let progress = stream.bytes.withUnsafeBytes { collector.push($0) }
        #expect(progress.failure == nil && progress.isMeaningful)
        let collected = try JSONValue(parsing: collector.finish().body)
        let direct = try JSONValue(
            parsing: Translator.translateResponse(
                JSONValue(parsing: bytes), from: sample.upstream, to: sample.client, context: context
            ).body)
        let again = try RecordedAnswer(
            Array(collected.raw), isStream: false, from: sample.client, context: context)
        let expected = try RecordedAnswer(Array(direct.raw), isStream: false, from: sample.client, context: context)
        #expect(again.hasToolCalls == expected.hasToolCalls && again.endsNormally == expected.endsNormally)
        #expect(again.usage == expected.usage)
        #expect(
            collected["choices"]?.elements.map { $0["message"]?["content"]?.string ?? "" }
                == direct["choices"]?.elements.map { $0["message"]?["content"]?.string ?? "" })
        #expect(
            collected["content"]?.elements.map { $0["text"]?.string ?? "" }
                == direct["content"]?.elements.map { $0["text"]?.string ?? "" })
    }

    @Test(arguments: WireFormat.allCases)
    func recordedStreamsAreRead(format: WireFormat) throws {
        let name = format == .ollama ? "stream.minimal.ndjson" : "stream.minimal.sse"
        let bytes = try StreamSample.bytes(name, of: format)
        let answer = try RecordedAnswer(bytes, isStream: true, from: format, context: .sample())
        #expect(answer.endsNormally && !answer.hasToolCalls && !answer.usedHostedTools)
        #expect(throws: UpstreamFault.self) {
            _ = try RecordedAnswer(
                Array(bytes.prefix(bytes.count / 2)), isStream: true, from: format,
                context: .sample(endsStreamsWithDone: true))
        }
    }

    @Test(arguments: [("stop", true), ("tool_calls", true), ("length", false), ("content_filter", false)])
    func onlyAnswersThatEndByThemselvesEndNormally(reason: String, isNormal: Bool) throws {
        let body =
            #"{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"\#(reason)"}]}"#
        let answer = try RecordedAnswer(Array(body.utf8), isStream: false, from: .openAIChat, context: .sample())
        #expect(answer.endsNormally == isNormal)
        #expect(answer.hasToolCalls == (reason == "tool_calls"))
    }

    @Test func errorsAreNoAnswers() {
        for body in [#"{"error":{"message":"no"}}"#, "{", "[]"] {
            #expect(throws: UpstreamFault.self) {
                _ = try RecordedAnswer(Array(body.utf8), isStream: false, from: .openAIChat, context: .sample())
            }
        }
    }
}
