import Logging
import OmniCore
import OmniStore
import ServiceLifecycle

/// Keeps cached answers over a restart: their keys are read while the first requests are served, so that
/// starting does not depend on their number, they themselves when asked for.
struct AnswerFileService: NamedService {
    static let name = "answer file"
    let file: AnswerFile
    let cache: AnswerCache
    let clock: any RouterClock
    let logger: Logger

    private static let sweepInterval: Duration = .seconds(60)

    /// Without what is on disk the router runs all the same.
    private func open() async {
        do {
            try await cache.open(file, now: clock.wallMilliseconds())
        } catch is CancellationError {
            // The daemon ends before it needed them.
        } catch {
            logger.error("cached answers cannot be read", metadata: ["error": "\(error)"])
        }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await open()
            await withTaskGroup { group in
                group.addTask {
                    await file.run { error in
                        logger.error("answers cannot be kept on disk", metadata: ["error": "\(error)"])
                    }
                }
                group.addTask {
                    // Cancellation ends the sleep and with it the task.
                    while (try? await Task.sleep(for: Self.sweepInterval)) != nil {
                        cache.removeExpired(now: clock.wallMilliseconds())
                    }
                }
            }
        }
    }
}
