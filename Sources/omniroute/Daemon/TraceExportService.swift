import Logging
import OmniCore
import ServiceLifecycle

/// Tells the collector of traces what was recorded, in batches; at the end what is left, as far as a few seconds allow.
struct TraceExportService: NamedService {
    static let name = "trace export"
    let exporter: TraceExporter
    let buffer: TraceBuffer
    let logger: Logger

    private static let interval: Duration = .seconds(1)
    private static let longestPause: Duration = .seconds(30)
    private static let lastChance: Duration = .seconds(3)

    func run() async throws {
        await cancelWhenGracefulShutdown { await exportUntilCancelled() }
        await withTaskGroup { group in
            group.addTask {
                while case .told = await exporter.export() {}
            }
            // Cancelled as soon as everything is told.
            group.addTask { try? await Task.sleep(for: Self.lastChance) }
            await group.next()
            group.cancelAll()
        }
    }

    private func exportUntilCancelled() async {
        var pause = Self.interval
        var dropped = 0
        var isAway = false
        // Cancellation ends the sleep and with it the loop.
        while (try? await Task.sleep(for: pause)) != nil {
            var outcome = await exporter.export()
            while case .told = outcome { outcome = await exporter.export() }
            guard !Task.isCancelled else { return }
            switch outcome {
            case .idle, .told:
                pause = Self.interval
                isAway = false
            case .delayed(let reason), .refused(let reason):
                if !isAway { logger.warning("traces cannot be told", metadata: ["reason": "\(reason)"]) }
                isAway = true
                pause = min(pause * 2, Self.longestPause)
            }
            let lost = buffer.dropped
            if lost > dropped {
                logger.warning("requests are in no trace", metadata: ["count": "\(lost - dropped)"])
            }
            dropped = lost
        }
    }
}
