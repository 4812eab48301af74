import OmniCore
import OmniTranslate
import Testing

/// An answer with nothing in it is a reason to ask the next account, and the client's answer when none has more to say.
@Suite struct EmptyAnswerFallbackTests {
    static let emptyChat =
        #"{"id":"e1","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":""},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":0}}"#
    static let emptyMessage =
        #"{"id":"e1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":7,"output_tokens":1}}"#
    static let emptyChatStream =
        EngineSamples.chatRole + EngineSamples.chatFinish + EngineSamples.chatUsage
        + EngineSamples.chatDone

    struct Pair: Sendable, CustomTestStringConvertible {
        var client: WireFormat
        var upstream: WireFormat
        var testDescription: String { "\(upstream.rawValue) to \(client.rawValue)" }

        func scenario(_ replies: [ScriptedTransport.Reply]) -> EngineScenario {
            EngineScenario(
                client: client, upstream: upstream, accounts: replies.count,
                body: client == .openAIChat ? EngineSamples.chatRequest : EngineSamples.messagesRequest,
                replies: replies)
        }
        var empty: String { upstream == .openAIChat ? emptyChat : emptyMessage }
        var whole: String { upstream == .openAIChat ? EngineSamples.chatAnswer : EngineSamples.messagesAnswer }
    }

    static let pairs = [WireFormat.openAIChat, .anthropicMessages].flatMap { client in
        [WireFormat.openAIChat, .anthropicMessages].map { Pair(client: client, upstream: $0) }
    }

    @Test(arguments: pairs)
    func theNextAccountIsAsked(_ pair: Pair) async throws {
        let result = try await pair.scenario([.json(pair.empty), .json(pair.whole)]).run()
        #expect(result.client.status == 200)
        #expect(result.client.text.contains("Hello"))
        #expect(result.record.attempts == 2)
        #expect(result.record.connectionID == ConnectionID("account-1"))
        #expect(result.record.errorCode == nil)
    }

    @Test(arguments: pairs)
    func theLastEmptyAnswerReachesTheClient(_ pair: Pair) async throws {
        let result = try await pair.scenario([.json(pair.empty), .json(pair.empty)]).run()
        #expect(result.client.status == 200)
        #expect(result.requests.count == 2)
        #expect(result.record.errorCode == nil)
        #expect(result.record.inputTokens == 7)
        #expect(result.record.connectionID == ConnectionID("account-1"))
        if pair.client == pair.upstream { #expect(result.client.text == pair.empty) }
    }

    @Test func anEmptyAnswerIsBetterThanTheErrorOfAnotherAccount() async throws {
        let pair = Self.pairs[0]
        let result = try await pair.scenario([.json(pair.empty), .json("{}", status: 401)]).run()
        #expect(result.client.status == 200)
        #expect(result.client.text == pair.empty)
        #expect(result.record.attempts == 2)
        #expect(result.record.connectionID == ConnectionID("account-0"))
    }

    @Test(arguments: [true, false])
    func streamsToo(isTranslated: Bool) async throws {
        let scenario = EngineScenario(
            client: isTranslated ? .anthropicMessages : .openAIChat, accounts: 2,
            body: isTranslated ? EngineSamples.messagesStreamRequest : EngineSamples.chatStreamRequest,
            replies: [
                .events(.bytes(EngineSamples.chatRole), .bytes(EngineSamples.chatFinish + EngineSamples.chatDone)),
                .events(.bytes(EngineSamples.chatStream)),
            ])
        let result = try await scenario.run()
        #expect(result.client.text.contains("Hel"))
        #expect(result.record.attempts == 2)
        // Its connection may serve again.
        #expect(result.abandoned == 0)
    }

    @Test func aStreamOfNothingArrivesByteForByteWhenThereIsNothingElse() async throws {
        let scenario = EngineScenario(
            body: EngineSamples.chatStreamRequest, replies: [.events(.bytes(Self.emptyChatStream))])
        let result = try await scenario.run()
        #expect(result.client.text == Self.emptyChatStream)
        #expect(result.record.status == 200)
        #expect(result.record.inputTokens == 60)
    }

    /// Whoever asks for one token, or stops at a word, gets what was asked for.
    @Test(arguments: [#""max_tokens":1"#, #""max_completion_tokens":0"#, #""stop":["a"]"#])
    func aRequestThatLeavesNoRoomIsNotJudged(field: String) async throws {
        let scenario = EngineScenario(
            accounts: 2, body: #"{"model":"up/m",\#(field),"messages":[{"role":"user","content":"hi"}]}"#,
            replies: [.json(Self.emptyChat)])
        let result = try await scenario.run()
        #expect(result.client.text == Self.emptyChat)
        #expect(result.requests.count == 1)
    }

    @Test func anEmptyAnswerHurtsNoAccount() {
        let verdict = FailureClassifier.verdict(
            UpstreamFault(.upstream, status: 200, message: "empty", code: "empty_answer"))
        #expect(verdict.failure == .emptyAnswer)
        #expect(verdict.scope == .none)
        #expect(verdict.action == .rotate)
        #expect(!verdict.tripsBreaker)
    }
}
