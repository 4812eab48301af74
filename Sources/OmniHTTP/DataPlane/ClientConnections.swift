import HummingbirdCore
import Logging
public import ServiceLifecycle
import Synchronization

/// The open connections of clients: serves those that were handed over to Hummingbird, and ends when all have ended.
///
/// Hummingbird would keep a task for each connection, which for most has nothing to do. It runs among the services of the
/// application as the last one, so that it is told to stop when the listener is closed and before anything that answers need.
public final class ClientConnections: Service {
    /// A connection on which Hummingbird answers.
    struct HandedOver: Sendable {
        let server: HTTP1Channel
        let value: HTTP1Channel.Value
        let logger: Logger
    }

    private struct State {
        var open = 0
        var isEnding = false
        /// Whether connections are no longer waited for.
        var isOver = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())
    private let handedOver: AsyncStream<HandedOver>
    private let source: AsyncStream<HandedOver>.Continuation
    private let closeAll: @Sendable () -> Void

    /// How many connections may wait for their task to begin.
    private static let maximumWaiting = 4096

    /// - Parameter closeAll: closes every connection, at once or soon.
    init(closeAll: @escaping @Sendable () -> Void) {
        self.closeAll = closeAll
        (handedOver, source) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.maximumWaiting))
    }

    public func run() async {
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await withDiscardingTaskGroup { group in
                    for await connection in handedOver {
                        group.addTask {
                            await connection.server.handle(value: connection.value, logger: connection.logger)
                        }
                    }
                }
            } onGracefulShutdown: {
                self.end()
            }
            await allEnded()
        } onCancel: {
            self.giveUp()
        }
    }

    /// - Returns: false when it is too late.
    func opened() -> Bool {
        state.withLock { state in
            state.open += 1
            return !state.isOver
        }
    }

    func closed() {
        let (isLast, waiter) = state.withLock { state in
            state.open -= 1
            guard state.open == 0 else { return (false, nil as CheckedContinuation<Void, Never>?) }
            defer { state.waiter = nil }
            return (state.isEnding, state.waiter)
        }
        if isLast { source.finish() }
        waiter?.resume()
    }

    /// - Returns: false when nobody will serve it.
    func serve(_ connection: HandedOver) -> Bool {
        if case .enqueued = source.yield(connection) { true } else { false }
    }

    /// No more connections come; those that are open may end by themselves.
    private func end() {
        let isLast = state.withLock { state in
            state.isEnding = true
            return state.open == 0
        }
        if isLast { source.finish() }
    }

    private func giveUp() {
        state.withLock { $0.isOver = true }
        source.finish()
        closeAll()
    }

    private func allEnded() async {
        await withCheckedContinuation { (waiter: CheckedContinuation<Void, Never>) in
            let hasEnded = state.withLock { state in
                guard state.open > 0 else { return true }
                state.waiter = waiter
                return false
            }
            if hasEnded { waiter.resume() }
        }
    }
}
