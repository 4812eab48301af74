import OmniCore
import OmniTranslate
import Testing

/// Streams whose size is the trouble: they may break, but never look whole.
@Suite struct LargeStreamTests {
    /// 1.5 MiB of comments, more than is held back.
    private static let comments = [ScriptedTransport.Piece](
        repeating: .bytes(": " + String(repeating: "x", count: 1 << 18) + "\n\n"), count: 6)

    @Test(arguments: CommitPointTests.openings)
    func meaninglessBytesBeyondTheLimitThenTheEnd(_ opening: CommitPointTests.Opening) async throws {
        let result = try await opening.scenario([
            .answer(headers: [("content-type", "text/event-stream")], pieces: Self.comments)
        ]).run()
        if result.client.calls == [.respond] {
            #expect(result.client.status == 502)
        } else {
            try CommitPointTests.expectOneFinalError(result, client: opening.client)
        }
    }

    @Test(arguments: CommitPointTests.openings)
    func anEventWithoutEndIsGivenUp(_ opening: CommitPointTests.Opening) async throws {
        let endless = [ScriptedTransport.Piece](repeating: .bytes(String(repeating: "x", count: 1 << 20)), count: 20)
        let result = try await opening.scenario([
            opening.reply([.bytes(opening.text("Hel")), "data: "] + endless)
        ]).run()
        #expect(result.abandoned == 1)
        try CommitPointTests.expectOneFinalError(result, client: opening.client)
    }

    @Test func manySmallEventsPass() async throws {
        let texts = (0..<2000).map { EngineSamples.chatText("word\($0) ") }
        let result = try await EngineScenario(
            body: EngineSamples.chatStreamRequest,
            replies: [
                .answer(
                    headers: [("content-type", "text/event-stream")],
                    pieces: (texts + [EngineSamples.chatFinish, EngineSamples.chatDone]).map { .bytes($0) })
            ]
        ).run()
        #expect(result.client.text == texts.joined() + EngineSamples.chatFinish + EngineSamples.chatDone)
        // One read makes at most one write.
        #expect(result.client.calls.count <= 2002)
    }
}
