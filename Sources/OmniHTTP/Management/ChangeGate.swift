import OmniCore
import Synchronization

/// Lets a restore run while no other change of the configuration does.
///
/// A handler reads the configuration, thinks, and writes; with a restore between the two it would write what it read before
/// over what was restored. Changes wait for a restore that has begun, and a restore waits for changes that have.
final class ChangeGate: Sendable {
    /// What of it is decided without waiting.
    private struct State: Sendable {
        var running = 0
        var isClosed = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        /// The restore that waits.
        var drain: CheckedContinuation<Bool, Never>?
    }

    private static let maximumWaiting = 1000

    private let state = Mutex(State())
    private let patience: Duration

    /// - Parameter patience: how long a restore waits for changes under way.
    init(patience: Duration = .seconds(10)) { self.patience = patience }

    /// Whether a restore runs, or waits for changes to end.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Makes a change, together with others.
    func change<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        try await enter()
        defer { leave() }
        return try await body()
    }

    /// Does something while no change is made.
    /// - Throws: ``BackupFault`` with code `busy` when another does the same, or changes take too long.
    func alone<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        let isMine = state.withLock { state in
            guard !state.isClosed else { return false }
            state.isClosed = true
            return true
        }
        guard isMine else { throw BackupFault(.busy, "another restore is under way") }
        defer { open() }
        guard await drained() else {
            throw BackupFault(.busy, "other changes are being made; try again in a moment")
        }
        return try await body()
    }

    private func enter() async throws {
        guard state.withLock({ $0.waiting.count < Self.maximumWaiting }) else {
            throw BackupFault(.busy, "a restore is under way; try again in a moment")
        }
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if state.isClosed {
                    state.waiting.append(continuation)
                    return false
                }
                state.running += 1
                return true
            }
            if isOpen { continuation.resume() }
        }
    }

    private func leave() {
        let drain = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            state.running -= 1
            return state.running == 0 ? state.drain.take() : nil
        }
        drain?.resume(returning: true)
    }

    private func open() {
        let waiting = state.withLock { state in
            state.isClosed = false
            state.running += state.waiting.count
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// - Returns: false when changes still run after all patience.
    private func drained() async -> Bool {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                // Ended early when there is nothing to wait for any more.
                guard (try? await Task.sleep(for: self.patience)) != nil else { return }
                self.state.withLock { $0.drain.take() }?.resume(returning: false)
            }
            let isDrained = await withCheckedContinuation { continuation in
                let isEmpty = state.withLock { state in
                    if state.running > 0 { state.drain = continuation }
                    return state.running == 0
                }
                if isEmpty { continuation.resume(returning: true) }
            }
            group.cancelAll()
            return isDrained
        }
    }
}
