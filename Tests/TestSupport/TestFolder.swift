public import Foundation

/// Where tests put their files: folders of their own in the system's folder for temporary files.
///
/// A test removes its folder when it ends. A run that is killed cannot, so the name holds the process, and the next run
/// removes what belongs to a process that is no more.
public enum TestFolder {
    private static let prefix = "omniroute-test-"

    /// A path that nobody else has; nothing is there yet.
    public static func path() -> String {
        _ = isSwept
        return FileManager.default.temporaryDirectory.appendingPathComponent(
            "\(prefix)\(ProcessInfo.processInfo.processIdentifier)-\(UUID().uuidString)"
        ).path
    }

    private static let isSwept: Bool = {
        sweep(FileManager.default.temporaryDirectory)
        return true
    }()

    /// Removes the folders of tests whose process has ended.
    public static func sweep(_ folder: URL) {
        // Without a list there is nothing to remove; another run may be removing the same at this moment.
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] {
            guard name.hasPrefix(prefix), let process = pid_t(name.dropFirst(prefix.count).prefix { $0 != "-" }),
                kill(process, 0) != 0, errno == ESRCH
            else { continue }
            try? FileManager.default.removeItem(at: folder.appendingPathComponent(name))
        }
    }
}
