import OmniCore
import OmniJSON
import OmniTranslate
import Testing

/// Different dialects on both sides: the engine's part of it, the codecs have suites of their own.
@Suite struct TranslatedAnswerTests {
    @Test func aChatClientIsServedByAnthropic() async throws {
        let result = try await EngineScenario(
            client: .openAIChat, upstream: .anthropicMessages, body: EngineSamples.chatRequest,
            replies: [.json(EngineSamples.messagesAnswer)]
        ).run()
        let sent = try JSONValue(parsing: Array(try #require(result.sent.first).utf8))
        #expect(sent["model"]?.string == "m")
        #expect(sent["max_tokens"]?.int != nil)
        #expect(result.requests.first?.headers.contains { $0.name == "anthropic-version" } == true)
        let answer = try JSONValue(parsing: result.client.body)
        #expect(answer["object"]?.string == "chat.completion")
        #expect(answer["choices"]?.elements.map { $0["message"]?["content"]?.string } == ["Hello"])
        #expect(answer["usage"]?["prompt_tokens"]?.int == 105)
        #expect(result.client.status == 200)
    }

    @Test func anAnthropicClientIsServedByChat() async throws {
        let result = try await EngineScenario(
            client: .anthropicMessages, upstream: .openAIChat, body: EngineSamples.messagesRequest,
            replies: [.json(EngineSamples.chatAnswer)]
        ).run()
        let sent = try JSONValue(parsing: Array(try #require(result.sent.first).utf8))
        #expect(sent["model"]?.string == "m")
        let answer = try JSONValue(parsing: result.client.body)
        #expect(answer["type"]?.string == "message")
        #expect(answer["content"]?.elements.map { $0["text"]?.string } == ["Hello"])
        #expect(answer["usage"]?["input_tokens"]?.int == 60)
        #expect(answer["usage"]?["cache_read_input_tokens"]?.int == 40)
    }

    static let pairs: [(client: WireFormat, body: String, events: String)] = [
        (.openAIChat, EngineSamples.chatStreamRequest, EngineSamples.messagesStream),
        (.anthropicMessages, EngineSamples.messagesStreamRequest, EngineSamples.chatStream),
    ]

    @Test(arguments: pairs, [1, 5, 100_000])
    func aStreamIsTranslatedAlikeHoweverItIsCut(
        pair: (client: WireFormat, body: String, events: String), size: Int
    ) async throws {
        let upstream: WireFormat = pair.client == .openAIChat ? .anthropicMessages : .openAIChat
        let result = try await EngineScenario(
            client: pair.client, upstream: upstream, body: pair.body,
            replies: [.answer(headers: [("content-type", "text/event-stream")], pieces: pair.events.pieces(of: size))]
        ).run()
        let text = result.client.text
        let end = pair.client == .openAIChat ? "data: [DONE]\n\n" : "data: {\"type\":\"message_stop\"}\n\n"
        #expect(text.hasSuffix(end))
        #expect(text.components(of: end) == 1)
        #expect(text.contains("\"Hel\"") && text.contains("\"lo\""))
        #expect(text.components(of: "error") == 0)
        let whole = try await EngineScenario(
            client: pair.client, upstream: upstream, body: pair.body, replies: [.events(.bytes(pair.events))]
        ).run()
        #expect(text == whole.client.text)
    }

    @Test func lossesAreNamedInAHeader() async throws {
        let body = EngineSamples.chatRequest.replacingOnce("\"x_unknown\": 1e2", with: "\"seed\": 7")
        let result = try await EngineScenario(
            client: .openAIChat, upstream: .anthropicMessages, body: body,
            replies: [.json(EngineSamples.messagesAnswer)]
        ).run()
        #expect(result.client.header("x-omniroute-translation").first?.contains("seed") == true)
    }

    @Test func strictClientsAreRefusedInstead() async throws {
        let body = EngineSamples.chatRequest.replacingOnce("\"x_unknown\": 1e2", with: "\"seed\": 7")
        let result = try await EngineScenario(
            client: .openAIChat, upstream: .anthropicMessages, accounts: 3, body: body, isStrict: true, replies: []
        ).run()
        #expect(result.client.status == 400)
        let error = try #require(try JSONValue(parsing: result.client.body)["error"])
        #expect(error["type"]?.string == "invalid_request_error")
        #expect(error["message"]?.string?.contains("seed") == true)
        #expect(result.requests.isEmpty)
        #expect(result.record.status == 400 && result.record.attempts == 1)
    }

    @Test(arguments: [EngineSamples.chatStreamRequest, EngineSamples.chatPlainStreamRequest])
    func aTranslatedChatStreamHasItsUsageChunkOnlyOnDemand(body: String) async throws {
        let result = try await EngineScenario(
            client: .openAIChat, upstream: .anthropicMessages, body: body,
            replies: [.events(.bytes(EngineSamples.messagesStream))]
        ).run()
        let wantsUsage = body == EngineSamples.chatStreamRequest
        #expect(result.client.text.contains("\"prompt_tokens\":105") == wantsUsage)
        #expect(result.record.cacheReadTokens == 40)
    }
}

extension String {
    /// How often a part occurs, without overlaps.
    func components(of part: String) -> Int {
        var count = 0
        var rest = self[...]
        while let start = rest.indices.first(where: { rest[$0...].hasPrefix(part) }) {
            count += 1
            rest = rest[rest.index(start, offsetBy: part.count)...]
        }
        return count
    }
}
