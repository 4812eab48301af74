public import NIOCore
import OmniJSON
import OmniTranslate
import Synchronization

/// Asks through the engine that serves clients: accounts, combos, limits, budgets, usage and the request log are those of a real
/// request.
///
/// Answers are never taken from the cache: what is measured is the model.
public struct EngineEvalCaller: EvalCaller {
    private let engine: InferenceEngine
    private let eventLoopGroup: any EventLoopGroup
    private let snapshot: @Sendable () async throws -> CatalogSnapshot

    /// - Parameters:
    ///   - eventLoopGroup: the group the engine's transport was made for.
    ///   - snapshot: what is configured at the moment of a call.
    public init(
        engine: InferenceEngine, eventLoopGroup: any EventLoopGroup,
        snapshot: @escaping @Sendable () async throws -> CatalogSnapshot
    ) {
        self.engine = engine
        self.eventLoopGroup = eventLoopGroup
        self.snapshot = snapshot
    }

    public func answer(to call: EvalCall) async -> EvalAnswer {
        let snapshot: CatalogSnapshot
        do {
            snapshot = try await self.snapshot()
        } catch {
            return EvalAnswer(error: "the configuration cannot be read")
        }
        let began = engine.clock.monotonicNanoseconds()
        let writer = EvalWriter()
        let eventLoop = eventLoopGroup.next()
        var request = InferenceRequest(
            id: call.requestID, receivedAt: engine.clock.wallMilliseconds(), clientFormat: .openAIChat,
            path: "/api/evals", body: call.body, clientKey: call.clientKey)
        request.bypassesCache = true
        let asked = request
        await withTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: LoopTaskExecutor(eventLoop)) {
                await engine.answer(asked, routes: RoutePlanner(snapshot), on: eventLoop, writer: writer)
            }
            group.addTask {
                // Cancelled as soon as there is an answer, or with the run.
                try? await Task.sleep(for: call.timeout)
                writer.giveUp()
            }
            await group.next()
            group.cancelAll()
        }
        let elapsed = Int((engine.clock.monotonicNanoseconds() &- began) / 1_000_000)
        return writer.answer(latencyMS: elapsed, timeout: call.timeout)
    }
}

/// Keeps the answer to a question.
private final class EvalWriter: ResponseWriter {
    private struct State: Sendable {
        var isGivenUp = false
        var isWhole = false
        var status: Int?
        var body: [UInt8] = []
        var record: UsageRecord?
    }

    private let state = Mutex(State())

    var isClosed: Bool { state.withLock { $0.isGivenUp } }

    func giveUp() { state.withLock { $0.isGivenUp = true } }

    func metered(_ record: UsageRecord) { state.withLock { $0.record = record } }

    func respond(status: Int, headers: [(name: String, value: String)], body: ByteBuffer) {
        take(status, body, isWhole: true)
    }

    func start(status: Int, headers: [(name: String, value: String)], body: ByteBuffer) {
        take(status, body, isWhole: false)
    }

    func write(_ body: ByteBuffer) async { take(nil, body, isWhole: false) }
    func finish(_ body: ByteBuffer) { take(nil, body, isWhole: true) }
    func breakOff() {}

    private func take(_ status: Int?, _ body: ByteBuffer, isWhole: Bool) {
        state.withLock { state in
            state.status = state.status ?? status
            state.isWhole = isWhole
            state.body.append(contentsOf: body.readableBytesView)
        }
    }

    func answer(latencyMS: Int, timeout: Duration) -> EvalAnswer {
        let state = state.withLock { $0 }
        var answer = EvalAnswer(latencyMS: latencyMS)
        answer.record = state.record
        guard let status = state.status, state.isWhole else {
            answer.error =
                state.status == nil
                ? "no answer within \(timeout.clampedNanoseconds / 1_000_000) ms" : "the answer broke off"
            return answer
        }
        answer.status = status
        // What cannot be read has no text.
        let body = try? JSONValue(parsing: state.body)
        guard status == 200 else {
            answer.error = body?["error"]?["message"]?.string ?? "the answer has status \(status)"
            return answer
        }
        guard let choice = body?["choices"]?.elements.first(where: { _ in true }), let message = choice["message"]
        else {
            answer.error = "the answer has no message"
            return answer
        }
        answer.finishReason = choice["finish_reason"]?.string
        if let text = message["content"]?.string, !text.isEmpty {
            answer.text = text
        } else if let calls = message.present("tool_calls") {
            answer.text = String(decoding: calls.raw, as: UTF8.self)
        } else {
            answer.text = message["refusal"]?.string ?? ""
        }
        return answer
    }
}
