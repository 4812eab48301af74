public import NIOCore
import OmniJSON
import OmniTranslate
import Synchronization

/// Tests models through the engine that serves clients, so that accounts, limits and fallbacks are those of a real request.
///
/// What is asked is small and is recorded as usage like any other request, since it costs like one.
public struct EngineModelTester: ModelTester {
    private let engine: InferenceEngine
    private let eventLoopGroup: any EventLoopGroup

    /// - Parameter eventLoopGroup: the group the engine's transport was made for.
    public init(engine: InferenceEngine, eventLoopGroup: any EventLoopGroup) {
        self.engine = engine
        self.eventLoopGroup = eventLoopGroup
    }

    public func test(
        _ model: String, text: String, in snapshot: CatalogSnapshot, timeout: Duration
    ) async -> ModelTestResult {
        let began = engine.clock.monotonicNanoseconds()
        let writer = TestWriter()
        let eventLoop = eventLoopGroup.next()
        let purpose = snapshot.mainPurpose(of: model)
        guard let question = ModelTestQuestion(purpose, model: model, text: text) else {
            return ModelTestResult(
                status: nil, error: "a model that \(purpose.deed) is not tested, since each answer has its price",
                latencyMS: 0)
        }
        let request = InferenceRequest(
            id: "test-\(String(UInt64.random(in: .min ... .max), radix: 16))",
            receivedAt: engine.clock.wallMilliseconds(), clientFormat: question.clientFormat,
            path: "/api/combos/test", body: question.body, operation: question.operation)
        await withTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: LoopTaskExecutor(eventLoop)) {
                await engine.answer(request, routes: RoutePlanner(snapshot), on: eventLoop, writer: writer)
            }
            group.addTask {
                // Cancelled as soon as there is an answer.
                try? await Task.sleep(for: timeout)
                if !Task.isCancelled { writer.giveUp() }
            }
            await group.next()
            group.cancelAll()
        }
        let elapsed = Int((engine.clock.monotonicNanoseconds() &- began) / 1_000_000)
        return writer.result(latencyMS: elapsed, timeout: timeout)
    }
}

/// Keeps the answer to a test.
private final class TestWriter: ResponseWriter {
    private struct State: Sendable {
        var isGivenUp = false
        var target: ActiveRequest?
        var attempts = 0
        var status: Int?
        var body: [UInt8] = []
    }

    private let state = Mutex(State())

    var isClosed: Bool { state.withLock { $0.isGivenUp } }

    func giveUp() { state.withLock { $0.isGivenUp = true } }

    func attempting(_ request: ActiveRequest) {
        state.withLock { state in
            state.target = request
            state.attempts += 1
        }
    }

    func respond(status: Int, headers: [(name: String, value: String)], body: ByteBuffer) {
        take(status, body)
    }

    func start(status: Int, headers: [(name: String, value: String)], body: ByteBuffer) { take(status, body) }
    func write(_ body: ByteBuffer) async { take(nil, body) }
    func finish(_ body: ByteBuffer) { take(nil, body) }

    private func take(_ status: Int?, _ body: ByteBuffer) {
        state.withLock { state in
            state.status = state.status ?? status
            state.body.append(contentsOf: body.readableBytesView)
        }
    }

    func result(latencyMS: Int, timeout: Duration) -> ModelTestResult {
        let state = state.withLock { $0 }
        // What cannot be read has no message and no counts.
        let answer = try? JSONValue(parsing: state.body)
        var result = ModelTestResult(
            status: state.status, latencyMS: latencyMS, target: state.target, attempts: state.attempts)
        switch state.status {
        case nil: result.error = "no answer within \(timeout.clampedNanoseconds / 1_000_000) ms"
        case 200?:
            let usage = answer?["usage"]
            result.inputTokens =
                (usage?.present("input_tokens") ?? usage?.present("prompt_tokens") ?? usage?.present("total_tokens"))?
                .int
            result.outputTokens = usage?["output_tokens"]?.int
        case let status?:
            result.error = answer?["error"]?["message"]?.string ?? "the answer has status \(status)"
        }
        return result
    }
}
