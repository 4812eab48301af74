import OmniJSON
import Testing

@testable import OmniTranslate

/// A stream collected into one answer says what the answer that was never a stream says.
@Suite struct StreamCollectorTests {
    private typealias Sample = StreamSample

    /// A stream and what a client of one dialect gets of it, whether body or fault.
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let upstream: WireFormat
        let client: WireFormat

        var testDescription: String { "\(upstream.rawValue)/\(name) to \(client.rawValue)" }
        func stream() throws -> [UInt8] { try StreamSample.bytes(name, of: upstream) }
    }

    private static let served: [WireFormat] = [.openAIChat, .anthropicMessages]

    static let cases = StreamSplitTests.sources.flatMap { source in
        served.map { Case(name: source.name, upstream: source.format, client: $0) }
    }

    // MARK: Laws

    @Test(
        "collecting the translated stream is collecting the stream itself",
        arguments: cases.filter { $0.upstream != $0.client })
    func translationCommutes(sample: Case) throws {
        let stream = try sample.stream()
        let context = TranslationContext.sample(includesStreamUsage: true)
        let direct = Outcome(stream, from: sample.upstream, to: sample.client, context: context)
        let run = StreamRun.translating(stream, from: sample.upstream, context: context)
        let detour = Outcome(run.output, from: sample.client, to: sample.client, context: context)
        if let fault = direct.fault {
            #expect(fault == run.progress.failure && detour.fault != nil)
            return
        }
        // Anthropic's schema demands counts, so an upstream that gave none comes out as zeros there.
        // Thoughts in the care of a Chat client are for the one who made them: they come back with requests only.
        let carried = try Regex(#","extra_content":\{"omniroute":\{"thoughts":\[[^\]]*\]\}\}"#)
        #expect(detour.text == direct.text.replacing(carried, with: "") && detour.usage == direct.usage ?? Usage())
        #expect(Set(run.losses).union(detour.losses) == direct.losses)
    }

    /// Every dialect's streams, for every client.
    static let allCases = WireFormat.allCases.flatMap { upstream in
        WireFormat.allCases.flatMap { client in
            ["stream.minimal", "stream.rich"].map {
                Case(name: $0 + (upstream == .ollama ? ".ndjson" : ".sse"), upstream: upstream, client: client)
            }
        }
    }

    @Test(arguments: allCases)
    func howTheBytesWereCutChangesNothing(sample: Case) throws {
        let stream = try sample.stream()
        let whole = Outcome(stream, from: sample.upstream, to: sample.client)
        let bytewise = Outcome(stream, from: sample.upstream, to: sample.client, cuts: Array(stream.indices))
        #expect(whole == bytewise)
        #expect(whole.fault == nil && whole.json.map { Translator.isAnswer($0, of: sample.client) } == true)
    }

    @Test(arguments: allCases.filter { $0.upstream == $0.client })
    func theLastEventNeedsNoLineEnd(sample: Case) throws {
        var stream = try sample.stream()
        let whole = Outcome(stream, from: sample.upstream, to: sample.client)
        while stream.last == UInt8(ascii: "\n") { stream.removeLast() }
        #expect(Outcome(stream, from: sample.upstream, to: sample.client) == whole)
    }

    @Test(arguments: cases)
    func aStreamThatWasCutShortIsNoAnswer(sample: Case) throws {
        let stream = try sample.stream()
        let terminator = sample.upstream == .openAIChat ? "data: [DONE]" : "data: {\"type\": \"message_stop\"}"
        let end = try #require(
            sample.name == "stream.error.sse" ? stream.count : stream.firstRange(of: Array(terminator.utf8))?.lowerBound
        )
        let context = TranslationContext.sample(endsStreamsWithDone: true)
        for length in stride(from: 0, through: end, by: 7) {
            let outcome = Outcome(stream[..<length], from: sample.upstream, to: sample.client, context: context)
            #expect(outcome.fault != nil, "cut at \(length)")
        }
    }

    @Test(arguments: StreamAccumulationTests.chatPairs, served)
    func aChatStreamGivesTheAnswerItIsAStreamOf(pair: StreamAccumulationTests.Pair, client: WireFormat) throws {
        try expectEqual(pair, from: .openAIChat, to: client)
    }

    @Test(arguments: StreamAccumulationTests.anthropicPairs, served)
    func anAnthropicStreamGivesTheAnswerItIsAStreamOf(pair: StreamAccumulationTests.Pair, client: WireFormat) throws {
        try expectEqual(pair, from: .anthropicMessages, to: client)
    }

    @Test(arguments: WireFormat.allCases, WireFormat.allCases)
    func theMinimalSampleGivesTheMinimalAnswer(upstream: WireFormat, client: WireFormat) throws {
        var answer = String(decoding: try Sample.bytes("response.minimal.json", of: upstream), as: UTF8.self)
        // The chat sample is of a client that did not ask for usage, and names its configuration.
        if upstream == .openAIChat { answer.replace(#""usage""#, with: #""system_fingerprint": "fp_1", "other""#) }
        let stream = try Sample.bytes(
            upstream == .ollama ? "stream.minimal.ndjson" : "stream.minimal.sse", of: upstream)
        let expected = try Translator.translateResponse(
            JSONValue(parsing: Array(answer.utf8)), from: upstream, to: client, context: .sample())
        #expect(Outcome(stream, from: upstream, to: client) == Outcome(expected))
    }

    private func expectEqual(
        _ pair: StreamAccumulationTests.Pair, from upstream: WireFormat, to client: WireFormat
    ) throws {
        let expected = try Translator.translateResponse(
            JSONValue(parsing: Array(pair.answer.utf8)), from: upstream, to: client, context: .sample())
        let outcome = Outcome(Array(pair.stream.utf8), from: upstream, to: client)
        #expect(outcome.fault == nil)
        // Streams of chat say when they were made, these answers do not.
        let body = outcome.text.replacing(#""created":1790000000"#, with: #""created":1790000100"#)
        // Arguments keep the white space the upstream wrote; the same tokens are the same arguments.
        let tokens = [body, String(decoding: expected.body, as: UTF8.self)].map {
            $0.replacing(#":\" "#, with: #":\""#).replacing(#"\": 1.0"#, with: #"\":1.0"#)
                .replacing(#"": 1.0"#, with: #"":1.0"#)
        }
        #expect(tokens[0] == tokens[1])
        #expect(outcome.usage == expected.usage && outcome.losses == Set(expected.report.losses.map(\.field)))
    }

    // MARK: Contents

    @Test func choicesAreToldApartHoweverTheyInterleave() throws {
        let outcome = Outcome(
            chat: Sample.delta(#"{"content":"b1"}"#, choice: 1), Sample.delta(#"{"content":"a1"}"#),
            Sample.delta(#"{"content":"b2"}"#, choice: 1), Sample.delta(#"{"content":"a2"}"#),
            Sample.delta("{}", finish: "length", choice: 1), Sample.delta("{}", finish: "stop"))
        let choices = try #require(outcome.json?["choices"]).elements.map {
            "\($0["index"]?.int ?? -1) \($0["message"]?["content"]?.string ?? "") \($0["finish_reason"]?.string ?? "")"
        }
        #expect(choices == ["0 a1a2 stop", "1 b1b2 length"])
    }

    @Test func logprobsFollowOneAnother() {
        func piece(_ text: String, _ logprobs: String) -> String {
            Sample.delta(#"{"content":"\#(text)"}"#).replacing(
                "\"finish_reason\"", with: "\"logprobs\":\(logprobs),\"finish_reason\"")
        }
        let outcome = Outcome(
            chat: piece("a", #"{"content":[{"token":"a","logprob":-0.10}],"refusal":null}"#),
            piece("b", #"{"content":[{"token":"b"},{"token":"c"}],"refusal":null}"#), piece("d", "null"),
            Sample.delta("{}", finish: "stop"))
        #expect(
            outcome.json?["choices"]?.elements.first { _ in true }?["logprobs"]?.rawText
                == #"{"content":[{"token":"a","logprob":-0.10},{"token":"b"},{"token":"c"}],"refusal":null}"#)
    }

    @Test func annotationsOfSeveralChunksAreOneList() {
        func citation(_ url: String) -> String { #"{"type":"url_citation","url_citation":{"url":"\#(url)"}}"# }
        let outcome = Outcome(
            chat: Sample.delta(#"{"content":"ab"}"#), Sample.delta("{\"annotations\":[\(citation("u"))]}"),
            Sample.delta("{\"annotations\":[\(citation("v"))]}"), Sample.delta("{}", finish: "stop"))
        let message = outcome.json?["choices"]?.elements.first { _ in true }?["message"]
        #expect(message?["annotations"]?.rawText == "[\(citation("u")),\(citation("v"))]")
    }

    @Test func surrogatesInTwoPiecesAreOneCharacter() {
        let outcome = Outcome(
            chat: Sample.delta(#"{"content":"\ud83d"}"#), Sample.delta(#"{"content":"\ude00"}"#),
            Sample.delta("{}", finish: "stop"))
        #expect(outcome.text.contains(#""content":"\ud83d\ude00""#))
    }

    @Test func toolsGetTheirOwnNamesAndTheirFreeTextBack() {
        var context = TranslationContext.sample()
        context.renamedTools = ["f_1": "my.tool"]
        context.customTools = ["f_1"]
        let events =
            [
                Sample.messageStart, Sample.blockStart(0, #"{"type":"tool_use","id":"t","name":"f_1","input":{}}"#),
                Sample.blockDelta(0, #"{"type":"input_json_delta","partial_json":"{\"input\":"}"#),
                Sample.blockDelta(0, #"{"type":"input_json_delta","partial_json":"\"select 1\"}"}"#),
                Sample.blockStop(0), Sample.messageDelta("tool_use"), Sample.messageStop,
            ].map { Sample.anthropic($0) }.joined()
        let outcome = Outcome(Array(events.utf8), from: .anthropicMessages, to: .openAIChat, context: context)
        let message = outcome.json?["choices"]?.elements.first { _ in true }?["message"]
        #expect(
            message?["tool_calls"]?.rawText
                == #"[{"id":"t","type":"custom","custom":{"name":"my.tool","input":"select 1"}}]"#)
    }

    @Test func whatComesAfterTheTerminatorCountsForNothing() {
        let whole = Sample.chat(Sample.delta(#"{"content":"a"}"#), Sample.delta("{}", finish: "stop")) + Sample.done
        let outcome = Outcome(Array(whole.utf8), from: .openAIChat, to: .openAIChat)
        let longer = whole + Sample.chat(Sample.delta(#"{"content":"b"}"#)) + #"data: {"error":{"message":"x"}}\#n\#n"#
        #expect(outcome.fault == nil && outcome == Outcome(Array(longer.utf8), from: .openAIChat, to: .openAIChat))
    }

    // MARK: Progress and faults

    @Test func progressIsKnownBeforeTheEnd() {
        var collector = StreamCollector(from: .openAIChat, to: .anthropicMessages, context: .sample())
        var progress = collector.push(Sample.chat(Sample.delta(#"{"role":"assistant","content":""}"#)))
        #expect(!progress.isMeaningful && !progress.isComplete)
        progress = collector.push(Sample.chat(Sample.delta(#"{"content":"Hi"}"#)))
        #expect(progress.isMeaningful && !progress.isComplete && collector.usage == nil)
        progress = collector.push(Sample.chat(#""choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}"#))
        #expect(!progress.isComplete && collector.usage?.input == 3 && collector.usage?.output == 4)
        progress = collector.push(Sample.done)
        #expect(progress.isComplete && progress.failure == nil)
    }

    @Test(arguments: StreamErrorTests.frames)
    func anErrorEventIsTheFaultOfTheWhole(error: StreamErrorTests.ErrorFrame) {
        let opening =
            error.upstream == .openAIChat
            ? Sample.chat(Sample.delta(#"{"content":"Hi"}"#)) : Sample.anthropic(Sample.messageStart)
        let stream = Array((opening + "data: \(error.frame)\n\n").utf8)
        for client in Self.served {
            #expect(Outcome(stream, from: error.upstream, to: client).fault?.kind == error.kind)
        }
    }

    @Test(arguments: [
        ("", "truncated"), ("data: {\"choices\":\n\n", "malformed_answer"), ("data: [DONE]\n\n", "malformed_answer"),
        ("data: [1]\n\n", "malformed_answer"),
    ])
    func nothingAndNonsenseAreNoAnswer(stream: String, code: String) {
        #expect(Outcome(Array(stream.utf8), from: .openAIChat, to: .anthropicMessages).fault?.code == code)
    }

    @Test func aFailureIsReportedByEveryLaterCall() {
        var collector = StreamCollector(from: .anthropicMessages, to: .openAIChat, context: .sample())
        let error = Sample.anthropic(#"{"type":"error","error":{"type":"overloaded_error","message":"x"}}"#)
        #expect(collector.push(error).failure?.kind == .overloaded)
        let progress = collector.push(Sample.anthropic(Sample.messageStart, Sample.messageStop))
        #expect(progress.failure?.kind == .overloaded && !progress.isComplete)
        #expect { try collector.finish() } throws: { ($0 as? UpstreamFault)?.kind == .overloaded }
    }

    @Test(arguments: [
        #"{"content":"0123456789"}"#, #"{"reasoning_content":"0123456789"}"#, #"{"refusal":"0123456789"}"#,
        #"{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"0123456789"}}]}"#,
        #"{"content":"x","annotations":[{"type":"url_citation","url_citation":{"url":"u"}}]}"#,
        #"{"reasoning_details":[{"type":"reasoning.encrypted","data":"0123456789"}]}"#,
    ])
    func anAnswerWithoutEndIsAFault(delta: String) {
        let chunk = Sample.chat(Sample.delta(delta))
        var collector = StreamCollector(from: .openAIChat, to: .openAIChat, context: .sample(), maximumBytes: 4096)
        let first = (1...1000).first { _ in collector.push(chunk).failure?.code == "malformed_answer" }
        #expect((2...500).contains(first ?? 0))
    }

    @Test func blocksWithoutContentCountToo() {
        let block = Sample.anthropic(Sample.blockStart(0, #"{"type":"text","text":""}"#), Sample.blockStop(0))
        var collector = StreamCollector(
            from: .anthropicMessages, to: .openAIChat, context: .sample(), maximumBytes: 4096)
        #expect(collector.push(Sample.anthropic(Sample.messageStart) + block).failure == nil)
        #expect(collector.push(String(repeating: block, count: 200)).failure?.code == "malformed_answer")
    }
}

/// What came of a collected stream.
private struct Outcome: Equatable {
    var body: [UInt8] = []
    var usage: Usage?
    var losses: Set<String> = []
    var fault: UpstreamFault?

    init(_ response: EncodedResponse) {
        take(response)
    }

    private mutating func take(_ response: EncodedResponse) {
        body = response.body
        usage = response.usage
        losses = Set(response.report.losses.map(\.field))
    }

    /// - Parameter cuts: offsets where the bytes are cut into pieces; none means one piece.
    init(
        _ stream: some Sequence<UInt8>, from upstream: WireFormat, to client: WireFormat,
        context: TranslationContext = .sample(), cuts: [Int] = []
    ) {
        let bytes = Array(stream)
        var collector = StreamCollector(from: upstream, to: client, context: context)
        var start = 0
        for cut in cuts + [bytes.count] {
            _ = bytes[start..<cut].withUnsafeBytes { collector.push($0) }
            start = cut
        }
        do throws(UpstreamFault) {
            take(try collector.finish())
        } catch {
            fault = error
        }
    }

    /// A chat stream of these chunks for a chat client.
    init(chat chunks: String...) {
        let stream = chunks.map { StreamSample.chat($0) }.joined() + StreamSample.done
        self.init(Array(stream.utf8), from: .openAIChat, to: .openAIChat)
    }

    var text: String { String(decoding: body, as: UTF8.self) }

    var json: JSONValue? { try? JSONValue(parsing: body) }
}

extension StreamCollector {
    fileprivate mutating func push(_ text: String) -> StreamProgress {
        Array(text.utf8).withUnsafeBytes { push($0) }
    }
}
