import NIOCore
import OmniTranslate
import Testing

@testable import OmniCore

/// Duplicates through the whole engine: what they get and what is recorded of them.
@Suite struct SharedAnswerTests {
    private let recorder = RecordKeeper()

    /// Two requests one after the other through one engine, on one upstream with these replies.
    private func run(
        _ replies: [ScriptedTransport.Reply], body: String, second: String? = nil, mark: IdempotencyMark? = .key("k"),
        clientKeys: [String] = ["a", "a"]
    ) async throws -> (clients: [RecordingWriter.Received], transport: ScriptedTransport) {
        let transport = ScriptedTransport(replies)
        let engine = InferenceEngine(transport: transport, recorder: recorder, clock: SteppingClock())
        engine.routing.adopt(Self.snapshot)
        let loop = SerialEventLoop()
        var clients: [RecordingWriter.Received] = []
        for (number, clientKey) in clientKeys.enumerated() {
            let writer = RecordingWriter(transport, recorder: recorder)
            var request = InferenceRequest(
                id: "request-\(number)", receivedAt: SteppingClock.wall + Int64(number), clientFormat: .openAIChat,
                path: "/v1/test", body: Array((number > 0 ? second ?? body : body).utf8),
                clientKey: ClientKeyID(clientKey))
            request.idempotency = mark
            let marked = request
            await withTaskExecutorPreference(LoopTaskExecutor(loop)) {
                await engine.answer(marked, routes: RoutePlanner(Self.snapshot), on: loop, writer: writer)
            }
            #expect(writer.received.isWhole)
            clients.append(writer.received)
        }
        #expect(recorder.records.count == clientKeys.count)
        return (clients, transport)
    }

    private static var snapshot: CatalogSnapshot {
        let node = ProviderNode(
            id: ProviderNodeID("node-up"), name: "up", prefix: "up", type: .openAICompatible, apiType: .chat,
            baseURL: "http://127.0.0.1:9")
        let account = Connection(
            id: ConnectionID("account-0"), provider: ProviderID("node-up"), name: "0", priority: 0,
            credential: Credential(apiKey: "key-0"))
        // The clock hardly moves: nothing may rest, and nobody may wait for it.
        var routing = RoutingSettings()
        routing.patience = .zero
        routing.resilience.profiles.apiKey.transientBase = 0
        routing.resilience.profiles.apiKey.rateLimitBase = 0
        var prices = PriceTable()
        prices[ProviderID("node-up"), "m"] = PriceRow(input: 1, output: 2)
        return CatalogSnapshot(
            configuration: RouterConfiguration(
                connections: [account], nodes: [node], routing: routing, prices: prices),
            catalog: ProviderCatalog())
    }

    @Test func aDuplicateCostsNothingAndSavesWhatTheOriginalCost() async throws {
        let (clients, transport) = try await run([.json(EngineSamples.chatAnswer)], body: EngineSamples.chatRequest)
        #expect(transport.requests.count == 1)
        #expect(clients[1].body == clients[0].body)
        #expect(clients[0].header("x-omniroute-idempotent") == [])
        #expect(clients[1].header("x-omniroute-idempotent") == ["true"])
        #expect(clients.map { $0.header("x-request-id") } == [["request-0"], ["request-1"]])
        #expect(clients[1].header("content-type") == ["application/json"])
        let (original, duplicate) = (recorder.records[0], recorder.records[1])
        #expect(original.cost != nil && original.savedCost == nil)
        #expect(duplicate.savedCost == original.cost && duplicate.cost == nil)
        #expect(duplicate.requestID == "request-1" && duplicate.startedAt == SteppingClock.wall + 1)
        #expect(duplicate.status == 200 && duplicate.attempts == 0 && duplicate.clientKeyID == ClientKeyID("a"))
        #expect(duplicate.inputTokens + duplicate.cacheReadTokens + duplicate.outputTokens == 0)
        #expect(duplicate.requestedModel == "up/m" && duplicate.servedModel == "m")
        #expect(duplicate.provider == "node-up" && duplicate.path == "/v1/test")
    }

    @Test func aStreamIsRepeatedAsAStream() async throws {
        let (clients, transport) = try await run(
            [
                .events(
                    .bytes(EngineSamples.chatRole), .bytes(EngineSamples.chatText("Hello")),
                    .bytes(EngineSamples.chatFinish + EngineSamples.chatDone))
            ],
            body: EngineSamples.chatStreamRequest)
        #expect(transport.requests.count == 1)
        #expect(clients[1].body == clients[0].body)
        #expect(clients[1].calls == [.start, .finish])
        #expect(recorder.records[1].isStreaming)
    }

    /// What a client has been answered is on record, whatever becomes of the process in the next moment.
    @Test(arguments: [0, 1, 3 * InferenceEngine.pieceLength])
    func aDuplicateIsOnRecordBeforeItsLastByte(streamed: Int) async throws {
        let text = EngineSamples.chatText(String(repeating: "x", count: streamed))
        let (clients, transport) = try await run(
            [
                streamed == 0
                    ? .json(EngineSamples.chatAnswer)
                    : .events(
                        .bytes(EngineSamples.chatRole), .bytes(text),
                        .bytes(EngineSamples.chatFinish + EngineSamples.chatDone))
            ], body: streamed == 0 ? EngineSamples.chatRequest : EngineSamples.chatStreamRequest)
        #expect(transport.requests.count == 1)
        #expect(clients[1].body == clients[0].body)
        #expect(clients[1].recordsBeforeLastByte == 2)
        #expect(clients[1].calls.contains(.write) == (streamed > InferenceEngine.pieceLength))
        #expect(recorder.records[1].status == 200)
    }

    @Test func anotherBodyUnderOneKeyIsRefused() async throws {
        let (clients, transport) = try await run(
            [.json(EngineSamples.chatAnswer)], body: EngineSamples.chatRequest,
            second: EngineSamples.chatPlainStreamRequest)
        #expect(transport.requests.count == 1)
        #expect(clients[1].status == 422)
        #expect(clients[1].text.contains("idempotency_key_reused"))
        #expect(recorder.records[1].status == 422 && recorder.records[1].errorCode == "idempotency_key_reused")
        #expect(recorder.records[1].requestedModel == "up/m" && recorder.records[1].isStreaming)
    }

    @Test(arguments: [
        (IdempotencyMark?.some(.key("k")), ["a", "b"], true), (.some(.requestID("k")), ["a", "a"], true),
        (nil, ["a", "a"], false),
    ])
    func whatIsNoDuplicateIsAsked(mark: IdempotencyMark?, keys: [String], hasOtherBody: Bool) async throws {
        let (clients, transport) = try await run(
            [.json(EngineSamples.chatAnswer), .json(EngineSamples.chatAnswer)], body: EngineSamples.chatRequest,
            second: hasOtherBody ? EngineSamples.chatRequest + " " : nil, mark: mark, clientKeys: keys)
        #expect(transport.requests.count == 2)
        #expect(clients.allSatisfy { $0.status == 200 && $0.header("x-omniroute-idempotent") == [] })
    }

    @Test(arguments: [
        (400, true), (404, true), (429, false), (500, false),
    ])
    func errorsThatMayPassAreNotRepeated(status: Int, isRepeated: Bool) async throws {
        let failure = ScriptedTransport.Reply.json(#"{"error":{"message":"no","type":"x"}}"#, status: status)
        // A resting account is not asked again, so what is left of the script tells nothing.
        let (clients, _) = try await run([failure, failure], body: EngineSamples.chatRequest)
        #expect(clients[1].header("x-omniroute-idempotent") == (isRepeated ? ["true"] : []))
    }

    @Test func aBrokenStreamIsNotRepeated() async throws {
        let broken = ScriptedTransport.Reply.events(
            .bytes(EngineSamples.chatRole + EngineSamples.chatText("Hel")), .failure(.connectionLost))
        let (clients, transport) = try await run(
            [broken, .events(.bytes(EngineSamples.chatStream))], body: EngineSamples.chatStreamRequest)
        #expect(transport.requests.count == 2)
        #expect(clients[1].header("x-omniroute-idempotent") == [])
        #expect(clients[1].text.hasSuffix(EngineSamples.chatDone))
    }
}
