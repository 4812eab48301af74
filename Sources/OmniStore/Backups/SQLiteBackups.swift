import Crypto
import Foundation
import GRDB
public import OmniCore

/// Backups of the configuration, as files in the data folder.
///
/// A restore is one transaction on the database that is in use: it happens whole or not at all, without closing anything, and
/// whoever writes at the same time does so before it, then it is in the safety copy, or after it.
public final class SQLiteBackups: BackupKeeper {
    let configuration: SQLiteConfigurationStore
    let usage: UsageLedger
    let dataFolder: DataDirectory
    let box: SecretBox
    let clock: any RouterClock
    let folder: BackupFolder
    /// Asked for the health of all files.
    private let problems: @Sendable () -> [String]

    /// - Parameter isOwner: whether this is the daemon, which removes what another process left unfinished.
    init(
        configuration: SQLiteConfigurationStore, usage: UsageLedger, dataFolder: DataDirectory, box: SecretBox,
        clock: any RouterClock, isOwner: Bool, problems: @escaping @Sendable () -> [String]
    ) throws {
        self.configuration = configuration
        self.usage = usage
        self.dataFolder = dataFolder
        self.box = box
        self.clock = clock
        self.problems = problems
        folder = try BackupFolder(path: dataFolder.file("db_backups"))
        if isOwner {
            StagingFolder.removeLeftOvers(in: folder.path)
            folder.removeOrphans()
        }
    }

    public func backups() async throws -> [BackupEntry] { folder.identifiers().map { entry(of: $0) } }

    public func create(_ reason: BackupReason) async throws -> BackupEntry {
        let staging = try StagingFolder(in: folder.path)
        let entry = try await faults {
            try await configuration.pool.writeWithoutTransaction { try self.copy($0, reason: reason, staging: staging) }
        }
        try await removeExpired()
        return entry
    }

    /// Makes a backup when it is time for one and something changed since the last of any reason.
    /// - Returns: nil when none was made.
    @discardableResult
    public func createWhenDue() async throws -> BackupEntry? {
        let known = folder.identifiers()
        let last = known.first { $0.reason == .automatic }?.createdAt
        guard try await settings().isDue(last: last, at: clock.wallMilliseconds()) else { return nil }
        let rowDigest = try await configuration.pool.read { try Self.rowDigest(of: $0) }
        if let newest = known.first, folder.manifest(of: newest)?.rowDigest == rowDigest { return nil }
        return try await create(.automatic)
    }

    public func remove(_ id: BackupID) async throws {
        guard try folder.remove(id) else { throw Self.notFound }
    }

    public func upload() async throws -> any BackupUpload { try FileUpload(in: folder.path) }

    // MARK: Settings

    public func settings() async throws -> BackupSettings {
        var settings = BackupSettings()
        if let text = try await configuration.setting("backups") { try settings.merge(StoredObject.fields(text)) }
        return settings
    }

    public func update(_ settings: BackupSettings) async throws {
        try await configuration.set("backups", StoredObject.text { settings.writeMembers(into: &$0) })
        try await removeExpired()
    }

    private func removeExpired() async throws {
        for id in try await settings().expired(folder.identifiers(), at: clock.wallMilliseconds()) {
            _ = try folder.remove(id)
        }
    }

    public func storage(checksIntegrity: Bool) async throws -> StorageFigures {
        let known = folder.identifiers()
        let names = ["configuration.sqlite", "history.sqlite", "cache.sqlite"]
        var parts = names.map { name in
            StorageFigures.Part(
                name: name,
                size: ["", "-wal"].reduce(0) { $0 + BackupFolder.size(of: dataFolder.file(name) + $1) })
        }
        let bodies = dataFolder.file("bodies")
        // No folder, no bodies.
        let files = (try? FileManager.default.contentsOfDirectory(atPath: bodies)) ?? []
        parts.append(.init(name: "bodies", size: files.reduce(0) { $0 + BackupFolder.size(of: "\(bodies)/\($1)") }))
        // Some file systems do not tell.
        let system = try? FileManager.default.attributesOfFileSystem(forPath: dataFolder.path)
        return StorageFigures(
            dataFolder: dataFolder.path, databasePath: dataFolder.file("configuration.sqlite"), parts: parts,
            backupCount: known.count, backupSize: known.reduce(0) { $0 + folder.size(of: $1) },
            lastBackupAt: known.first?.createdAt,
            freeBytes: (system?[.systemFreeSize] as? NSNumber)?.intValue,
            problems: checksIntegrity ? problems() : nil, settings: try await settings())
    }

    // MARK: Parts

    static let notFound = BackupFault(.notFound, "there is no such backup")

    func entry(of id: BackupID) -> BackupEntry {
        if let manifest = folder.manifest(of: id) {
            return BackupEntry(id: id, size: manifest.size, contents: manifest.contents, digest: manifest.digest)
        }
        return BackupEntry(id: id, size: folder.size(of: id), contents: BackupContents(), digest: nil)
    }

    /// Copies the database as it is into a new backup, and looks whether the copy is sound.
    /// - Parameter database: its writer, outside of a transaction.
    func copy(_ database: Database, reason: BackupReason, staging: StagingFolder) throws -> BackupEntry {
        let draft = try staging.make("backup.sqlite")
        try database.execute(sql: "VACUUM INTO ?", arguments: [draft])
        let (contents, rowDigest) = try DatabaseQueue(path: draft).read { copy in
            guard try String.fetchAll(copy, sql: "PRAGMA integrity_check(1)") == ["ok"] else {
                throw BackupFault(.failed, "the copy is damaged; is the disk sound?")
            }
            return (try Self.contents(of: copy), try Self.rowDigest(of: copy))
        }
        let id = folder.identifier(reason, at: clock.wallMilliseconds())
        let manifest = BackupManifest(
            digest: try BackupFolder.digest(of: draft), size: BackupFolder.size(of: draft), contents: contents,
            rowDigest: rowDigest)
        try folder.adopt(draft, manifest: manifest, as: id, staging: staging)
        return BackupEntry(id: id, size: manifest.size, contents: contents, digest: manifest.digest)
    }

    private static func contents(of database: Database) throws -> BackupContents {
        func count(_ table: String) throws -> Int {
            try Int.fetchOne(database, sql: "SELECT count(*) FROM \(table)") ?? 0
        }
        return BackupContents(
            connections: try count("connection"), nodes: try count("node"), combos: try count("combo"),
            clientKeys: try count("clientKey"))
    }

    private static func rowDigest(of database: Database) throws -> String {
        var digest = SHA256()
        for shape in try TableShape.all(in: database) { try shape.hash(in: database, into: &digest) }
        return Array(digest.finalize()).hexadecimal
    }

    /// Turns what SQLite and the key say into faults that people understand.
    func faults<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as DatabaseError {
            throw BackupCandidate.fault(error)
        } catch let error as StoreError {
            switch error.code {
            case .passphrase: throw BackupFault(.wrongPassphrase, error.message)
            case .damaged: throw BackupFault(.damaged, error.message)
            default: throw BackupFault(.failed, error.message)
            }
        } catch let error as CocoaError {
            throw BackupFault(
                error.code == .fileWriteOutOfSpace ? .noSpace : .failed, "the file cannot be written or read")
        }
    }
}
