import OmniCore
import OmniJSON
import OmniTranslate
import Testing

/// Requests that are answered from before: in either dialect, as a stream or not.
@Suite struct CachedRequestTests {
    private static func chat(stream: Bool = false, temperature: String? = "0", more: String = "") -> String {
        let sampling = temperature.map { #","temperature":\#($0)"# } ?? ""
        return
            #"{"model":"up/m","max_tokens":100,"messages":[{"role":"user","content":"hi"}],"stream":\#(stream)\#(sampling)\#(more)}"#
    }

    private static func messages(stream: Bool = false) -> String {
        #"{"model":"up/m","messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}],"max_tokens":100,"stream":\#(stream),"temperature":0.0}"#
    }

    private static func body(_ client: WireFormat, stream: Bool) -> String {
        client == .openAIChat ? chat(stream: stream) : messages(stream: stream)
    }

    private static func reply(_ upstream: WireFormat, stream: Bool) -> ScriptedTransport.Reply {
        switch (upstream, stream) {
        case (.openAIChat, false): .json(EngineSamples.chatAnswer)
        case (.openAIChat, true): .events(.bytes(EngineSamples.chatStream))
        case (_, false): .json(EngineSamples.messagesAnswer)
        case (_, true): .events(.bytes(EngineSamples.messagesStream))
        }
    }

    private static func state(_ result: EngineScenario.Result) -> String? {
        result.client.header("x-omniroute-cache").first
    }

    struct Way: Sendable, CustomTestStringConvertible {
        var upstream: WireFormat
        var first: WireFormat
        var firstStreams: Bool
        var second: WireFormat
        var secondStreams: Bool

        var testDescription: String {
            "\(upstream.rawValue): \(first.rawValue)\(firstStreams ? " stream" : ""), then \(second.rawValue)\(secondStreams ? " stream" : "")"
        }

        static let formats: [WireFormat] = [.openAIChat, .anthropicMessages]
        static let all = formats.flatMap { upstream in
            formats.flatMap { first in
                formats.flatMap { second in
                    [false, true].flatMap { firstStreams in
                        [false, true].map {
                            Way(
                                upstream: upstream, first: first, firstStreams: firstStreams, second: second,
                                secondStreams: $0)
                        }
                    }
                }
            }
        }
    }

    @Test(arguments: Way.all)
    func theSameQuestionIsAnsweredFromBefore(way: Way) async throws {
        let cache = AnswerCache()
        let first = try await EngineScenario(
            client: way.first, upstream: way.upstream, body: Self.body(way.first, stream: way.firstStreams),
            replies: [Self.reply(way.upstream, stream: way.firstStreams)], cache: cache
        ).run()
        #expect(Self.state(first) == "MISS" && first.client.header("age").isEmpty)
        #expect(!first.record.isCached)
        let second = try await EngineScenario(
            client: way.second, upstream: way.upstream, body: Self.body(way.second, stream: way.secondStreams),
            replies: [], cache: cache
        ).run()
        #expect(second.client.status == 200)
        #expect(Self.state(second) == "HIT" && second.client.header("age") == ["0"])
        #expect(second.client.header("x-omniroute-provider") == ["node-up"])
        // What a client of this dialect and form would have been given by the upstream itself.
        if way.firstStreams == way.secondStreams, way.first == way.second {
            #expect(second.client.text == first.client.text)
        }
        let answer = try RecordedAnswer(
            second.client.body, isStream: way.secondStreams, from: way.second,
            context: TranslationContext(model: "m", provider: "up"))
        #expect(answer.endsNormally && second.client.text.contains("lo"))
        let record = second.record
        #expect(record.isCached && record.cost == .zero && record.attempts == 0 && record.status == 200)
        #expect(record.provider == "node-up" && record.servedModel == "m" && record.connectionID == nil)
        if way.upstream == .openAIChat {
            #expect(record.inputTokens == 60 && record.cacheReadTokens == 40 && record.reasoningTokens == 10)
        } else {
            #expect(record.inputTokens == 60 && record.cacheWriteTokens == 5 && record.outputTokens == 20)
        }
        #expect(cache.figures.hits == 1 && cache.figures.misses == 1 && cache.figures.tokensSaved > 100)
    }

    @Test(arguments: [
        ("no temperature", chat(temperature: nil)), ("warm", chat(temperature: "0.7")),
        ("null", chat(temperature: "null")), ("stored", chat(more: #","store":true"#)),
    ])
    func whatMayChangeIsAskedAnew(name: String, body: String) async throws {
        let cache = AnswerCache()
        for _ in 0..<2 {
            let result = try await EngineScenario(
                body: body, replies: [.json(EngineSamples.chatAnswer)], cache: cache
            ).run()
            #expect(Self.state(result) == nil)
        }
        #expect(cache.figures == CacheFigures())
    }

    @Test func aSeedIsEnough() async throws {
        let cache = AnswerCache()
        let body = Self.chat(temperature: "0.7", more: #","seed":4"#)
        _ = try await EngineScenario(body: body, replies: [.json(EngineSamples.chatAnswer)], cache: cache).run()
        #expect(Self.state(try await EngineScenario(body: body, replies: [], cache: cache).run()) == "HIT")
    }

    @Test(arguments: [CacheSettings.Mode.off, .all])
    func theModeDecides(mode: CacheSettings.Mode) async throws {
        let cache = AnswerCache()
        var settings = RoutingSettings()
        settings.cache.mode = mode
        let body = Self.chat(temperature: mode == .all ? nil : "0")
        for expected in mode == .all ? ["MISS", "HIT"] : [nil, nil] {
            let result = try await EngineScenario(
                body: body, replies: expected == "HIT" ? [] : [.json(EngineSamples.chatAnswer)], cache: cache,
                settings: settings
            ).run()
            #expect(Self.state(result) == expected)
        }
    }

    @Test func whoWantsNoneOfItGetsNone() async throws {
        let cache = AnswerCache()
        for _ in 0..<2 {
            let result = try await EngineScenario(
                body: Self.chat(), replies: [.json(EngineSamples.chatAnswer)], cache: cache, bypassesCache: true
            ).run()
            #expect(Self.state(result) == "BYPASS" && !result.record.isCached)
        }
        #expect(cache.figures.bypasses == 2 && cache.figures.entries == 0)
    }

    @Test(arguments: [CacheSettings.Scope.key, .shared])
    func clientKeysShareOnlyWhereTheyMay(scope: CacheSettings.Scope) async throws {
        let cache = AnswerCache()
        var settings = RoutingSettings()
        settings.cache.scope = scope
        for (key, expected) in [("a", "MISS"), ("b", scope == .shared ? "HIT" : "MISS"), ("a", "HIT")] {
            let result = try await EngineScenario(
                body: Self.chat(), replies: expected == "HIT" ? [] : [.json(EngineSamples.chatAnswer)], cache: cache,
                clientKey: key, settings: settings
            ).run()
            #expect(Self.state(result) == expected, "\(key)")
        }
    }

    @Test(arguments: [
        ("length", EngineSamples.chatAnswer.replacing(#""stop""#, with: #""length""#)),
        ("filter", EngineSamples.chatAnswer.replacing(#""stop""#, with: #""content_filter""#)),
        ("long", EngineSamples.chatAnswer.replacing("Hello", with: String(repeating: "x", count: 3000))),
    ])
    func unfitAnswersAreNotKept(name: String, answer: String) async throws {
        let cache = AnswerCache()
        var settings = RoutingSettings()
        settings.cache.maximumAnswerBytes = 2048
        for _ in 0..<2 {
            let result = try await EngineScenario(
                body: Self.chat(), replies: [.json(answer)], cache: cache, settings: settings
            ).run()
            #expect(result.client.status == 200 && Self.state(result) == "MISS")
        }
        #expect(cache.figures.misses == 2 && cache.figures.entries == 0)
    }

    @Test(arguments: [false, true])
    func callsAreKeptWhereTheyMayBe(keeps: Bool) async throws {
        let cache = AnswerCache()
        var settings = RoutingSettings()
        settings.cache.keepsToolCalls = keeps
        let answer =
            #"{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"t","arguments":"{\"a\":1}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}"#
        let tools = #","tools":[{"type":"function","function":{"name":"t","parameters":{"type":"object"}}}]"#
        _ = try await EngineScenario(
            body: Self.chat(more: tools), replies: [.json(answer)], cache: cache, settings: settings
        ).run()
        let second = try await EngineScenario(
            client: .anthropicMessages,
            body:
                #"{"model":"up/m","max_tokens":100,"temperature":0,"stream":true,"messages":[{"role":"user","content":"hi"}],"tools":[{"name":"t","input_schema":{"type":"object"}}]}"#,
            replies: keeps ? [] : [.events(.bytes(EngineSamples.chatStream))], cache: cache, settings: settings
        ).run()
        #expect(Self.state(second) == (keeps ? "HIT" : "MISS"))
        #expect(second.client.text.contains(#""type":"tool_use","id":"call_1""#) == keeps)
        #expect(second.client.text.contains(#""stop_reason":"tool_use""#) == keeps)
    }

    /// What failed, also in the middle of a stream, is asked anew.
    @Test func failuresAreNotKept() async throws {
        let cache = AnswerCache()
        let broken: [ScriptedTransport.Reply] = [
            .json(#"{"error":{"message":"no","type":"invalid_request_error"}}"#, status: 400),
            .events(.bytes(EngineSamples.chatRole + EngineSamples.chatText("Hel")), .failure(.connectionLost)),
            .events(.bytes(EngineSamples.chatRole + EngineSamples.chatText("Hel"))),
        ]
        for reply in broken {
            let result = try await EngineScenario(
                body: Self.chat(stream: true), replies: [reply], cache: cache
            ).run()
            #expect(result.record.errorCode != nil)
        }
        #expect(cache.figures.entries == 0 && cache.figures.misses == 3 && cache.figures.stored == 0)
    }

    @Test func whoLeavesDoesNotKeepOthersFromAsking() async throws {
        let cache = AnswerCache()
        _ = try await EngineScenario(
            body: Self.chat(stream: true), replies: [.events(.bytes(EngineSamples.chatRole), .stuck)], cache: cache
        ).runUntilTheClientLeaves()
        let result = try await EngineScenario(
            body: Self.chat(), replies: [.json(EngineSamples.chatAnswer)], cache: cache
        ).run()
        #expect(Self.state(result) == "MISS")
    }

    /// A strict client must not get what was answered to a question that lost something on its way.
    @Test func strictClientsAskForThemselves() async throws {
        let cache = AnswerCache()
        let lossy = Self.chat(more: #","seed":1"#)
        let first = try await EngineScenario(
            upstream: .anthropicMessages, body: lossy, replies: [.json(EngineSamples.messagesAnswer)], cache: cache
        ).run()
        let second = try await EngineScenario(upstream: .anthropicMessages, body: lossy, replies: [], cache: cache)
            .run()
        #expect(Self.state(second) == "HIT")
        #expect(!second.client.header("x-omniroute-translation").isEmpty)
        #expect(second.client.header("x-omniroute-translation") == first.client.header("x-omniroute-translation"))
        let strict = try await EngineScenario(
            upstream: .anthropicMessages, body: lossy, isStrict: true, replies: [], cache: cache
        ).run()
        #expect(strict.client.status == 400)
    }

    @Test(arguments: [false, true])
    func theArchiveAnswersAfterARestart(isBroken: Bool) async throws {
        let archive = MemoryArchive()
        let before = AnswerCache()
        try await before.open(archive, now: SteppingClock.wall)
        _ = try await EngineScenario(
            body: Self.chat(), replies: [.json(EngineSamples.chatAnswer)], cache: before
        ).run()
        let after = AnswerCache()
        try await after.open(archive, now: SteppingClock.wall)
        if isBroken { archive.breakDown() }
        let result = try await EngineScenario(
            body: Self.chat(stream: true), replies: isBroken ? [Self.reply(.openAIChat, stream: true)] : [],
            cache: after
        ).run()
        #expect(Self.state(result) == (isBroken ? "MISS" : "HIT"))
        #expect(result.client.text.contains("lo"))
    }

    /// An answer that cannot be read after all is no answer.
    @Test func damagedAnswersAreForgotten() async throws {
        let archive = MemoryArchive()
        let cache = AnswerCache()
        try await cache.open(archive, now: SteppingClock.wall)
        _ = try await EngineScenario(
            body: Self.chat(), replies: [.json(EngineSamples.chatAnswer)], cache: cache
        ).run()
        let key = try #require(archive.keys.first)
        var damaged = try #require(try await archive.answer(key))
        damaged.body = Array("{".utf8)
        archive.keep(damaged, for: key)
        let after = AnswerCache()
        try await after.open(archive, now: SteppingClock.wall)
        let result = try await EngineScenario(
            body: Self.chat(), replies: [.json(EngineSamples.chatAnswer)], cache: after
        ).run()
        #expect(result.client.status == 200 && Self.state(result) == "MISS")
        #expect(after.figures.hits == 0 && after.figures.entries == 1)
    }
}
