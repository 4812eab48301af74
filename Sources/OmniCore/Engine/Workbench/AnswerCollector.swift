import NIOCore
import OmniJSON
import Synchronization

/// An answer that was waited for, and what is known of it.
public struct CollectedAnswer: Sendable {
    /// What a client would have been told; nil when the request was given up.
    public var status: Int?
    public var body: [UInt8] = []
    /// Until the whole answer was there.
    public var latencyMS = 0
    /// What was asked last; nil when nothing was.
    public var target: ActiveRequest?
    public var attempts = 0
    /// What the request was and cost; nil when it was given up before that was known.
    public var record: UsageRecord?
}

/// Keeps the answer to a request of the router's own.
final class AnswerCollector: ResponseWriter {
    private struct State: Sendable {
        var isGivenUp = false
        var answer = CollectedAnswer()
    }

    private let state = Mutex(State())

    var isClosed: Bool { state.withLock { $0.isGivenUp } }

    /// Sends a request through the engine that serves clients.
    static func answer(
        to request: InferenceRequest, of engine: InferenceEngine, in snapshot: CatalogSnapshot,
        eventLoopGroup: any EventLoopGroup, timeout: Duration
    ) async -> CollectedAnswer {
        let began = engine.clock.monotonicNanoseconds()
        let writer = AnswerCollector()
        let eventLoop = eventLoopGroup.next()
        await withTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: LoopTaskExecutor(eventLoop)) {
                await engine.answer(request, routes: RoutePlanner(snapshot), on: eventLoop, writer: writer)
            }
            group.addTask {
                // Cancelled as soon as there is an answer.
                try? await Task.sleep(for: timeout)
                if !Task.isCancelled { writer.state.withLock { $0.isGivenUp = true } }
            }
            await group.next()
            group.cancelAll()
        }
        var answer = writer.state.withLock { $0.answer }
        answer.latencyMS = Int((engine.clock.monotonicNanoseconds() &- began) / 1_000_000)
        return answer
    }

    func attempting(_ request: ActiveRequest) {
        state.withLock { state in
            state.answer.target = request
            state.answer.attempts += 1
        }
    }

    func metered(_ record: UsageRecord) { state.withLock { $0.answer.record = record } }

    func respond(status: Int, headers: [(name: String, value: String)], body: ByteBuffer) { take(status, body) }
    func start(status: Int, headers: [(name: String, value: String)], body: ByteBuffer) { take(status, body) }
    func write(_ body: ByteBuffer) async { take(nil, body) }
    func finish(_ body: ByteBuffer) { take(nil, body) }

    private func take(_ status: Int?, _ body: ByteBuffer) {
        state.withLock { state in
            state.answer.status = state.answer.status ?? status
            state.answer.body.append(contentsOf: body.readableBytesView)
        }
    }
}
