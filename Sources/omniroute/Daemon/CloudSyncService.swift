import OmniCore
import ServiceLifecycle

/// Synchronises with the person's other machines, when that is on.
struct CloudSyncService: NamedService {
    static let name = "cloud sync"
    let sync: CloudSync

    func run() async throws {
        await cancelWhenGracefulShutdown { await sync.run() }
    }
}
