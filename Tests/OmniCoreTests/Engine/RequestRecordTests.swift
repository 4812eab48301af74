import OmniCore
import OmniTranslate
import Testing

/// What is recorded of a request, whatever becomes of it; ``EngineScenario`` checks that it is one record.
@Suite struct RequestRecordTests {
    struct Counts: Hashable {
        var input: Int
        var cacheRead: Int
        var cacheWrite: Int
        var output: Int
        var reasoning: Int

        init(_ input: Int, _ cacheRead: Int, _ cacheWrite: Int, _ output: Int, _ reasoning: Int) {
            self.input = input
            self.cacheRead = cacheRead
            self.cacheWrite = cacheWrite
            self.output = output
            self.reasoning = reasoning
        }

        init(_ record: UsageRecord) {
            self.init(
                record.inputTokens, record.cacheReadTokens, record.cacheWriteTokens, record.outputTokens,
                record.reasoningTokens)
        }
    }

    @Test(
        arguments: [WireFormat.openAIChat, .anthropicMessages],
        [(WireFormat.openAIChat, true), (.openAIChat, false), (.anthropicMessages, true), (.anthropicMessages, false)])
    func theFiveCountsAreDisjoint(client: WireFormat, upstream: (format: WireFormat, isStreaming: Bool)) async throws {
        let reply: ScriptedTransport.Reply =
            switch upstream {
            case (.openAIChat, true): .events(.bytes(EngineSamples.chatStream))
            case (.openAIChat, false): .json(EngineSamples.chatAnswer)
            case (_, true): .events(.bytes(EngineSamples.messagesStream))
            case (_, false): .json(EngineSamples.messagesAnswer)
            }
        let body =
            client == .openAIChat
            ? upstream.isStreaming ? EngineSamples.chatPlainStreamRequest : EngineSamples.chatRequest
            : upstream.isStreaming ? EngineSamples.messagesStreamRequest : EngineSamples.messagesRequest
        let record = try await EngineScenario(
            client: client, upstream: upstream.format, body: body, replies: [reply]
        ).run().record
        let expected = upstream.format == .openAIChat ? Counts(60, 40, 0, 20, 10) : Counts(60, 40, 5, 20, 0)
        #expect(Counts(record) == expected)
        #expect(!record.isEstimated)
        #expect(record.status == 200)
        #expect(record.isStreaming == upstream.isStreaming)
        #expect(record.clientFormat == client.rawValue && record.upstreamFormat == upstream.format.rawValue)
        #expect(record.timeToFirstTokenMS != nil)
    }

    @Test func aRecordNamesItsParts() async throws {
        let record = try await EngineScenario(
            accounts: 2, body: EngineSamples.chatRequest,
            replies: [.unreachable(.connectionRefused), .json(EngineSamples.chatAnswer)]
        ).run().record
        #expect(record.requestID == EngineScenario.requestID)
        #expect(record.startedAt == SteppingClock.wall)
        #expect(record.clientKeyID == ClientKeyID("key-1"))
        #expect(record.connectionID == ConnectionID("account-1"))
        #expect(record.provider == "node-up")
        #expect(record.requestedModel == "up/m" && record.servedModel == "m")
        #expect(record.path == "/v1/test")
        #expect(record.attempts == 2)
        #expect(record.latencyMS > 0)
        let first = try #require(record.timeToFirstTokenMS)
        #expect(first > 0 && first <= record.latencyMS)
    }

    @Test(arguments: [false, true])
    func withoutCountsBothSidesAreEstimated(isStreaming: Bool) async throws {
        let answer = EngineSamples.chatAnswer.replacingOnce("\"usage\"", with: "\"no_usage\"")
        let stream = EngineSamples.chatStream.replacingOnce(EngineSamples.chatUsage, with: "")
        let body = isStreaming ? EngineSamples.chatStreamRequest : EngineSamples.chatRequest
        let record = try await EngineScenario(
            body: body, replies: [isStreaming ? .events(.bytes(stream)) : .json(answer)]
        ).run().record
        #expect(record.isEstimated)
        #expect(record.inputTokens == body.utf8.count / 4)
        // Five bytes of text.
        #expect(record.outputTokens == 2)
    }

    /// What was already said is counted when nobody says what it was, passed on or translated.
    @Test(
        arguments: [WireFormat.openAIChat, .anthropicMessages], [WireFormat.openAIChat, .anthropicMessages])
    func anAnswerThatBrokeOffIsEstimatedByItsText(client: WireFormat, upstream: WireFormat) async throws {
        let words = (0..<40).map { "word\($0 % 10) " }
        let stream =
            upstream == .openAIChat
            ? EngineSamples.chatRole + words.map(EngineSamples.chatText).joined()
            : EngineSamples.messageStart + EngineSamples.blockStart + words.map(EngineSamples.messageText).joined()
        let body =
            client == .openAIChat ? EngineSamples.chatPlainStreamRequest : EngineSamples.messagesStreamRequest
        let record = try await EngineScenario(
            client: client, upstream: upstream, body: body,
            replies: [.events(.bytes(stream), .failure(.connectionLost))]
        ).run().record
        #expect(record.isEstimated)
        // 240 bytes.
        #expect(record.outputTokens == 60)
        // Anthropic counts the input at the beginning.
        #expect(record.inputTokens == (upstream == .openAIChat ? body.utf8.count / 4 : 60))
        #expect(record.cacheReadTokens == (upstream == .openAIChat ? 0 : 40))
    }

    @Test func whatWasCountedBeforeAStreamBrokeIsKept() async throws {
        let record = try await EngineScenario(
            client: .anthropicMessages, upstream: .anthropicMessages, body: EngineSamples.messagesStreamRequest,
            replies: [
                .events(
                    .bytes(EngineSamples.messageStart + EngineSamples.blockStart + EngineSamples.messageText("Hi")),
                    .failure(.connectionLost))
            ]
        ).run().record
        #expect(record.inputTokens == 60 && record.cacheReadTokens == 40 && record.cacheWriteTokens == 5)
        #expect(record.errorCode == "upstream_incomplete")
    }

    @Test func aFailedRequestCountsNoTokens() async throws {
        let record = try await EngineScenario(
            body: EngineSamples.chatRequest, replies: [.json(#"{"error":{"message":"bad"}}"#, status: 400)]
        ).run().record
        #expect(Counts(record) == Counts(0, 0, 0, 0, 0))
        #expect(record.status == 400 && record.errorCode != nil)
    }

    // MARK: The client leaves

    @Test(arguments: CommitPointTests.openings)
    func beforeTheHeadNothingIsWritten(_ opening: CommitPointTests.Opening) async throws {
        let result = try await opening.scenario(accounts: 2, [opening.reply([.stuck])]).runUntilTheClientLeaves()
        #expect(result.client.calls.isEmpty)
        #expect(result.record.status == 499)
        #expect(result.record.errorCode == "client_closed")
        // No other account is bothered for a client that is gone.
        #expect(result.requests.count == 1)
    }

    @Test(arguments: CommitPointTests.openings)
    func inTheMiddleOfAStreamNothingMoreIsWritten(_ opening: CommitPointTests.Opening) async throws {
        let result = try await opening.scenario(
            accounts: 2, [opening.reply([.bytes(opening.text("Hel")), .stuck])]
        ).runUntilTheClientLeaves()
        #expect(result.client.calls == [.start])
        #expect(!result.client.text.contains("\"error\""))
        #expect(result.record.status == 499)
        #expect(result.record.errorCode == "client_closed")
        #expect(result.requests.count == 1)
    }

    @Test func duringACompleteAnswerNothingIsWritten() async throws {
        let result = try await EngineScenario(
            accounts: 2, body: EngineSamples.chatRequest, replies: [.answer(pieces: ["{", .stuck])]
        ).runUntilTheClientLeaves()
        #expect(result.client.calls.isEmpty)
        #expect(result.record.status == 499)
    }
}
