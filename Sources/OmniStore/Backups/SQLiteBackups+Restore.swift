import Foundation
import GRDB
public import OmniCore

/// Restores: examine, copy what there is, replace.
extension SQLiteBackups {
    public func restore(_ id: BackupID, otherKey: String?) async throws -> RestoreReport {
        guard folder.contains(id) else { throw Self.notFound }
        return try await faults {
            let staging = try StagingFolder(in: folder.path)
            // A copy, so that reading leaves the backup as it is.
            let copy = try staging.make("candidate.sqlite")
            try BackupFolder.copy(folder.file(of: id), to: copy)
            if let manifest = folder.manifest(of: id), try BackupFolder.digest(of: copy) != manifest.digest {
                throw BackupFault(.damaged, "the backup was changed after it was made")
            }
            return try await restore(copy, otherKey: otherKey, reason: .beforeRestore, staging: staging)
        }
    }

    public func restore(
        _ upload: any BackupUpload, passphrase: String?, otherKey: String?
    ) async throws -> RestoreReport {
        guard let upload = upload as? FileUpload else { preconditionFailure("uploads are made by this type only") }
        return try await faults {
            let staging = try StagingFolder(in: folder.path)
            let unpacked = try UnpackedUpload(try upload.finish(), passphrase: passphrase, staging: staging)
            return try await restore(
                unpacked.database, otherKey: unpacked.key ?? otherKey, reason: .beforeImport, staging: staging)
        }
    }

    private func restore(
        _ path: String, otherKey: String?, reason: BackupReason, staging: StagingFolder
    ) async throws -> RestoreReport {
        let candidate = try await BackupCandidate(
            path: path, box: box, otherBox: otherKey.map { SecretBox(keyText: $0) }, staging: staging)
        let safetyCopy = try await replace(with: candidate.store, reason: reason, staging: staging)
        // Older backups go after the one that was asked for was read.
        for id in try await settings().expired(folder.identifiers(), at: clock.wallMilliseconds()) {
            _ = try folder.remove(id)
        }
        return RestoreReport(contents: candidate.contents, safetyCopy: safetyCopy)
    }

    /// Replaces in one transaction what a restore brings back.
    private func replace(
        with fresh: SQLiteConfigurationStore, reason: BackupReason, staging: StagingFolder
    ) async throws -> BackupID {
        try await configuration.pool.writeWithoutTransaction { database in
            // Programs of the command line may write between copy and transaction; then both are made again.
            for _ in 0..<5 {
                let version = try Self.dataVersion(database)
                let backup = try self.copy(database, reason: reason, staging: staging)
                var isDone = false
                try database.inTransaction(.immediate) {
                    guard try Self.dataVersion(database) == version else { return .rollback }
                    try Self.replaceRows(of: database, with: fresh)
                    isDone = true
                    return .commit
                }
                if isDone { return backup.id }
                _ = try self.folder.remove(backup.id)
            }
            throw BackupFault(.busy, "another program keeps changing the configuration; try again")
        }
    }

    /// Rises whenever another connection has written.
    private static func dataVersion(_ database: Database) throws -> Int? {
        try Int.fetchOne(database, sql: "PRAGMA data_version")
    }

    private static func replaceRows(of database: Database, with fresh: SQLiteConfigurationStore) throws {
        try database.execute(sql: "PRAGMA defer_foreign_keys = ON")
        let memory = try Standing(of: database)
        try fresh.pool.read { source in
            for shape in try TableShape.all(in: database) {
                try database.execute(
                    sql: "DELETE FROM \"\(shape.name)\" \(RestoreScope.condition(shape.name))")
                try shape.copy(from: source, to: database)
            }
        }
        try memory.apply(to: database)
    }

    /// What may not go back in time.
    private struct Standing {
        /// By connection.
        ///
        /// Renewed tokens replace the ones before for good: an old refresh token is spent, and some
        /// servers end an account's access when one comes again.
        private let tokens: [(id: String, provider: String, sealed: String)]
        /// When keys were revoked, by key.
        ///
        /// A key that was revoked because somebody else had it stays so.
        private let revocations: [(id: String, at: Int64)]

        init(of database: Database) throws {
            tokens = try Row.fetchAll(
                database, sql: "SELECT id, provider, oauth FROM connection WHERE oauth IS NOT NULL"
            ).map { ($0["id"], $0["provider"], $0["oauth"]) }
            revocations = try Row.fetchAll(
                database, sql: "SELECT id, revokedAt FROM clientKey WHERE revokedAt IS NOT NULL"
            ).map { ($0["id"], $0["revokedAt"]) }
        }

        func apply(to database: Database) throws {
            for (id, provider, sealed) in tokens {
                try database.execute(
                    sql: "UPDATE connection SET oauth = ? WHERE id = ? AND provider = ? AND oauth IS NOT NULL",
                    arguments: [sealed, id, provider])
            }
            for (id, time) in revocations {
                try database.execute(
                    sql: "UPDATE clientKey SET isActive = 0, revokedAt = ? WHERE id = ? AND revokedAt IS NULL",
                    arguments: [time, id])
            }
        }
    }
}
