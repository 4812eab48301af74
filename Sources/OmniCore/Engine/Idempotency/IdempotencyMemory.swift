import Synchronization

/// The one ``IdempotencyTable`` of a router behind its lock, with the tasks that wait for answers.
///
/// Each call holds the lock for one decision and never across a suspension.
public final class IdempotencyMemory: Sendable {
    /// What a request is to do.
    enum Verdict: Sendable {
        case run(IdempotencyTable.Run)
        case runAlone
        case replay(IdempotentAnswer)
        case conflict
        /// Its task was cancelled while it waited.
        case left
    }

    private struct State: Sendable {
        var table: IdempotencyTable
        var waiting: [IdempotencyTable.Waiter: CheckedContinuation<Verdict, Never>] = [:]
        /// Answers that are to outlive a restart and are not saved yet; nil while nobody saves any.
        var unsaved: [IdempotentAnswer]?
    }

    /// The longest answer kept, in bytes.
    static let maximumAnswerBytes = 4 << 20
    /// What the answers of runs under way may hold together.
    static let maximumRecordedBytes = 64 << 20
    /// Answers that may wait to be saved; when the disk is stuck the oldest are given up.
    private static let maximumUnsaved = 1000

    private let state: Mutex<State>
    private let waiters = Atomic<UInt64>(0)
    private let recordedBytes = Atomic<Int>(0)

    public convenience init() { self.init(limits: .init()) }

    init(limits: IdempotencyTable.Limits) {
        state = Mutex(State(table: IdempotencyTable(limits: limits)))
    }

    /// Requests that are running under a mark or whose answers are repeated.
    /// - Parameter now: milliseconds since 1970.
    public func activeKeys(now: Int64) -> Int {
        state.withLock { state in
            state.table.sweep(now: now)
            return state.table.count
        }
    }

    /// How long after its completion an answer is repeated; holds at once, also for what is kept already.
    public var window: Duration {
        get { .milliseconds(state.withLock { $0.table.window }) }
        set { state.withLock { $0.table.window = Int64(newValue.clampedNanoseconds / 1_000_000) } }
    }

    // MARK: Requests

    /// Decides about a request, and waits where another one is being answered.
    ///
    /// Returns at once when the task is cancelled.
    func claim(_ key: IdempotencyKey, bodyDigest: [UInt8], now: Int64) async -> Verdict {
        let waiter = waiters.wrappingAdd(1, ordering: .relaxed).newValue
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let verdict = state.withLock { state -> Verdict? in
                    let claim = state.table.claim(key, bodyDigest: bodyDigest, as: waiter, now: now)
                    guard let verdict = Verdict(claim) else {
                        state.waiting[waiter] = continuation
                        return nil
                    }
                    return verdict
                }
                if let verdict {
                    continuation.resume(returning: verdict)
                } else if Task.isCancelled {
                    // The handler may have run before there was anything to leave.
                    leave(key, waiter)
                }
            }
        } onCancel: {
            leave(key, waiter)
        }
    }

    /// A run ended; without an answer that is kept the next waiter runs.
    func complete(_ key: IdempotencyKey, _ run: IdempotencyTable.Run, with answer: IdempotentAnswer?, isDurable: Bool) {
        wake { state in
            let wakes = state.table.complete(key, run, with: answer)
            if let answer, isDurable, state.table.window > 0, let unsaved = state.unsaved {
                state.unsaved = (unsaved + [answer]).suffix(Self.maximumUnsaved)
            }
            return wakes
        }
    }

    /// A run's answer is too large to keep; whoever waits for it runs too.
    func release(_ key: IdempotencyKey, _ run: IdempotencyTable.Run) {
        wake { $0.table.release(key, run) }
    }

    private func leave(_ key: IdempotencyKey, _ waiter: IdempotencyTable.Waiter) {
        let continuation = state.withLock { state in
            state.table.leave(key, waiter)
            return state.waiting.removeValue(forKey: waiter)
        }
        continuation?.resume(returning: .left)
    }

    private func wake(_ change: (inout State) -> [IdempotencyTable.Wake]) {
        let woken = state.withLock { state in
            change(&state).compactMap { wake in
                state.waiting.removeValue(forKey: wake.waiter).map { ($0, Verdict(wake.claim)) }
            }
        }
        for (continuation, verdict) in woken { continuation.resume(returning: verdict ?? .runAlone) }
    }

    // MARK: Recording

    /// - Returns: false when runs under way hold too much already.
    func reserve(_ bytes: Int) -> Bool {
        guard recordedBytes.wrappingAdd(bytes, ordering: .relaxed).newValue <= Self.maximumRecordedBytes else {
            free(bytes)
            return false
        }
        return true
    }

    func free(_ bytes: Int) { recordedBytes.wrappingSubtract(bytes, ordering: .relaxed) }

    // MARK: Keeping over restarts

    /// Takes over what an earlier process kept; from now on new answers wait to be saved.
    public func restore(_ answers: [IdempotentAnswer], now: Int64) {
        state.withLock { state in
            for answer in answers { state.table.restore(answer, now: now) }
            state.unsaved = state.unsaved ?? []
        }
    }

    /// Takes back answers that could not be saved, for the next try.
    public func putBack(_ answers: [IdempotentAnswer]) {
        state.withLock { state in
            state.unsaved = (answers + (state.unsaved ?? [])).suffix(Self.maximumUnsaved)
        }
    }

    /// The answers to save, each told once; forgets what is older than the window.
    public func takeUnsaved(now: Int64) -> [IdempotentAnswer] {
        state.withLock { state in
            state.table.sweep(now: now)
            guard let unsaved = state.unsaved, !unsaved.isEmpty else { return [] }
            state.unsaved = []
            return unsaved
        }
    }
}

extension IdempotencyMemory.Verdict {
    /// nil for a claim that must wait.
    fileprivate init?(_ claim: IdempotencyTable.Claim) {
        switch claim {
        case .run(let run): self = .run(run)
        case .runAlone: self = .runAlone
        case .replay(let answer): self = .replay(answer)
        case .conflict: self = .conflict
        case .wait: return nil
        }
    }
}
