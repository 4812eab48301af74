import OmniTranslate
import Testing

@testable import OmniCore

/// Requests that are answered with the answer to a similar question.
@Suite(.timeLimit(.minutes(5))) struct SimilarRequestTests {
    private static func chat(
        _ text: String, client: WireFormat = .openAIChat, stream: Bool = false, temperature: String = "0",
        more: String = ""
    ) -> String {
        #"{"model":"up/m","max_tokens":100,"messages":[{"role":"user","content":"\#(text)"}],"stream":\#(stream),"temperature":\#(temperature)\#(more)}"#
    }

    private static func vector(_ numbers: String) -> ScriptedTransport.Reply {
        .json(
            #"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[\#(numbers)]}],"model":"e","usage":{"prompt_tokens":3,"total_tokens":3}}"#
        )
    }

    private static let answer = ScriptedTransport.Reply.json(EngineSamples.chatAnswer)

    private static func settings(_ change: (inout CacheSettings) -> Void = { _ in }) -> RoutingSettings {
        var settings = RoutingSettings()
        settings.cache.semantic.isEnabled = true
        settings.cache.semantic.model = "up/e"
        settings.cache.semantic.threshold = 0.9
        settings.cache.semantic.deadline = .seconds(10)
        change(&settings.cache)
        return settings
    }

    /// One request of its own engine with the cache of the others.
    private static func ask(
        _ body: String, of cache: AnswerCache, client: WireFormat = .openAIChat, embeddings: Int = 1,
        replies: [ScriptedTransport.Reply], settings: RoutingSettings = settings(), key: String = "key-1"
    ) async throws -> EngineScenario.Result {
        cache.apply(settings.cache)
        return try await EngineScenario(
            client: client, body: body, replies: replies, cache: cache, clientKey: key, settings: settings,
            embeddings: embeddings
        ).run()
    }

    private static func state(_ result: EngineScenario.Result) -> String? {
        result.client.header("x-omniroute-cache").first
    }

    private static func similarity(_ result: EngineScenario.Result) -> String? {
        result.client.header("x-omniroute-cache-similarity").first
    }

    @Test(arguments: [WireFormat.openAIChat, .anthropicMessages], [false, true])
    func aSimilarQuestionIsAnsweredFromBefore(client: WireFormat, stream: Bool) async throws {
        let cache = AnswerCache()
        let first = try await Self.ask(Self.chat("hi"), of: cache, replies: [Self.vector("4,3"), Self.answer])
        #expect(Self.state(first) == "MISS" && Self.similarity(first) == nil)
        #expect(first.sent.first?.contains(#""input":"hi""#) == true)
        let second = try await Self.ask(
            Self.chat("hello", stream: stream), of: cache, client: client, replies: [Self.vector("8,6.5")])
        #expect(second.client.status == 200)
        #expect(Self.state(second) == "HIT" && Self.similarity(second) == "0.9992")
        #expect(second.client.header("age") == ["0"])
        let heard = try RecordedAnswer(
            second.client.body, isStream: stream, from: client,
            context: TranslationContext(model: "m", provider: "up"))
        #expect(heard.endsNormally && second.client.text.contains("lo"))
        #expect(second.record.isCached && second.record.cost == .zero)
        let figures = cache.figures
        #expect(figures.hits == 1 && figures.misses == 1 && figures.entries == 1)
        #expect(figures.similar.hits == 1 && figures.similar.misses == 1 && figures.similar.entries == 1)
        #expect(figures.similar.embeddings == 2 && figures.similar.failures == 0)
    }

    @Test func theSameQuestionNeedsNoVector() async throws {
        let cache = AnswerCache()
        _ = try await Self.ask(Self.chat("hi"), of: cache, replies: [Self.vector("4,3"), Self.answer])
        let second = try await Self.ask(Self.chat("hi"), of: cache, embeddings: 0, replies: [])
        #expect(Self.state(second) == "HIT" && Self.similarity(second) == nil)
    }

    @Test func theRequestForAVectorIsRecorded() async throws {
        let result = try await Self.ask(
            Self.chat("hi"), of: AnswerCache(), replies: [Self.vector("4,3"), Self.answer])
        let record = try #require(result.embeddings.first)
        #expect(record.path == "cache:/v1/embeddings" && record.requestID == "req-test-1-embedding")
        #expect(record.servedModel == "e" && record.inputTokens == 3 && record.clientKeyID == nil)
        #expect(result.record.path == "/v1/test")
    }

    @Test(arguments: [
        ("too far", chat("hello"), "1,2"), ("another limit", chat("hello", more: #","top_p":0.5"#), "4,3"),
        ("a number", chat("hello 2"), "4,3"), ("another length", chat("hello"), "4,3,0"),
    ])
    func whatIsNotSimilarIsAsked(name: String, body: String, vector: String) async throws {
        let cache = AnswerCache()
        _ = try await Self.ask(Self.chat("hi"), of: cache, replies: [Self.vector("4,3"), Self.answer])
        let second = try await Self.ask(body, of: cache, replies: [Self.vector(vector), Self.answer])
        #expect(Self.state(second) == "MISS")
        #expect(cache.figures.similar.entries == 2 && cache.figures.similar.hits == 0)
    }

    @Test(arguments: [
        ("off", chat("hello"), settings { $0.semantic.isEnabled = false }),
        ("warm", chat("hello", temperature: "0.4", more: #","seed":1"#), settings()),
        (
            "tools",
            chat(
                "hello",
                more: #","tools":[{"type":"function","function":{"name":"t","parameters":{"type":"object"}}}]"#),
            settings()
        ),
    ])
    func whatIsNotComparedCostsNothing(name: String, body: String, settings: RoutingSettings) async throws {
        let cache = AnswerCache()
        let result = try await Self.ask(body, of: cache, embeddings: 0, replies: [Self.answer], settings: settings)
        #expect(Self.state(result) == "MISS")
        #expect(cache.figures.similar.embeddings == 0 && cache.figures.similar.entries == 0)
        #expect(cache.figures.similar.misses == 0)
    }

    @Test func aCacheThatIsOffComparesNothing() async throws {
        let cache = AnswerCache()
        let result = try await Self.ask(
            Self.chat("hi"), of: cache, embeddings: 0, replies: [Self.answer],
            settings: Self.settings { $0.mode = .off })
        #expect(Self.state(result) == nil)
    }

    @Test(arguments: [CacheSettings.Scope.key, .shared])
    func clientKeysShareOnlyWhereTheyMay(scope: CacheSettings.Scope) async throws {
        let cache = AnswerCache()
        let settings = Self.settings { $0.semantic.scope = scope }
        for (key, text) in [("a", "hi"), ("b", "hello")] {
            let isHit = key == "b" && scope == .shared
            let result = try await Self.ask(
                Self.chat(text), of: cache, replies: [Self.vector("4,3")] + (isHit ? [] : [Self.answer]),
                settings: settings, key: key)
            #expect(Self.state(result) == (isHit ? "HIT" : "MISS"), "\(key)")
        }
    }

    @Test(arguments: [
        ("refused", ScriptedTransport.Reply.json(#"{"error":{"message":"no","type":"x"}}"#, status: 400)),
        ("no vector", .json(#"{"object":"list","data":[]}"#)), ("zeros", vector("0,0")), ("no JSON", .json("{")),
    ])
    func aModelThatFailsDelaysNobody(name: String, reply: ScriptedTransport.Reply) async throws {
        let cache = AnswerCache()
        let result = try await Self.ask(Self.chat("hi"), of: cache, replies: [reply, Self.answer])
        #expect(Self.state(result) == "MISS" && result.client.status == 200)
        let figures = cache.figures.similar
        #expect(figures.failures == 1 && figures.timeouts == 0 && figures.entries == 0 && figures.misses == 1)
        #expect(figures.lastFailure != nil)
        #expect(cache.figures.entries == 1)
    }

    @Test func aModelThatIsSlowIsLeftBehind() async throws {
        let cache = AnswerCache()
        let settings = Self.settings { $0.semantic.deadline = .milliseconds(10) }
        for _ in 0..<EmbeddingRest.limit {
            cache.clear(now: SteppingClock.wall)
            let result = try await Self.ask(
                Self.chat("hi"), of: cache, replies: [.answer(pieces: [.stuck]), Self.answer], settings: settings)
            #expect(Self.state(result) == "MISS" && result.client.status == 200)
            #expect(cache.figures.similar.timeouts == 1)
        }
        // It is left alone now.
        let result = try await Self.ask(
            Self.chat("hello"), of: cache, embeddings: 0, replies: [Self.answer], settings: settings)
        #expect(Self.state(result) == "MISS" && cache.figures.similar.embeddings == 1)
    }

    @Test func anAnswerThatIsGoneIsNoAnswer() async throws {
        let cache = AnswerCache()
        let settings = Self.settings { $0.maximumEntries = 1 }
        for (text, numbers) in [("one", "1,0"), ("two", "0,1"), ("uno", "1,0")] {
            let result = try await Self.ask(
                Self.chat(text), of: cache, replies: [Self.vector(numbers), Self.answer], settings: settings)
            #expect(Self.state(result) == "MISS", "\(text)")
        }
        #expect(cache.figures.similar.entries == 2 && cache.figures.entries == 1)
    }

    @Test func emptyingTheCacheForgetsTheVectors() async throws {
        let cache = AnswerCache()
        for model in [nil, "m"] {
            _ = try await Self.ask(Self.chat("hi"), of: cache, replies: [Self.vector("4,3"), Self.answer])
            #expect(cache.figures.similar.entries == 1)
            cache.clear(model: model, now: SteppingClock.wall)
            #expect(cache.figures.similar.entries == 0)
        }
    }

    @Test func theArchiveKnowsVectorsAfterARestart() async throws {
        let archive = MemoryArchive()
        let before = AnswerCache()
        before.apply(Self.settings().cache)
        try await before.open(archive, now: SteppingClock.wall)
        _ = try await Self.ask(Self.chat("hi"), of: before, replies: [Self.vector("4,3"), Self.answer])
        let after = AnswerCache()
        after.apply(Self.settings().cache)
        try await after.open(archive, now: SteppingClock.wall)
        let result = try await Self.ask(Self.chat("hello"), of: after, replies: [Self.vector("4,3")])
        #expect(Self.state(result) == "HIT" && after.figures.archiveReads == 1)
    }

    /// Who waits for the same question gets what the first one found.
    @Test func whoWaitsIsAnsweredToo() async throws {
        let cache = AnswerCache()
        let key = CacheKey(of: [[1]])
        guard case .lead = cache.claim(key, now: 1) else { return #expect(Bool(false), "somebody else asks") }
        var found = CachedAnswer(
            provider: ProviderID("p"), model: "m", format: .openAIChat, isStream: false, body: [1], storedAt: 1)
        found.similarity = 0.95
        let similar = found
        let wait = await withTaskGroup(of: AnswerCache.Wait.self) { group in
            group.addTask { await cache.wait(for: key, limit: .seconds(60)) }
            while cache.figures.waiting != 1 { await Task.yield() }
            cache.end(key, .similar(similar))
            return await group.next()
        }
        guard case .answer(let answer) = wait else { return #expect(Bool(false), "not answered") }
        #expect(answer.similarity == 0.95)
        // Its place is with the question it was the answer to.
        #expect(cache.figures.entries == 0 && cache.figures.misses == 0)
    }
}
