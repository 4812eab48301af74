import OmniTranslate
import Testing

@testable import OmniCore

/// Random upstreams against the whole engine: whatever they do, a request ends once and in its dialect.
@Suite struct RandomCourseTests {
    @Test(arguments: CommitPointTests.openings)
    func everyStreamEndsOnce(_ opening: CommitPointTests.Opening) async throws {
        var random = SplitMix64(seed: 7)
        for _ in 0..<150 {
            let accounts = Int.random(in: 1...4, using: &random)
            let replies = (0..<accounts).map { _ in Self.reply(opening, using: &random) }
            let result = try await opening.scenario(accounts: accounts, replies).run()
            // Accounts are tried in order and each once at most.
            let tried = result.requests.compactMap(\.target.connection?.rawValue)
            #expect(tried == (0..<tried.count).map { "account-\($0)" })
            #expect(result.record.attempts == tried.count)
            #expect(result.record.status == result.client.status)
            try Self.expectOneEnd(result, client: opening.client)
        }
    }

    /// A whole stream, a whole stream cut anywhere, trouble anywhere in it, or no stream at all.
    private static func reply(
        _ opening: CommitPointTests.Opening, using random: inout SplitMix64
    ) -> ScriptedTransport.Reply {
        let whole = opening.opening.joined() + opening.text("Hel") + opening.text("lo") + opening.rest
        var pieces = whole.pieces(of: Int.random(in: 1...300, using: &random))
        let position = Int.random(in: 0...pieces.count, using: &random)
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return .unreachable(.connectionRefused)
        case 1: return .json(#"{"error":{"message":"slow down"}}"#, status: 429)
        case 2: return .json(#"{"error":{"message":"bad request"}}"#, status: 400)
        case 3: pieces = Array(pieces[..<position])
        case 4: pieces = pieces[..<position] + [.failure(.connectionLost)]
        case 5: pieces.insert(.silence, at: position)
        case 6: pieces = [.bytes(opening.opening.joined()), .bytes(opening.errorEvent)]
        default: break
        }
        return .answer(headers: [("content-type", "text/event-stream")], pieces: pieces)
    }

    private static func expectOneEnd(_ result: EngineScenario.Result, client: WireFormat) throws {
        if result.client.calls == [.respond] {
            #expect([400, 429, 502, 503, 529].contains(result.client.status))
            #expect(result.record.errorCode != nil)
        } else if result.record.errorCode == nil {
            let end = client == .openAIChat ? "data: [DONE]\n\n" : "{\"type\":\"message_stop\"}\n\n"
            #expect(result.client.text.components(of: end) == 1 && result.client.text.hasSuffix(end))
            #expect(result.client.text.components(of: "\"error\"") == 0)
            #expect(result.client.text.contains("\"Hel\"") && result.client.text.contains("\"lo\""))
        } else {
            try CommitPointTests.expectOneFinalError(result, client: client)
        }
    }
}
