import Foundation
import OmniJSON
import OmniTranslate
import Testing

/// Progress between the events of each dialect, wherever the bytes are cut.
@Suite struct ProgressInserterTests {
    private static let chat =
        StreamSample.chat(
            StreamSample.delta(#"{"role":"assistant","content":""}"#), StreamSample.delta(#"{"content":"12345678"}"#),
            StreamSample.delta("{}", finish: "stop"),
            #""choices":[],"usage":{"prompt_tokens":5,"completion_tokens":77}"#)
        + StreamSample.done
    private static let anthropic = StreamSample.anthropic(
        StreamSample.messageStart, StreamSample.blockStart(0, #"{"type":"text","text":""}"#),
        StreamSample.blockDelta(0, #"{"type":"text_delta","text":"12345678"}"#),
        #"{"type":"content_block_stop","index":0}"#,
        #"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":77}}"#,
        StreamSample.messageStop)
    private static let responses = [
        #"{"type":"response.created","response":{"id":"r"}}"#,
        #"{"type":"response.output_text.delta","delta":"12345678"}"#,
        #"{"type":"response.completed","response":{"id":"r","usage":{"output_tokens":77}}}"#,
    ].map { "event: x\ndata: \($0)\n\n" }.joined()
    private static let gemini = [
        #"{"candidates":[{"content":{"parts":[{"text":"12345678"}]}}]}"#,
        #"{"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"candidatesTokenCount":70,"thoughtsTokenCount":7}}"#,
    ].map { "data: \($0)\n\n" }.joined()

    private static let samples: [(WireFormat, String)] = [
        (.openAIChat, chat), (.anthropicMessages, anthropic), (.openAIResponses, responses), (.gemini, gemini),
    ]

    /// Pushes the bytes in pieces; the time of each is what the closure says of its number.
    private func run(
        _ format: WireFormat, _ text: String, size: Int = .max, time: (Int) -> Int = { _ in 100 }
    ) throws -> (output: String, boundaries: [String]) {
        var inserter = try #require(
            ProgressInserter(format: format, beginning: .init(attempt: 2, queuedMS: 3, firstByteMS: 4)))
        var output: [UInt8] = []
        var boundaries: [String] = []
        let bytes = Array(text.utf8)
        for (number, start) in stride(from: 0, to: bytes.count, by: min(size, bytes.count)).enumerated() {
            let end = min(bytes.count, size == .max ? bytes.count : start + size)
            bytes[start..<end].withUnsafeBytes { inserter.push($0, at: time(number), into: &output) }
            boundaries.append(String(decoding: output, as: UTF8.self))
        }
        inserter.finish(at: time(bytes.count), into: &output)
        return (String(decoding: output, as: UTF8.self), boundaries)
    }

    private func events(_ text: String) -> [String] { text.components(separatedBy: "\n\n") }

    private func progress(_ text: String) throws -> [JSONValue] {
        try events(text).compactMap { event in
            guard event.contains("\"elapsed_ms\""), let start = event.range(of: "data: ") else { return nil }
            return try JSONValue(parsing: Array(event[start.upperBound...].utf8))
        }
    }

    @Test(arguments: samples)
    func theFirstAndTheLastAreAlwaysTold(format: WireFormat, stream: String) throws {
        let output = try run(format, stream).output
        let progress = try progress(output)
        try #require(progress.count == 2)
        #expect(progress[0]["phase"]?.string == "first_byte")
        #expect(progress[0]["attempt"]?.int == 2)
        #expect(progress[0]["queued_ms"]?.int == 3)
        #expect(progress[0]["first_byte_ms"]?.int == 4)
        #expect(progress[0]["done"] == nil)
        #expect(progress[1]["phase"]?.string == "done")
        #expect(progress[1]["done"]?.bool == true)
        #expect(progress[1]["tokens_generated"]?.int == 77)
        #expect(progress[1]["elapsed_ms"]?.int == 100)
        #expect(progress[1]["attempt"] == nil)
        // Without progress it is the stream that came in, and its first event is still the first.
        let own = events(output).filter { !$0.contains("\"elapsed_ms\"") }.joined(separator: "\n\n")
        #expect(own == stream)
        #expect(events(output)[0] == events(stream)[0])
        #expect(output.contains("event: progress\n") == (format != .gemini))
    }

    @Test(arguments: samples)
    func theLastComesBeforeTheTerminator(format: WireFormat, stream: String) throws {
        let events = events(try run(format, stream).output).filter { !$0.isEmpty }
        let done = try #require(events.firstIndex { $0.contains("\"done\":true") })
        switch format {
        case .openAIChat: #expect(events[(done + 1)...].map { $0.contains("\"usage\"") } == [true, false])
        case .gemini: #expect(done == events.count - 1)
        default: #expect(done == events.count - 2)
        }
    }

    @Test(arguments: samples, [1, 2, 3, 7, 50])
    func whereverTheBytesAreCut(sample: (WireFormat, String), size: Int) throws {
        let (output, boundaries) = try run(sample.0, sample.1, size: size)
        #expect(output == (try run(sample.0, sample.1).output))
        // What follows the last progress is passed on as it comes.
        for text in boundaries where !text.contains("\"done\"") { #expect(text.isEmpty || text.hasSuffix("\n\n")) }
    }

    /// Many clients know only the pair of a carriage return and a line feed: nothing may come between them.
    @Test(arguments: samples, [1, 2, 3, 7, 5000])
    func lineEndsOfTwoBytesStayTogether(sample: (WireFormat, String), size: Int) throws {
        let text = sample.1.replacing("\n", with: "\r\n")
        let output = try run(sample.0, text, size: size).output
        #expect(output.utf8.count > text.utf8.count)
        #expect(try progress(output.replacing("\r\n", with: "\n")).count == 2)
        let blocks = output.replacing("\r\n", with: "\n")
        #expect(!blocks.contains("\r"))
        for block in events(blocks) { #expect(block.ranges(of: "data: ").count <= 1) }
    }

    @Test(arguments: samples)
    func itIsToldEveryTwoSecondsAtMost(format: WireFormat, stream: String) throws {
        var text = stream
        // Many events between the first and the last.
        let middle = events(stream)[1] + "\n\n"
        if format != .gemini {
            let first = events(stream)[0] + "\n\n"
            text = first + String(repeating: middle, count: 100) + stream.dropFirst(first.count)
        }
        let size = 40
        let times = try progress(try run(format, text, size: size, time: { $0 * 100 }).output)
            .map { try #require($0["elapsed_ms"]?.int) }
        for (earlier, later) in zip(times.dropLast(), times.dropFirst().dropLast()) { #expect(later - earlier >= 2000) }
        if format != .gemini { #expect(times.count > 3) }
    }

    @Test func tokensAreEstimatedUntilTheyAreCounted() throws {
        var inserter = try #require(
            ProgressInserter(format: .openAIChat, beginning: .init(attempt: 1, queuedMS: 0, firstByteMS: 0)))
        var output: [UInt8] = []
        let events = events(Self.chat).dropLast().map { Array(($0 + "\n\n").utf8) }
        for (index, event) in events.dropLast(2).enumerated() {
            event.withUnsafeBytes { inserter.push($0, at: index * 3000, into: &output) }
        }
        var told = try progress(String(decoding: output, as: UTF8.self))
        #expect(told.map { $0["tokens_generated"]?.int } == [0, 2, 2])
        #expect(told.map { $0["phase"]?.string } == ["first_byte", "streaming", "streaming"])
        // The client did not want the usage, yet it is known by the time of the end.
        try #require(events.last).withUnsafeBytes { inserter.push($0, at: 9001, into: &output) }
        inserter.countedTokens = 31
        inserter.finish(at: 9002, into: &output)
        told = try progress(String(decoding: output, as: UTF8.self))
        #expect(told.last?["tokens_generated"]?.int == 31)
        #expect(told.last?["done"]?.bool == true)
        #expect(String(decoding: output, as: UTF8.self).hasSuffix(StreamSample.done))
    }

    /// The accumulators of OpenAI's SDKs keep what the last chunk said.
    @Test func aChatChunkRepeatsWhatEveryChunkSays() throws {
        let chunk =
            #""system_fingerprint":"fp","choices":[{"index":0,"delta":{"content":"x"}}],"usage":{"prompt_tokens":1,"completion_tokens":2}"#
        let output = try run(.openAIChat, StreamSample.chat(chunk) + StreamSample.done).output
        let last = try #require(try progress(output).last)
        #expect(last["id"]?.string == "chatcmpl-1" && last["model"]?.string == "m" && last["created"]?.int != nil)
        #expect(last["choices"]?.elements.map { $0.kind }.isEmpty == true)
        #expect(last["system_fingerprint"]?.string == "fp")
        #expect(last["usage"]?["completion_tokens"]?.int == 2)
        #expect(last["tokens_generated"]?.int == 2)
    }

    @Test(arguments: [
        (WireFormat.openAIChat, #"data: {"error":{"message":"no"}}"#),
        (.anthropicMessages, "event: error\n" + #"data: {"type":"error","error":{"type":"overloaded_error"}}"#),
        (.openAIResponses, #"data: {"type":"response.failed","response":{}}"#),
        (.gemini, #"data: {"error":{"code":500}}"#),
    ])
    func aFailedStreamIsNotDone(format: WireFormat, error: String) throws {
        let sample = try #require(Self.samples.first { $0.0 == format }).1
        let text = events(sample)[0] + "\n\n" + error + "\n\n"
        let output = try run(format, text).output
        #expect(try progress(output).count == 1)
        #expect(output.hasSuffix(error + "\n\n"))
    }

    @Test func pausesAreForProgressOnlyBetweenEvents() throws {
        var inserter = try #require(
            ProgressInserter(format: .anthropicMessages, beginning: .init(attempt: 1, queuedMS: 0, firstByteMS: 0)))
        var output: [UInt8] = []
        #expect(!inserter.pause(at: 5000, into: &output))
        Array(Self.anthropic.utf8.prefix(40)).withUnsafeBytes { inserter.push($0, at: 5000, into: &output) }
        #expect(!inserter.pause(at: 5000, into: &output))
        #expect(output.isEmpty)
        let whole = events(Self.anthropic)[0].utf8.count + 2
        Array(Self.anthropic.utf8.prefix(whole).dropFirst(40)).withUnsafeBytes {
            inserter.push($0, at: 5000, into: &output)
        }
        #expect(!inserter.pause(at: 6999, into: &output))
        #expect(inserter.pause(at: 7000, into: &output))
        #expect(
            try progress(String(decoding: output, as: UTF8.self)).map { $0["phase"]?.string } == [
                "first_byte", "waiting",
            ])
    }

    @Test func linesHaveNoPlaceForIt() {
        let beginning = ProgressInserter.Beginning(attempt: 1, queuedMS: 0, firstByteMS: 0)
        #expect(ProgressInserter(format: .ollama, beginning: beginning) == nil)
    }
}
