import Synchronization

/// Ends a run from outside, once, and tells whoever waits for it.
final class EvalStop: Sendable {
    private struct State: Sendable {
        var status: EvalRun.Status?
        var waiting: CheckedContinuation<Void, Never>?
        /// The task that waits is over.
        var isLeft = false
    }

    private let state = Mutex(State())

    /// What the run becomes; nil while nobody ended it.
    var status: EvalRun.Status? { state.withLock { $0.status } }

    /// The first reason counts.
    func end(as status: EvalRun.Status) {
        let waiting = state.withLock { state in
            state.status = state.status ?? status
            return state.waiting.take()
        }
        waiting?.resume()
    }

    /// Returns when the run is ended from outside, or when the calling task is cancelled.
    ///
    /// One task may wait.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.status != nil || state.isLeft { return true }
                    state.waiting = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let waiting = state.withLock { state in
                state.isLeft = true
                return state.waiting.take()
            }
            waiting?.resume()
        }
    }
}
