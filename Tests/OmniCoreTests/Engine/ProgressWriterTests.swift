import NIOCore
import OmniTranslate
import Synchronization
import Testing

@testable import OmniCore

/// When progress is told, on a clock that tests move.
@Suite struct ProgressWriterTests {
    private final class ManualClock: RouterClock {
        private let nanoseconds = Atomic<UInt64>(0)

        func advance(_ milliseconds: UInt64) { nanoseconds.wrappingAdd(milliseconds * 1_000_000, ordering: .relaxed) }
        func wallMilliseconds() -> Int64 { 0 }
        func monotonicNanoseconds() -> UInt64 { nanoseconds.load(ordering: .relaxed) }
    }

    private let clock = ManualClock()
    private let client = RecordingWriter(ScriptedTransport([]))
    private let events = [("content-type", "text/event-stream; charset=utf-8")].map { (name: $0.0, value: $0.1) }

    private func writer(_ format: WireFormat = .openAIChat) -> ProgressWriter {
        ProgressWriter(client, format: format, clock: clock)
    }

    private func told() -> [String] {
        client.received.text.components(of: "\n\n").filter { $0.contains("\"elapsed_ms\"") }
    }

    @Test func theBeginningSaysHowLongEverythingTook() {
        let writer = writer()
        let attempt = ActiveRequest(model: "m", provider: "p", connectionID: nil)
        writer.attempting(attempt)
        clock.advance(70)
        writer.attempting(attempt)
        clock.advance(30)
        writer.start(status: 200, headers: events, body: ByteBuffer(string: EngineSamples.chatRole))
        #expect(client.received.header("x-omniroute-progress") == ["enabled"])
        #expect(told().count == 1)
        #expect(told().first?.contains(#""attempt":2,"queued_ms":70,"first_byte_ms":100"#) == true)
    }

    @Test func countsOfTheUpstreamAreTold() {
        let writer = writer()
        writer.start(status: 200, headers: events, body: ByteBuffer(string: EngineSamples.chatRole))
        var record = UsageRecord(requestID: "r", startedAt: 0)
        record.outputTokens = 40
        record.reasoningTokens = 2
        writer.metered(record)
        writer.finish(ByteBuffer(string: EngineSamples.chatFinish + EngineSamples.chatDone))
        #expect(told().last?.contains(#""tokens_generated":42"#) == true)
        #expect(client.received.text.hasSuffix(EngineSamples.chatDone))
        #expect(client.received.calls == [.start, .finish])
    }

    @Test func progressTakesThePlaceOfAKeepAlive() async {
        let writer = writer(.anthropicMessages)
        let keepAlive = StreamKeepAlive.frame(for: .anthropicMessages)
        writer.start(status: 200, headers: events, body: ByteBuffer(string: EngineSamples.messageStart))
        clock.advance(1999)
        await writer.write(ByteBuffer(bytes: keepAlive))
        #expect(client.received.text.hasSuffix(String(decoding: keepAlive, as: UTF8.self)))
        clock.advance(1)
        await writer.write(ByteBuffer(bytes: keepAlive))
        #expect(told().count == 2)
        #expect(told().last?.contains(#""phase":"waiting""#) == true)
        #expect(!client.received.text.hasSuffix(String(decoding: keepAlive, as: UTF8.self)))
    }

    @Test func halfAnEventIsHeldBack() async {
        let writer = writer()
        writer.start(status: 200, headers: events, body: ByteBuffer(string: EngineSamples.chatRole))
        let before = client.received
        await writer.write(ByteBuffer(string: "data: {\"a\""))
        #expect(client.received.calls == before.calls)
        await writer.write(ByteBuffer(string: ":1}\n\n"))
        #expect(client.received.text.hasSuffix("data: {\"a\":1}\n\n"))
    }

    @Test(arguments: [WireFormat.ollama, .gemini])
    func otherAnswersAreLeftAlone(format: WireFormat) async {
        let writer = writer(format)
        writer.start(status: 200, headers: [("content-type", "application/json")], body: ByteBuffer(string: "[{}"))
        await writer.write(ByteBuffer(string: ",{}"))
        writer.finish(ByteBuffer(string: "]"))
        #expect(client.received.text == "[{},{}]")
        #expect(client.received.header("x-omniroute-progress") == [])
    }
}

extension String {
    fileprivate func components(of separator: String) -> [String] {
        var rest = self[...]
        var found: [String] = []
        while let range = rest.firstRange(of: separator) {
            found.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return found + [String(rest)]
    }
}
