import Crypto
import Foundation
import OmniCore

/// The folder of backups: which there are, and how a new one gets there whole.
struct BackupFolder: Sendable {
    let path: String

    /// Creates the folder (mode 0700) where it is missing.
    init(path: String) throws {
        self.path = path
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw StoreError(.directory, "the folder of backups \(path) cannot be created: \(error)")
        }
    }

    func file(of id: BackupID) -> String { "\(path)/\(id.text)" }

    private func manifestFile(of id: BackupID) -> String { file(of: id) + ".json" }

    /// Newest first; files with other names are no backups.
    func identifiers() -> [BackupID] {
        // A folder that is gone holds no backups.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.compactMap { BackupID($0) }.filter { isPlainFile($0) }.sorted { $0.createdAt > $1.createdAt }
    }

    /// A link could lead anywhere.
    private func isPlainFile(_ id: BackupID) -> Bool {
        var status = stat()
        return lstat(file(of: id), &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    func contains(_ id: BackupID) -> Bool { isPlainFile(id) }

    /// nil for files that a person put there.
    func manifest(of id: BackupID) -> BackupManifest? {
        FileManager.default.contents(atPath: manifestFile(of: id)).flatMap { BackupManifest([UInt8]($0)) }
    }

    func size(of id: BackupID) -> Int { Self.size(of: file(of: id)) }

    /// The name of a backup that is made now.
    func identifier(_ reason: BackupReason, at now: Int64) -> BackupID {
        let taken = Set(identifiers().map(\.createdAt))
        // Never before one that was just made: a restore is undone with the newest, whatever the clock's steps.
        let latest = taken.max() ?? 0
        var time = latest >= now && latest - now < 60_000 ? latest + 1 : now
        while taken.contains(time) { time += 1 }
        return BackupID(createdAt: time, reason: reason)
    }

    /// Removes descriptions without their backups, which a killed process leaves.
    func removeOrphans() {
        // No folder, no orphans.
        for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] where name.hasSuffix(".json") {
            guard let id = BackupID(String(name.dropLast(5))), !contains(id) else { continue }
            unlink(manifestFile(of: id))
        }
    }

    /// Moves a finished file here.
    ///
    /// Its name appears when everything of it is on the disk.
    func adopt(_ draft: String, manifest: BackupManifest, as id: BackupID, staging: StagingFolder) throws {
        let description = try staging.make("manifest.json")
        try Data(manifest.text.utf8).write(to: URL(fileURLWithPath: description))
        try Self.synchronize(description)
        try Self.synchronize(draft)
        // A manifest without its backup is nothing; a backup without its manifest would be one nobody can vouch for.
        // A link takes no other's place, as a renaming would.
        guard rename(description, manifestFile(of: id)) == 0, link(draft, file(of: id)) == 0 else {
            throw BackupFault(.failed, "the backup cannot be moved to its place: error \(errno)")
        }
        try Self.synchronize(path)
    }

    /// - Returns: false when there is none.
    func remove(_ id: BackupID) throws -> Bool {
        guard contains(id) else { return false }
        guard unlink(file(of: id)) == 0 else {
            throw BackupFault(.failed, "the backup cannot be removed: error \(errno)")
        }
        // There is none beside files that a person put there.
        unlink(manifestFile(of: id))
        return true
    }

    // MARK: Files

    static func size(of path: String) -> Int {
        // What is not there has no size.
        ((try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? NSNumber)?.intValue ?? 0
    }

    static func digest(of path: String) throws -> String {
        var source = try FileSource(path: path)
        var hash = SHA256()
        while let bytes = try source.next() { hash.update(data: bytes) }
        return Array(hash.finalize()).hexadecimal
    }

    static func copy(_ source: String, to target: String) throws {
        var source = try FileSource(path: source)
        guard let handle = FileHandle(forWritingAtPath: target) else {
            throw BackupFault(.failed, "a file in the data folder cannot be written")
        }
        while let bytes = try source.next() { try handle.write(contentsOf: bytes) }
        try handle.close()
    }

    private static func synchronize(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw BackupFault(.failed, "a file in the data folder cannot be opened") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw BackupFault(.failed, "the disk reports error \(errno)") }
    }
}
