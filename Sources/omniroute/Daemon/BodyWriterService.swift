import Logging
import OmniCore
import OmniStore
import ServiceLifecycle

/// Writes bodies that are logged, some time after they came and away from the loops.
struct BodyWriterService: NamedService {
    static let name = "body writer"
    let log: BodyLog
    let archive: BodyArchive
    let clock: any RouterClock
    let logger: Logger

    private static let interval: Duration = .milliseconds(250)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var dropped = 0
            // Cancellation ends the sleep and with it the loop.
            while (try? await Task.sleep(for: Self.interval)) != nil {
                write()
                let lost = log.dropped
                if lost > dropped {
                    logger.warning("bodies were not logged: too many wait", metadata: ["count": "\(lost - dropped)"])
                }
                dropped = lost
            }
        }
        write()
    }

    private func write() {
        let entries = log.take()
        guard !entries.isEmpty else { return }
        do {
            try archive.append(entries, budget: log.maximumDiskBytes, now: clock.wallMilliseconds())
        } catch {
            logger.error("bodies cannot be logged", metadata: ["error": "\(error)"])
        }
    }
}
