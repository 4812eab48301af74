import Crypto
import Foundation
import GRDB
public import OmniCore
import OmniJSON
import Synchronization

/// Exports: what leaves the machine holds no access to it.
extension SQLiteBackups {
    public func export(_ request: BackupExportRequest) async throws -> BackupExport {
        try await faults {
            let staging = try StagingFolder(in: folder.path)
            let passphrase = try request.passphrase.map { try PassphraseBox(passphrase: $0) }
            let database = try await exportedDatabase(request.backup, staging: staging)
            let now = request.backup?.createdAt ?? clock.wallMilliseconds()
            let time = String(ISOTime.string(now).prefix(19)).replacingOccurrences(of: ":", with: "-")
            guard request.isComplete || passphrase != nil else {
                return try Self.file(
                    database, name: "omniroute-backup-\(time).sqlite", source: FileSource(path: database),
                    staging: staging)
            }
            var key: [UInt8]?
            if passphrase != nil {
                let material = SymmetricKey(size: .bits256).withUnsafeBytes { [UInt8]($0) }
                try BackupCandidate.reseal(database, from: box, to: SecretBox(material: material))
                try Self.compact(database)
                key = Array(material.hexadecimal.utf8)
            }
            var entries = [try Self.entry("configuration.sqlite", database)]
            if request.isComplete {
                entries += try ExportListings(of: database).entries
                if request.includesHistory {
                    entries.append(try Self.entry("history.sqlite", try await exportedHistory(staging)))
                }
            }
            if let key { entries.append(.bytes("secrets.key", key)) }
            let name = "omniroute-\(request.isComplete ? "full-" : "")backup-\(time)"
            entries.append(try Self.metadata(of: entries, at: now))
            for index in entries.indices { entries[index].name = "\(name)/\(entries[index].name)" }
            let archive = try GzipSource(TarSource(entries, modifiedAt: now / 1000))
            guard let passphrase else {
                return BackupExport(
                    fileName: "\(name).tar.gz", contentType: "application/gzip", length: nil,
                    next: Self.pieces(of: archive, staging: staging))
            }
            return BackupExport(
                fileName: "\(name).omniroute", contentType: "application/octet-stream", length: nil,
                next: Self.pieces(of: try SealingSource(archive, box: passphrase), staging: staging))
        }
    }

    /// A new file with what a restore would bring back, of the present state or of a backup.
    ///
    /// It is made as for a restore: what stays on this machine never was in it, and it is known to be readable.
    private func exportedDatabase(_ id: BackupID?, staging: StagingFolder) async throws -> String {
        let path = try staging.make("candidate.sqlite")
        if let id {
            guard folder.contains(id) else { throw Self.notFound }
            try BackupFolder.copy(folder.file(of: id), to: path)
        } else {
            try await configuration.pool.writeWithoutTransaction { database in
                try database.execute(sql: "VACUUM INTO ?", arguments: [path])
            }
        }
        let candidate = try await BackupCandidate(path: path, box: box, otherBox: nil, staging: staging)
        try candidate.store.pool.close()
        try Self.compact(candidate.path)
        return candidate.path
    }

    /// A copy of the history, without answers that are kept for duplicates of their requests.
    private func exportedHistory(_ staging: StagingFolder) async throws -> String {
        let path = try staging.make("history.sqlite")
        try usage.flush()
        let queue = try DatabaseQueue(path: path)
        try usage.pool.backup(to: queue)
        try await queue.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA journal_mode = DELETE; PRAGMA secure_delete = ON")
            try database.execute(sql: "DELETE FROM idempotentAnswer")
        }
        try queue.close()
        return path
    }

    /// Leaves one file that holds nothing but what is in its tables.
    private static func compact(_ path: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA journal_mode = DELETE; VACUUM")
        }
        try queue.close()
    }

    private static func entry(_ name: String, _ path: String) throws -> TarSource.Entry {
        TarSource.Entry(name: name, length: BackupFolder.size(of: path), contents: .file(path: path))
    }

    private static func metadata(of entries: [TarSource.Entry], at now: Int64) throws -> TarSource.Entry {
        let digests = try entries.map { entry in
            switch entry.contents {
            case .bytes(let bytes): (entry.name, Array(SHA256.hash(data: bytes)).hexadecimal)
            case .file(let path): (entry.name, try BackupFolder.digest(of: path))
            }
        }
        let text = StoredObject.text { writer in
            writer.key("format")
            writer.string("omniroute-full-backup-v1")
            writer.key("createdAt")
            writer.string(ISOTime.string(now))
            writer.key("sha256")
            writer.digests(digests)
        }
        return .bytes("metadata.json", Array(text.utf8))
    }

    private static func file(
        _ path: String, name: String, source: FileSource, staging: StagingFolder
    ) throws -> BackupExport {
        BackupExport(
            fileName: name, contentType: "application/octet-stream", length: BackupFolder.size(of: path),
            next: pieces(of: source, staging: staging))
    }

    /// Draws from a source; the files it reads are there for as long as the function is.
    private static func pieces(
        of source: sending any ByteSource, staging: StagingFolder
    ) -> @Sendable () throws -> [UInt8]? {
        let pieces = Pieces(source, staging: staging)
        return { try pieces.next() }
    }

    private final class Pieces: Sendable {
        private let source: Mutex<any ByteSource>
        private let staging: StagingFolder

        init(_ source: sending any ByteSource, staging: StagingFolder) {
            self.source = Mutex(source)
            self.staging = staging
        }

        func next() throws -> [UInt8]? { try source.withLock { try $0.next() } }
    }
}
