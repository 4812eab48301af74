import OmniCore
import Testing

/// The clock moves 5 ms each time it is read, so that what is counted can be told from how often it was.
@Suite struct OverheadTests {
    @Test(arguments: [false, true])
    func waitsAreTakenOff(isStreaming: Bool) async throws {
        let record = try await EngineScenario(
            body: isStreaming ? EngineSamples.chatStreamRequest : EngineSamples.chatRequest,
            replies: [isStreaming ? .events(.bytes(EngineSamples.chatStream)) : .json(EngineSamples.chatAnswer)]
        ).run().record
        let overhead = try #require(record.overheadMicroseconds)
        let first = try #require(record.timeToFirstTokenMS)
        // From asking to the head and from there to the body, one step of the clock each at least.
        #expect(overhead > 0 && overhead <= (first - 10) * 1000)
    }

    @Test func attemptsThatFailedAreTakenOff() async throws {
        let answered = try await EngineScenario(
            accounts: 2, body: EngineSamples.chatRequest, replies: [.json(EngineSamples.chatAnswer)]
        ).run().record
        let second = try await EngineScenario(
            accounts: 2, body: EngineSamples.chatRequest,
            replies: [.json(#"{"error":{"message":"busy"}}"#, status: 503), .json(EngineSamples.chatAnswer)]
        ).run().record
        #expect(second.attempts == 2)
        let waited = { (record: UsageRecord) throws in
            try #require(record.timeToFirstTokenMS) * 1000 - (try #require(record.overheadMicroseconds))
        }
        // Once more until the head, and from there until the whole error.
        #expect(try waited(second) == waited(answered) + 10_000)
    }

    @Test func errorsHaveOneToo() async throws {
        let record = try await EngineScenario(body: #"{"model":"nowhere/m","messages":[]}"#, replies: []).run().record
        #expect(record.overheadMicroseconds.map { $0 > 0 && $0 <= record.latencyMS * 1000 } == true)
    }
}
