import Logging
import OmniCore
import ServiceLifecycle

/// Keeps the answers to requests with an `Idempotency-Key` over a restart: read before the first request, written soon
/// after they were given, removed when their time is over.
struct IdempotencyService: NamedService {
    static let name = "idempotency"
    let memory: IdempotencyMemory
    let store: any IdempotencyStore
    let clock: any RouterClock
    let logger: Logger

    /// How long an answer may be given and not saved.
    private static let interval: Duration = .milliseconds(250)
    /// How many intervals lie between two looks for what is over.
    private static let removal = 40

    /// Takes over what an earlier process answered; without it duplicates are asked again.
    func restore() async {
        let now = clock.wallMilliseconds()
        do {
            memory.restore(try await store.idempotentAnswers(completedAfter: windowStart(now)), now: now)
        } catch {
            memory.restore([], now: now)
            logger.error("answers for duplicates cannot be read", metadata: ["error": "\(error)"])
        }
        await removeOld()
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var round = 0
            while !Task.isCancelled {
                // Cancelled at the end; then it is saved once more.
                try? await Task.sleep(for: Self.interval)
                guard !Task.isCancelled else { return }
                await save()
                round += 1
                if round % Self.removal == 0 { await removeOld() }
            }
        }
        await save()
    }

    private func windowStart(_ now: Int64) -> Int64 {
        now - memory.window.components.seconds * 1000 - memory.window.components.attoseconds / 1_000_000_000_000_000
    }

    private func save() async {
        let answers = memory.takeUnsaved(now: clock.wallMilliseconds())
        guard !answers.isEmpty else { return }
        do {
            try await store.saveIdempotentAnswers(answers)
        } catch {
            memory.putBack(answers)
            // The write that the end of the service cuts off is made good by the last one.
            guard !(error is CancellationError) else { return }
            logger.error("answers for duplicates cannot be written", metadata: ["error": "\(error)"])
        }
    }

    private func removeOld() async {
        do {
            try await store.removeIdempotentAnswers(completedUntil: windowStart(clock.wallMilliseconds()))
        } catch {
            logger.error("answers for duplicates cannot be removed", metadata: ["error": "\(error)"])
        }
    }
}
