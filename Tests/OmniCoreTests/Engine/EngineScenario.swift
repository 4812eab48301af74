import NIOCore
import OmniCore
import OmniTranslate
import Synchronization
import Testing

/// One request through the whole engine: both sides' dialects and a script of the upstream's answers.
struct EngineScenario: Sendable {
    var client = WireFormat.openAIChat
    var upstream = WireFormat.openAIChat
    /// How many accounts the upstream has; their ids are `account-0`, `account-1` and so on.
    var accounts = 1
    var body: String
    var isStrict = false
    var dialectHeaders: [(name: String, value: String)] = []
    var options = InferenceEngine.Options()
    var replies: [ScriptedTransport.Reply]
    /// What earlier requests left; a new one unless they are to be continued.
    var responses = ResponseStore()
    var cache = AnswerCache()
    var bypassesCache = false
    var clientKey = "key-1"
    /// Of the upstream, which otherwise has no setting.
    var settings = RoutingSettings()
    /// How many vectors the cache asks for; each has a record of its own.
    var embeddings = 0

    struct Result: Sendable {
        var client: RecordingWriter.Received
        var requests: [UpstreamRequest]
        var record: UsageRecord
        /// What the cache asked for.
        var embeddings: [UsageRecord]
        var reads: Int
        var abandoned: Int

        /// The bodies the upstream received.
        var sent: [String] { requests.map { String(buffer: $0.body) } }
    }

    static let requestID = "req-test-1"

    /// Runs the request to its end and checks what holds for every one: one whole answer, one record.
    func run(sourceLocation: SourceLocation = #_sourceLocation) async throws -> Result {
        let parts = makeParts()
        await withTaskExecutorPreference(LoopTaskExecutor(parts.loop)) { await answer(parts) }
        #expect(parts.writer.received.isWhole, sourceLocation: sourceLocation)
        // What a client has been answered is on record, whatever becomes of the process then.
        #expect(parts.writer.received.recordsBeforeEnd == 1 + embeddings, sourceLocation: sourceLocation)
        return try result(parts, sourceLocation: sourceLocation)
    }

    /// Runs the request until the upstream is stuck; then the client goes away.
    func runUntilTheClientLeaves(sourceLocation: SourceLocation = #_sourceLocation) async throws -> Result {
        let parts = makeParts()
        await withTaskGroup { group in
            group.addTask(executorPreference: LoopTaskExecutor(parts.loop)) { await answer(parts) }
            var stuck = parts.transport.stuck.makeAsyncIterator()
            await stuck.next()
            parts.writer.close()
            group.cancelAll()
        }
        return try result(parts, sourceLocation: sourceLocation)
    }

    private struct Parts: Sendable {
        var transport: ScriptedTransport
        var writer: RecordingWriter
        var recorder: RecordKeeper
        var loop: any EventLoop
    }

    private func makeParts() -> Parts {
        let transport = ScriptedTransport(replies)
        let recorder = RecordKeeper()
        return Parts(
            transport: transport, writer: RecordingWriter(transport, recorder: recorder), recorder: recorder,
            loop: SerialEventLoop())
    }

    private func answer(_ parts: Parts) async {
        let engine = InferenceEngine(
            transport: parts.transport, recorder: parts.recorder, clock: SteppingClock(), options: options,
            responses: responses, cache: cache)
        var request = InferenceRequest(
            id: Self.requestID, receivedAt: SteppingClock.wall, clientFormat: client, path: "/v1/test",
            body: Array(body.utf8), clientKey: ClientKeyID(clientKey), dialectHeaders: dialectHeaders,
            isStrict: isStrict)
        request.bypassesCache = bypassesCache
        await engine.answer(request, routes: RoutePlanner(snapshot), on: parts.loop, writer: parts.writer)
    }

    private func result(_ parts: Parts, sourceLocation: SourceLocation) throws -> Result {
        let records = parts.recorder.records
        #expect(records.count == 1 + embeddings, "usage is recorded exactly once", sourceLocation: sourceLocation)
        return Result(
            client: parts.writer.received, requests: parts.transport.requests,
            record: try #require(records.last, sourceLocation: sourceLocation),
            embeddings: Array(records.dropLast()), reads: parts.transport.reads,
            abandoned: parts.transport.abandoned)
    }

    /// A node with the prefix `up`, so that `up/m` is the model `m`.
    private var snapshot: CatalogSnapshot {
        let node = ProviderNode(
            id: ProviderNodeID("node-up"), name: "up", prefix: "up", type: nodeType, apiType: .chat,
            baseURL: "http://127.0.0.1:9")
        let connections = (0..<accounts).map {
            Connection(
                id: ConnectionID("account-\($0)"), provider: ProviderID("node-up"), name: "\($0)", priority: $0,
                credential: Credential(apiKey: "key-\($0)"))
        }
        return CatalogSnapshot(
            configuration: RouterConfiguration(connections: connections, nodes: [node], routing: settings),
            catalog: ProviderCatalog())
    }

    private var nodeType: ProviderNode.Kind {
        switch upstream {
        case .anthropicMessages: .anthropicCompatible
        case .ollama: .ollamaCompatible
        default: .openAICompatible
        }
    }
}

/// Keeps usage records in memory.
final class RecordKeeper: UsageRecorder {
    private let state = Mutex<[UsageRecord]>([])
    var records: [UsageRecord] { state.withLock { $0 } }
    func record(_ record: UsageRecord) { state.withLock { $0.append(record) } }
}

/// A wall clock that stands still and a monotonic one that moves 5 ms each time it is read.
final class SteppingClock: RouterClock {
    static let wall: Int64 = 1_700_000_000_000
    private let ticks = Atomic<UInt64>(0)

    func wallMilliseconds() -> Int64 { Self.wall }
    func monotonicNanoseconds() -> UInt64 { ticks.wrappingAdd(5_000_000, ordering: .relaxed).newValue }
}
