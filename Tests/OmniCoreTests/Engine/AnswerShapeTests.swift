import OmniCore
import OmniJSON
import OmniTranslate
import Testing

/// Upstreams that answer in another way than they were asked to: known by content type, then by the first bytes.
@Suite struct AnswerShapeTests {
    @Test(arguments: [WireFormat.openAIChat, .anthropicMessages], [WireFormat.openAIChat, .anthropicMessages])
    func anEventStreamIsCollectedForAClientThatWantsNone(client: WireFormat, upstream: WireFormat) async throws {
        let result = try await EngineScenario(
            client: client, upstream: upstream,
            body: client == .openAIChat ? EngineSamples.chatRequest : EngineSamples.messagesRequest,
            replies: [
                .events(.bytes(upstream == .openAIChat ? EngineSamples.chatStream : EngineSamples.messagesStream))
            ]
        ).run()
        #expect(result.client.status == 200)
        let answer = try JSONValue(parsing: result.client.body)
        let text =
            client == .openAIChat
            ? answer["choices"]?.elements.first { _ in true }?["message"]?["content"]?.string
            : answer["content"]?.elements.first { _ in true }?["text"]?.string
        #expect(text == "Hello")
        #expect(result.client.header("content-type") == ["application/json"])
    }

    /// A complete answer in place of a stream counts as a failure, so that an account that streams can serve.
    @Test(arguments: [WireFormat.openAIChat, .anthropicMessages], [WireFormat.openAIChat, .anthropicMessages])
    func aWholeAnswerIsNoStream(client: WireFormat, upstream: WireFormat) async throws {
        let isChat = upstream == .openAIChat
        let whole = ScriptedTransport.Reply.json(isChat ? EngineSamples.chatAnswer : EngineSamples.messagesAnswer)
        let stream = ScriptedTransport.Reply.events(
            .bytes(isChat ? EngineSamples.chatStream : EngineSamples.messagesStream))
        var scenario = EngineScenario(
            client: client, upstream: upstream, accounts: 2,
            body: client == .openAIChat ? EngineSamples.chatStreamRequest : EngineSamples.messagesStreamRequest,
            replies: [whole, stream])
        let saved = try await scenario.run()
        #expect(saved.client.status == 200 && saved.record.attempts == 2)
        scenario.replies = [whole, whole]
        let lost = try await scenario.run()
        #expect(lost.client.status == 502 && lost.client.calls == [.respond])
        #expect(lost.record.errorCode == "upstream_invalid")
    }

    @Test(arguments: ["text/event-stream", "TEXT/EVENT-STREAM", "text/event-stream;charset=UTF-8"])
    func theContentTypeIsReadWithoutRegardToCase(type: String) async throws {
        let result = try await EngineScenario(
            body: EngineSamples.chatStreamRequest,
            replies: [.answer(headers: [("Content-Type", type)], pieces: [.bytes(EngineSamples.chatStream)])]
        ).run()
        #expect(result.client.text == EngineSamples.chatStream)
    }

    /// Not a few servers stream without saying so.
    @Test(arguments: [nil, "text/plain", "application/octet-stream"] as [String?])
    func aStreamWithoutItsContentTypeIsKnownByItsFirstBytes(type: String?) async throws {
        let result = try await EngineScenario(
            body: EngineSamples.chatStreamRequest,
            replies: [
                .answer(headers: type.map { [("content-type", $0)] } ?? [], pieces: [.bytes(EngineSamples.chatStream)])
            ]
        ).run()
        #expect(result.client.status == 200)
        #expect(result.client.text == EngineSamples.chatStream)
    }

    /// A JSON answer that quotes events is JSON.
    @Test func jsonThatQuotesEventsIsNotMisread() async throws {
        let answer = EngineSamples.chatAnswer.replacingOnce("Hello", with: #"\ndata: {}\n\nevent: x\n"#)
        let result = try await EngineScenario(body: EngineSamples.chatRequest, replies: [.json(answer)]).run()
        #expect(result.client.text == answer)
    }

    @Test func silenceGivesKeepAlivesOnlyAfterTheCommitPoint() async throws {
        let chat = try await EngineScenario(
            body: EngineSamples.chatStreamRequest,
            replies: [
                .events(
                    .silence, .bytes(EngineSamples.chatRole), .silence, .bytes(EngineSamples.chatText("Hi")), .silence,
                    .bytes(EngineSamples.chatFinish + EngineSamples.chatDone))
            ]
        ).run()
        let expected =
            EngineSamples.chatRole + EngineSamples.chatText("Hi") + ": keepalive\n\n" + EngineSamples.chatFinish
            + EngineSamples.chatDone
        #expect(chat.client.text == expected)
        #expect(chat.client.readsBeforeHead == 4)
        let messages = try await EngineScenario(
            client: .anthropicMessages, upstream: .anthropicMessages, body: EngineSamples.messagesStreamRequest,
            replies: [
                .events(
                    .silence,
                    .bytes(EngineSamples.messageStart + EngineSamples.blockStart + EngineSamples.messageText("Hi")),
                    .silence, .bytes(EngineSamples.blockStop + EngineSamples.messageDelta + EngineSamples.messageStop))
            ]
        ).run()
        #expect(messages.client.text.components(of: "event: ping\ndata: {\"type\":\"ping\"}\n\n") == 1)
    }

    /// A keep-alive inside an event would tear it apart.
    @Test func silenceInTheMiddleOfAnEventDoesNotBreakIt() async throws {
        let event = EngineSamples.chatText("whole")
        let middle = event.index(event.startIndex, offsetBy: 40)
        let result = try await EngineScenario(
            body: EngineSamples.chatStreamRequest,
            replies: [
                .events(
                    .bytes(EngineSamples.chatText("Hi")), .bytes(String(event[..<middle])), .silence,
                    .bytes(String(event[middle...])), .bytes(EngineSamples.chatFinish + EngineSamples.chatDone))
            ]
        ).run()
        #expect(result.client.text.events.contains(String(event.dropLast(2))))
    }

    @Test func silenceInACompleteAnswerIsNothing() async throws {
        let half = EngineSamples.chatAnswer.index(EngineSamples.chatAnswer.startIndex, offsetBy: 50)
        let result = try await EngineScenario(
            body: EngineSamples.chatRequest,
            replies: [
                .answer(pieces: [
                    .silence, .bytes(String(EngineSamples.chatAnswer[..<half])), .silence,
                    .bytes(String(EngineSamples.chatAnswer[half...])),
                ])
            ]
        ).run()
        #expect(result.client.text == EngineSamples.chatAnswer)
    }

    @Test func whatFollowsTheTerminatorIsNotSent() async throws {
        let result = try await EngineScenario(
            body: EngineSamples.chatStreamRequest,
            replies: [.events(.bytes(EngineSamples.chatStream), .bytes(": bye\n\n"), .bytes("data: {\"late\":1}\n\n"))]
        ).run()
        #expect(result.client.text == EngineSamples.chatStream)
        #expect(result.reads == 4)
    }

    /// The end of the answer ends its last event; nothing may be read after it.
    @Test(arguments: ["", "\n"])
    func aTerminatorWithoutItsBlankLineIsOne(end: String) async throws {
        let events = EngineSamples.chatStream.dropLast(2) + end
        let result = try await EngineScenario(
            body: EngineSamples.chatStreamRequest, replies: [.events(.bytes(String(events)))]
        ).run()
        #expect(result.client.text.hasPrefix(events))
        #expect(result.record.errorCode == nil)
        #expect(result.reads == 2)
    }

    @Test(arguments: [.silence, .failure(.connectionLost)] as [ScriptedTransport.Piece])
    func troubleAfterTheTerminatorIsNobodysConcern(piece: ScriptedTransport.Piece) async throws {
        let result = try await EngineScenario(
            body: EngineSamples.chatStreamRequest, replies: [.events(.bytes(EngineSamples.chatStream), piece)]
        ).run()
        #expect(result.client.text == EngineSamples.chatStream)
        #expect(result.record.errorCode == nil)
    }
}
