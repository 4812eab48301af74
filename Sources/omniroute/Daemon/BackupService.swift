import Logging
import OmniCore
import OmniStore
import ServiceLifecycle

/// Makes backups when it is time for one.
struct BackupService: NamedService {
    static let name = "backups"
    let backups: SQLiteBackups
    let logger: Logger

    /// Not while the daemon is busy with its start.
    private static let delay: Duration = .seconds(60)
    private static let interval: Duration = .seconds(600)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var pause = Self.delay
            // Cancelled at the end; a backup that was begun by then is gone without a trace.
            while (try? await Task.sleep(for: pause)) != nil {
                pause = Self.interval
                await create()
            }
        }
    }

    private func create() async {
        do {
            guard let backup = try await backups.createWhenDue() else { return }
            logger.info("backup made", metadata: ["id": "\(backup.id.text)"])
        } catch is CancellationError {
            return
        } catch {
            logger.error("no backup can be made", metadata: ["error": "\(error)"])
        }
    }
}
