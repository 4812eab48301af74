import Foundation
import OmniCore

/// A folder for files that are in the making, gone with its last user; what a killed process leaves is removed at the next start.
final class StagingFolder: Sendable {
    let path: String

    /// - Parameter parent: where backups are, so that what is finished can be moved there in one step.
    init(in parent: String) throws {
        path = "\(parent)/\(Self.prefix)\(UUID().uuidString)"
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw BackupFault(.failed, "no folder can be made in the data folder")
        }
    }

    deinit {
        // What cannot be removed now is removed at the next start.
        try? FileManager.default.removeItem(atPath: path)
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// A file of the owner's only, empty; SQLite and others fill it.
    func make(_ name: String) throws -> String {
        let path = file(name)
        guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]) else {
            throw BackupFault(.failed, "no file can be made in the data folder")
        }
        return path
    }

    static func removeLeftOvers(in parent: String) {
        // No folder, nothing left over.
        for name in (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? [] where name.hasPrefix(prefix) {
            // What cannot be removed takes up room and does no other harm.
            try? FileManager.default.removeItem(atPath: "\(parent)/\(name)")
        }
    }

    private static let prefix = "staging-"
}
