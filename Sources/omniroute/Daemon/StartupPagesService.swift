import Foundation
import ServiceLifecycle

/// Gives back, once the daemon runs, the pages of code that only its start needed.
///
/// Loading, relocation and set-up touch most of the program and its libraries, some 30 MB that would count as used for
/// as long as the process lives. What is needed again is mapped in again from the page cache, a page at a time.
struct StartupPagesService: NamedService {
    static let name = "startup pages"
    /// When everything of the start has happened, the first request included.
    let delay: Duration = .seconds(2)

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await Task.sleep(for: delay) }
            Self.release()
            // A service that returned would end the daemon.
            try await gracefulShutdown()
        } catch is CancellationError {
            // The daemon ends before it has begun in earnest.
        }
    }

    /// Only mappings of files that are executable and not writable: their pages are never changed and can be read again.
    private static func release() {
        guard let maps = try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8) else { return }  // Not Linux.
        for line in maps.split(separator: "\n") {
            let fields = line.split(separator: " ", omittingEmptySubsequences: true)
            guard fields.count >= 6, fields[1] == "r-xp", fields[5].hasPrefix("/") else { continue }
            let bounds = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            guard bounds.count == 2, let start = UnsafeMutableRawPointer(bitPattern: bounds[0]) else { continue }
            // Advice only: where it is refused, the pages stay.
            _ = madvise(start, Int(bounds[1] - bounds[0]), Int32(MADV_DONTNEED))
        }
    }
}
