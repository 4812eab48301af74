import Logging
import OmniCore
import OmniHTTP
import OmniStore
import ServiceLifecycle
import UnixSignals

/// Writes usage records in batches and tells each request to the log.
struct UsageWriterService: NamedService {
    static let name = "usage writer"
    let ledger: UsageLedger
    /// nil when nobody is told traces.
    let traces: TraceBuffer?
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await ledger.run { batch in
                if logger.logLevel <= .info { RequestLog.write(batch) }
                traces?.offer(batch.records)
            } onFailure: { error in
                logger.error("usage cannot be written", metadata: ["error": "\(error)"])
            }
        }
    }
}

/// Reads the configuration again on SIGHUP, which the command line tools send after a change.
struct ReloadService: NamedService {
    static let name = "reload"
    let publish: @Sendable () async throws -> Void
    let logger: Logger

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        for await _ in signals.cancelOnGracefulShutdown() {
            do {
                try await publish()
                logger.info("configuration read again")
            } catch {
                logger.error("the configuration cannot be read; the old one stays", metadata: ["error": "\(error)"])
            }
        }
    }
}

/// The server, with a bound on how long its shutdown waits for answers that are still running.
struct DrainingServer: NamedService {
    static let name = "server"
    let server: any Service
    let plane: DataPlane
    let feed: RequestFeed
    let limit: Duration
    let logger: Logger

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await endWhenOverdue() }
            try await server.run()
            group.cancelAll()
        }
    }

    /// Cancelled as soon as the server has ended by itself.
    private func endWhenOverdue() async {
        do {
            try await gracefulShutdown()
            // Pages that watch would hold the server up for as long as they are open.
            feed.close()
            try await Task.sleep(for: limit)
        } catch {
            return
        }
        logger.warning("answers that are still running are ended")
        await plane.endRunningRequests()
    }
}
