import OmniCore
import OmniJSON
import OmniTranslate
import Testing

/// The head is held until the first meaningful event; before it a failure falls back, after it it ends the stream.
@Suite struct CommitPointTests {
    struct Opening: CustomTestStringConvertible {
        var client: WireFormat
        var upstream: WireFormat
        var testDescription: String { "\(upstream.rawValue) to \(client.rawValue)" }

        var body: String {
            client == .openAIChat ? EngineSamples.chatStreamRequest : EngineSamples.messagesStreamRequest
        }
        /// Pieces that say nothing yet.
        var opening: [String] {
            upstream == .openAIChat
                ? [": wait\n\n", EngineSamples.chatRole] : [EngineSamples.messageStart, EngineSamples.blockStart]
        }
        func text(_ text: String) -> String {
            upstream == .openAIChat ? EngineSamples.chatText(text) : EngineSamples.messageText(text)
        }
        var rest: String {
            upstream == .openAIChat
                ? EngineSamples.chatFinish + EngineSamples.chatUsage + EngineSamples.chatDone
                : EngineSamples.blockStop + EngineSamples.messageDelta + EngineSamples.messageStop
        }
        var errorEvent: String { upstream == .openAIChat ? EngineSamples.chatError : EngineSamples.messagesError }

        func scenario(accounts: Int = 1, _ replies: [ScriptedTransport.Reply]) -> EngineScenario {
            EngineScenario(client: client, upstream: upstream, accounts: accounts, body: body, replies: replies)
        }

        /// A stream of these pieces after the opening ones.
        func reply(_ pieces: [ScriptedTransport.Piece]) -> ScriptedTransport.Reply {
            .answer(
                headers: [("content-type", "text/event-stream")],
                pieces: opening.map { ScriptedTransport.Piece.bytes($0) } + pieces)
        }

        var whole: ScriptedTransport.Reply { reply([.bytes(text("Hel")), .bytes(text("lo")), .bytes(rest)]) }
    }

    static let openings: [Opening] = [
        Opening(client: .openAIChat, upstream: .openAIChat), Opening(client: .openAIChat, upstream: .anthropicMessages),
        Opening(client: .anthropicMessages, upstream: .openAIChat),
        Opening(client: .anthropicMessages, upstream: .anthropicMessages),
    ]

    @Test(arguments: openings)
    func theHeadWaitsForTheFirstMeaningfulEvent(_ opening: Opening) async throws {
        let result = try await opening.scenario([opening.whole]).run()
        #expect(result.client.readsBeforeHead == 3)
        #expect(String(decoding: result.client.firstBytes, as: UTF8.self).contains("Hel"))
        #expect(result.client.text.contains("lo"))
    }

    /// What ends the first account's stream before anything meaningful.
    static let earlyEnds: [ScriptedTransport.Piece?] = [
        nil, .failure(.connectionLost), .failure(.firstEventTimeout), .failure(.stalled),
    ]

    @Test(arguments: openings, earlyEnds.indices)
    func aFailureBeforeItFallsBackUnseen(_ opening: Opening, end: Int) async throws {
        let pieces = Self.earlyEnds[end].map { [$0] } ?? []
        let result = try await opening.scenario(accounts: 2, [opening.reply(pieces), opening.whole]).run()
        let alone = try await opening.scenario([opening.whole]).run()
        #expect(result.client.text == alone.client.text)
        #expect(result.requests.map(\.target.connection?.rawValue) == ["account-0", "account-1"])
        #expect(result.record.attempts == 2)
        #expect(result.record.connectionID == ConnectionID("account-1"))
        #expect(result.record.status == 200 && result.record.errorCode == nil)
    }

    @Test(arguments: openings)
    func anErrorEventBeforeItFallsBack(_ opening: Opening) async throws {
        let result = try await opening.scenario(
            accounts: 2, [opening.reply([.bytes(opening.errorEvent)]), opening.whole]
        ).run()
        #expect(result.client.text.components(of: "error") == 0)
        #expect(result.record.attempts == 2 && result.record.status == 200)
        #expect(result.abandoned == 1)
    }

    @Test(arguments: openings, earlyEnds.indices)
    func withoutAnotherAccountItIsAnOrdinaryErrorAnswer(_ opening: Opening, end: Int) async throws {
        let pieces = Self.earlyEnds[end].map { [$0] } ?? []
        let result = try await opening.scenario([opening.reply(pieces)]).run()
        #expect(result.client.calls == [.respond])
        #expect([502, 504].contains(result.client.status))
        #expect(result.client.header("content-type") == ["application/json"])
        let body = try JSONValue(parsing: result.client.body)
        #expect(body["error"]?["message"]?.string?.isEmpty == false)
        #expect(result.record.status == result.client.status)
        #expect(result.record.errorCode != nil)
    }

    /// The last one is the router's own shutdown: the client is still there.
    static let lateEnds: [ScriptedTransport.Piece?] = [
        nil, .failure(.connectionLost), .failure(.stalled), .failure(.totalTimeout), .failure(.cancelled),
    ]

    @Test(arguments: openings, lateEnds.indices)
    func aFailureAfterItEndsTheStreamWithOneError(_ opening: Opening, end: Int) async throws {
        let pieces = [.bytes(opening.text("Hel"))] + (Self.lateEnds[end].map { [$0] } ?? [])
        let result = try await opening.scenario(accounts: 2, [opening.reply(pieces)]).run()
        try Self.expectOneFinalError(result, client: opening.client)
        #expect(result.requests.count == 1)
    }

    @Test(arguments: openings)
    func anErrorEventAfterItEndsTheStream(_ opening: Opening) async throws {
        let pieces = [opening.text("Hel"), opening.errorEvent, opening.text("late"), opening.rest]
        let result = try await opening.scenario(
            accounts: 2, [opening.reply(pieces.map { ScriptedTransport.Piece.bytes($0) })]
        ).run()
        try Self.expectOneFinalError(result, client: opening.client)
        #expect(!result.client.text.contains("late"))
        #expect(result.abandoned == 1)
    }

    /// Half an event is out when the connection breaks: the error must be an event of its own all the same.
    @Test(arguments: openings)
    func anErrorInTheMiddleOfAnEventIsReadable(_ opening: Opening) async throws {
        let half = String(opening.text("lost").dropLast(12))
        let result = try await opening.scenario([
            opening.reply([.bytes(opening.text("Hel")), .bytes(half), .failure(.connectionLost)])
        ]).run()
        try Self.expectOneFinalError(result, client: opening.client)
    }

    /// The last event is an error of the client's dialect, the only one, and no terminator claims success.
    static func expectOneFinalError(
        _ result: EngineScenario.Result, client: WireFormat, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let text = result.client.text
        let events = text.events
        let errors = events.filter { $0.contains("\"error\"") }
        #expect(errors.count == 1, sourceLocation: sourceLocation)
        let last = try #require(events.last, sourceLocation: sourceLocation)
        let data = try #require(
            last.split(separator: "\n").first { $0.hasPrefix("data: ") }, sourceLocation: sourceLocation)
        let error = try #require(
            try JSONValue(parsing: Array(data.dropFirst(6).utf8))["error"], sourceLocation: sourceLocation)
        #expect(error["message"]?.string?.isEmpty == false, sourceLocation: sourceLocation)
        #expect(client == .openAIChat || last.hasPrefix("event: error\n"), sourceLocation: sourceLocation)
        let claims = ["data: [DONE]\n", "data: {\"type\":\"message_stop\"}\n"]
        #expect(!claims.contains { text.contains($0) }, sourceLocation: sourceLocation)
        #expect(text.hasSuffix("\n\n"), sourceLocation: sourceLocation)
        #expect(result.record.errorCode != nil, sourceLocation: sourceLocation)
        #expect(result.record.status == 200, sourceLocation: sourceLocation)
    }
}

extension String {
    /// The blocks between blank lines.
    var events: [String] {
        var events: [String] = []
        var block: [Substring] = []
        for line in split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty {
                if !block.isEmpty { events.append(block.joined(separator: "\n")) }
                block = []
            } else {
                block.append(line)
            }
        }
        return events + (block.isEmpty ? [] : [block.joined(separator: "\n")])
    }
}
