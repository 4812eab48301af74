import Logging
import OmniCore
import OmniStore
import ServiceLifecycle

/// Removes what is older than a person wants to keep: requests, their bodies, entries of the audit log.
struct RetentionService: NamedService {
    static let name = "retention"
    let store: DataStore
    let clock: any RouterClock
    let logger: Logger

    private static let firstLook: Duration = .seconds(20)
    private static let interval: Duration = .seconds(3600)
    private static let day: Int64 = 86_400_000
    /// How long the audit log is kept where nothing is said about the log.
    private static let auditDays: Int64 = 400

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var pause = Self.firstLook
            // Cancellation ends the sleep and with it the loop.
            while (try? await Task.sleep(for: pause)) != nil {
                pause = Self.interval
                do {
                    try await removeOld()
                } catch {
                    logger.error("old entries cannot be removed", metadata: ["error": "\(error)"])
                }
            }
        }
    }

    private func removeOld() async throws {
        let now = clock.wallMilliseconds()
        let days = try await store.configuration.load().general.logRetentionDays.map(Int64.init)
        if let days {
            let removed = try await store.usage.removeRecords(before: now - days * Self.day)
            try store.bodies.removeBodies(before: now - days * Self.day)
            if removed > 0 { logger.info("old requests were removed", metadata: ["count": "\(removed)"]) }
        }
        let auditDays = days.map { $0 * 2 } ?? Self.auditDays
        let removed = try await store.configuration.removeAudit(before: now - auditDays * Self.day)
        guard removed > 0 else { return }
        try await store.configuration.appendAudit(
            AuditEntry(
                time: now, action: "audit.retention", actor: "system",
                details: #"{"removed":\#(removed),"days":\#(auditDays)}"#))
    }
}
