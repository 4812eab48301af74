import Foundation
import GRDB
import OmniCore

/// A file that may become the configuration: examined, and its rows copied into a new file of this program's own schema.
///
/// Nothing of the file is run or trusted: it is opened with its schema's functions, triggers and views disabled and is only read.
/// What comes of it is a file whose every table, index and rule is ours.
struct BackupCandidate {
    /// The largest configuration taken, in bytes; ordinary ones have less than one MiB.
    static let maximumBytes = 256 << 20

    /// A configuration in this program's present form, with secrets sealed with this machine's key.
    let store: SQLiteConfigurationStore
    /// Where it is.
    let path: String
    let contents: BackupContents

    /// - Parameters:
    ///   - path: a file in the staging folder.
    ///   - box: this machine's.
    ///   - otherBox: what the secrets in the file are sealed with, where that is another one.
    init(path: String, box: SecretBox, otherBox: SecretBox?, staging: StagingFolder) async throws {
        let fresh = try staging.make("restored.sqlite")
        self.path = fresh
        do {
            try Self.copyRows(from: path, to: fresh, staging: staging)
            try Self.reseal(fresh, from: otherBox ?? box, to: box)
            store = try SQLiteConfigurationStore(path: fresh, box: box)
        } catch let error as DatabaseError {
            throw Self.fault(error)
        }
        do {
            // The proof that the daemon can work with it.
            contents = BackupContents(of: try await store.load())
        } catch let error as StoreError where error.code == .decryption {
            throw Self.otherKey
        } catch {
            throw BackupFault(.damaged, "the file holds a configuration that cannot be read: \(error)")
        }
    }

    private static func copyRows(from path: String, to fresh: String, staging: StagingFolder) throws {
        let size = BackupFolder.size(of: path)
        guard size <= maximumBytes else { throw BackupFault(.tooLarge, "the configuration is larger than 256 MiB") }
        guard let head = FileHandle(forReadingAtPath: path)?.readData(ofLength: 16),
            head == Data("SQLite format 3\u{0}".utf8)
        else { throw BackupFault(.foreign, "the file is no backup of this program: it is no database") }
        let candidate = try open(path)
        let target = try DatabaseQueue(path: fresh)
        try candidate.read { source in
            // Before anything else is asked of it: a damaged file may give any answer.
            let problems = try String.fetchAll(source, sql: "PRAGMA integrity_check(3)")
            guard problems == ["ok"] else {
                throw BackupFault(.damaged, "the file is damaged: \(problems.joined(separator: "; ").prefix(300))")
            }
            let version = try version(of: source)
            try SQLiteConfigurationStore.migrator.migrate(target, upTo: version)
            try target.write { database in
                for shape in try TableShape.all(in: database) {
                    try shape.check(in: source)
                    // What a migration puts there comes from the file, too.
                    try database.execute(sql: "DELETE FROM \"\(shape.name)\"")
                    try shape.copy(from: source, to: database)
                }
            }
        }
        try target.close()
        try candidate.close()
    }

    private static func open(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.prepareDatabase { database in
            try database.execute(
                sql: """
                    PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;
                    PRAGMA query_only = ON; PRAGMA temp_store = MEMORY
                    """)
        }
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    /// The last migration the file has had.
    private static func version(of source: Database) throws -> String {
        let known = SQLiteConfigurationStore.migrator.migrations
        let definition = try String.fetchOne(
            source, sql: "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = 'grdb_migrations'")
        guard definition?.prefix(13).uppercased() == "CREATE TABLE " else {
            throw BackupFault(.foreign, "the file is no backup of this program: it has no list of migrations")
        }
        let applied = try DatabaseValue.fetchSet(source, sql: "SELECT identifier FROM grdb_migrations")
        let names = Set(applied.compactMap { String.fromDatabaseValue($0) })
        guard names.isSubset(of: Set(known)) else {
            throw BackupFault(.newer, "the file was made by a newer version of this program; update it first")
        }
        guard let last = known.last(where: names.contains), names == Set(known.prefix { $0 != last } + [last]) else {
            throw BackupFault(.foreign, "the file is no backup of this program: its list of migrations has gaps")
        }
        return last
    }

    // MARK: Secrets

    static let otherKey = BackupFault(
        .otherKey,
        "the secrets in the file were encrypted on another machine; send that machine's storage key with it, "
            + "or export it there with a passphrase")

    /// Seals all secrets of a file with another key.
    ///
    /// - Throws: ``BackupFault`` when there are some of a third one.
    static func reseal(_ path: String, from: SecretBox, to: SecretBox) throws {
        let resealer = SecretResealer(from: from, to: to)
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { database in
            // What the old key sealed shall not be found in unused parts of the file.
            try database.execute(sql: "PRAGMA secure_delete = ON")
            try database.inTransaction {
                for shape in try TableShape.all(in: database) {
                    for column in shape.columns where column.type == "TEXT" {
                        let rows = try Row.fetchAll(
                            database,
                            sql: """
                                SELECT rowid, "\(column.name)" FROM "\(shape.name)"
                                WHERE "\(column.name)" LIKE '%v1.________.%'
                                """)
                        for row in rows {
                            let text: String = row[1]
                            let changed = try resealed(text, resealer)
                            guard changed != text else { continue }
                            try database.execute(
                                sql: "UPDATE \"\(shape.name)\" SET \"\(column.name)\" = ? WHERE rowid = ?",
                                arguments: [changed, row[0] as Int64])
                        }
                    }
                }
                return .commit
            }
        }
        try queue.close()
    }

    private static func resealed(_ text: String, _ resealer: SecretResealer) throws -> String {
        guard SecretResealer.keyIDs(in: text).isSubset(of: [resealer.from.keyID]) else { throw otherKey }
        do {
            return resealer.from.keyID == resealer.to.keyID ? text : try resealer.resealed(text)
        } catch is StoreError {
            throw BackupFault(.damaged, "the file holds a secret that cannot be opened")
        }
    }

    static func fault(_ error: DatabaseError) -> BackupFault {
        switch error.resultCode {
        case .SQLITE_FULL: BackupFault(.noSpace, "there is no room left on the disk")
        case .SQLITE_BUSY, .SQLITE_LOCKED: BackupFault(.busy, "another program uses the database; try again")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR, .SQLITE_SCHEMA, .SQLITE_CONSTRAINT, .SQLITE_FORMAT:
            BackupFault(.damaged, "the file is damaged: \(error.message ?? "SQLite cannot read it")")
        default: BackupFault(.failed, "SQLite reports: \(error.message ?? "error \(error.resultCode)")")
        }
    }
}
