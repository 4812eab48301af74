import Logging
import OmniCore
import ServiceLifecycle
import Synchronization

/// Keeps what is known of accounts over a restart: read before the first request, written soon after it changed.
struct RoutingHealthService: NamedService {
    static let name = "routing health"
    let routing: RoutingMemory
    let store: any RoutingHealthStore
    let clock: any RouterClock
    let logger: Logger

    /// Answers with limits in their heads change it all the time.
    private static let interval: Duration = .seconds(3)

    /// Takes over what an earlier process knew; without it the router starts all the same.
    func restore() async {
        do {
            guard let json = try await store.routingHealth() else { return }
            let (now, wall) = (routing.now, clock.wallMilliseconds())
            routing.withHealth { $0.restore(RouterHealth.Snapshot(json: json), at: now, wall: wall) }
        } catch {
            logger.error("what was known of accounts cannot be read", metadata: ["error": "\(error)"])
        }
    }

    func run() async throws {
        let saved = Atomic(routing.withHealth { $0.revision })
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                // Cancelled at the end; then it is saved once more.
                try? await Task.sleep(for: Self.interval)
                await save(since: saved)
            }
        }
        await save(since: saved)
    }

    private func save(since saved: borrowing Atomic<UInt64>) async {
        let (now, wall) = (routing.now, clock.wallMilliseconds())
        let (revision, snapshot) = routing.withHealth { ($0.revision, $0.snapshot(at: now, wall: wall)) }
        guard revision != saved.load(ordering: .relaxed) else { return }
        do {
            try await store.setRoutingHealth(snapshot.json)
            saved.store(revision, ordering: .relaxed)
        } catch {
            logger.error("what is known of accounts cannot be written", metadata: ["error": "\(error)"])
        }
    }
}
