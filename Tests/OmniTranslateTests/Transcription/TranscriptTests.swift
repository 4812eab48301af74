import OmniJSON
import Testing

@testable import OmniTranslate

/// Answers of upstreams with forms of their own, in every form a client may ask for.
@Suite struct TranscriptTests {
    private static func request(
        _ format: TranscriptionFormat, _ more: String = "", translates: Bool = false
    ) throws -> TranscriptionRequest {
        try TranscriptionRequest(
            try JSONValue(parsing: Array(#"{"model":"m","response_format":"\#(format.rawValue)"\#(more)}"#.utf8)),
            translates: translates)
    }

    private static func transcript(_ upstream: String) throws -> Transcript {
        let body = try JSONValue(
            parsing: Array(try SourceTree.text("Tests/OmniTranslateTests/Samples/transcription/\(upstream).json").utf8))
        guard upstream.hasPrefix("assemblyai") else { return try Transcript(deepgram: body) }
        guard case .completed(let transcript) = try AssemblyAIJobState(body) else { throw NotCompleted() }
        return transcript
    }

    struct NotCompleted: Error {}

    @Test(arguments: ["deepgram", "deepgram-speakers", "assemblyai", "assemblyai-speakers"])
    func answers(upstream: String) throws {
        let transcript = try Self.transcript(upstream)
        var text = ""
        for format in TranscriptionFormat.allCases {
            let more = format == .verboseJSON ? #","timestamp_granularities[]":["word","segment"]"# : ""
            let answer = transcript.answer(to: try Self.request(format, more))
            text += "=== \(format.rawValue)\n"
            text +=
                format.isJSON
                ? try JSONValue(parsing: answer).indented() + "\n" : String(decoding: answer, as: UTF8.self)
        }
        text += "=== stream\n" + String(decoding: transcript.events(), as: UTF8.self)
        try GoldenFile.expect(text, in: "golden-transcription/\(upstream).txt")
    }

    // MARK: Subtitles

    private static func spoken(_ text: String, secondsEach: Double, pauses: [Int: Double] = [:]) -> Transcript {
        var transcript = Transcript(text: text)
        var time = 0.0
        for (index, word) in text.split(separator: " ").enumerated() {
            time += pauses[index] ?? 0
            transcript.words.append(.init(text: String(word), start: time, end: time + secondsEach))
            time += secondsEach
        }
        return transcript
    }

    /// Two lines of 42 characters, seven seconds, in order, none over another.
    @Test(arguments: [0.05, 0.3, 2.5, 9])
    func cuesKeepTheirBounds(secondsEach: Double) {
        let text = (1...300).map { "word\($0 % 7 == 0 ? "." : "") \($0 * 1_000_003)" }.joined(separator: " ")
        let cues = SubtitleWriter.cues(of: Self.spoken(text, secondsEach: secondsEach, pauses: [40: 3, 41: 0.9]))
        #expect(cues.flatMap(\.lines).joined(separator: " ") == text)
        for cue in cues {
            #expect(cue.lines.count <= 2 && cue.lines.allSatisfy { $0.count <= 42 })
            #expect(cue.end - cue.start <= max(7000, Int(secondsEach * 1000) + 1))
            #expect(cue.start < cue.end)
        }
        for (earlier, later) in zip(cues, cues.dropFirst()) { #expect(earlier.end <= later.start) }
    }

    @Test func timesAreRoundedAndHoursGoOn() throws {
        var transcript = Transcript(text: "a b")
        transcript.words = [.init(text: "a", start: 3599.9995, end: 3600.5), .init(text: "b", start: 360_000, end: 1)]
        let text = String(decoding: transcript.answer(to: try Self.request(.srt)), as: UTF8.self)
        #expect(
            text == "1\n01:00:00,000 --> 01:00:00,500\na\n\n2\n100:00:00,000 --> 100:00:00,001\nb\n\n")
    }

    @Test func markupIsEscapedInOneFormatOnly() throws {
        var transcript = Transcript(text: "a <b> & --> c")
        transcript.segments = [.init(text: transcript.text, start: 0, end: 1)]
        let vtt = String(decoding: transcript.answer(to: try Self.request(.vtt)), as: UTF8.self)
        #expect(vtt.contains("a &lt;b&gt; &amp; --&gt; c"))
        #expect(
            String(decoding: transcript.answer(to: try Self.request(.srt)), as: UTF8.self).contains("a <b> & --> c"))
    }

    @Test func silenceIsNoError() throws {
        let body =
            #"{"metadata":{"duration":1},"results":{"channels":[{"alternatives":[{"transcript":"","words":[]}]}]}}"#
        let transcript = try Transcript(deepgram: try JSONValue(parsing: Array(body.utf8)))
        #expect(transcript.answer(to: try Self.request(.srt)) == [])
        #expect(transcript.answer(to: try Self.request(.vtt)) == Array("WEBVTT\n\n".utf8))
        #expect(transcript.answer(to: try Self.request(.text)) == [0x0A])
    }

    @Test(arguments: [(1, 0), (0.5, -0.693147), (0.9, -0.105361), (0.999, -0.001001), (0, -18.420681)])
    func logarithms(probability: Double, expected: Double) {
        #expect(NaturalLogarithm.of(probability) == expected)
    }

    // MARK: Upstreams

    @Test(arguments: [
        (#"{"status":"queued"}"#, "waiting"), (#"{"status":"processing"}"#, "waiting"),
        (#"{"status":"error","error":"Transcoding failed. File type is text."}"#, "invalidRequest 400 file"),
        (#"{"status":"error","error":"internal trouble"}"#, "upstream 502 -"),
        (#"{"status":"error"}"#, "upstream 502 -"),
        (#"{"status":"strange"}"#, "malformed"), ("{}", "malformed"),
        (#"{"status":"completed","text":null}"#, "completed"), (#"{"status":"completed","text":7}"#, "malformed"),
    ])
    func jobsTellHowTheyAre(body: String, expected: String) throws {
        let value = try JSONValue(parsing: Array(body.utf8))
        let found: String
        do throws(TranslationError) {
            switch try AssemblyAIJobState(value) {
            case .waiting: found = "waiting"
            case .completed: found = "completed"
            case .failed(let fault): found = "\(fault.kind.rawValue) \(fault.status) \(fault.parameter ?? "-")"
            }
        } catch {
            found = error.code == .malformedAnswer ? "malformed" : "\(error)"
        }
        #expect(found == expected)
    }

    @Test(arguments: ["[]", "{}", #"{"results":{}}"#, #"{"results":{"channels":[{"alternatives":[{"words":[{}]}]}]}}"#])
    func refusesWhatIsNoAnswerOfDeepgrams(body: String) throws {
        let value = try JSONValue(parsing: Array(body.utf8))
        #expect(throws: TranslationError.self) { _ = try Transcript(deepgram: value) }
    }

    @Test(
        arguments: [
            ("", nil, []), (#","prompt":"Kenobi, Tatooine""#, nil, ["Kenobi", "Tatooine"]),
            (#","keywords[]":["Yoda"],"prompt":"Darth  Vader""#, nil, ["Yoda", "Darth Vader"]),
            (#","prompt":"This is the second half of a long talk about ships.""#, "prompt", []),
        ] as [(String, String?, [String])])
    func promptsBecomeTermsWhereTheyAreLists(fields: String, lost: String?, terms: [String]) throws {
        let request = try Self.request(.json, fields)
        let asked = try request.deepgramQuery(model: "nova-3", isStrict: false)
        #expect(asked.parameters.filter { $0.name == "keyterm" }.map(\.value) == terms)
        #expect(asked.report.losses.map(\.field) == (lost.map { [$0] } ?? []))
        let job = try request.assemblyAIJob(model: "best", audioURL: "u", isStrict: false)
        let said = try JSONValue(parsing: job.body).present("keyterms_prompt").map { $0.elements.compactMap(\.string) }
        #expect(said ?? [] == terms)
    }

    @Test func olderModelsWeighWords() throws {
        let asked = try Self.request(.json, #","prompt":"Yoda""#).deepgramQuery(model: "nova-2", isStrict: true)
        #expect(asked.parameters.contains { $0 == ("keywords", "Yoda") })
    }

    @Test func translationsAreNoTranscriptions() throws {
        let request = try Self.request(.json, translates: true)
        #expect(throws: TranslationError.self) { _ = try request.deepgramQuery(model: "nova-3", isStrict: false) }
    }

    // MARK: Streams

    private static let stream =
        ": hello\n\ndata: {\"type\":\"transcript.text.delta\",\"delta\":\"Hi\"}\r\n\r\n"
        + "data: {\"type\":\"transcript.text.done\",\"text\":\"Hi\",\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}\n\n"

    @Test func watchesStreamsCutAnywhere() {
        let bytes = Array(Self.stream.utf8)
        for cut in 0...bytes.count {
            var watch = TranscriptStreamWatch()
            bytes[..<cut].withUnsafeBytes { watch.push($0) }
            bytes[cut...].withUnsafeBytes { watch.push($0) }
            watch.end()
            #expect(watch.hasWords && watch.isComplete && watch.fault == nil)
            #expect(watch.usage?.tokens?.input == 3)
        }
    }

    @Test(arguments: [
        "", ": only a comment\n\n", "data: {\"type\":\"transcript.text.delta\"}\n\n", "data: nonsense\n\n",
        "data: {\"error\":{\"message\":\"broken\"}}\n\n", "data: [DONE]\n\n",
    ])
    func streamsWithoutTheirEndAreFaults(stream: String) {
        var watch = TranscriptStreamWatch()
        Array(stream.utf8).withUnsafeBytes { watch.push($0) }
        watch.end()
        #expect(!watch.isComplete)
        #expect(watch.fault?.kind == .upstream)
    }
}
