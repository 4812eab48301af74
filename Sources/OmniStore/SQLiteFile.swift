import Foundation
import GRDB

/// Opens SQLite files the one way this product uses them.
enum SQLiteFile {
    /// - Parameter givesBack: whether a new file can be made smaller later.
    /// - Throws: ``StoreError`` in words a person can act on.
    static func open(_ path: String, migrator: DatabaseMigrator, givesBack: Bool = false) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA synchronous = NORMAL")
            try database.execute(sql: "PRAGMA foreign_keys = ON")
            // What one large transaction leaves of the write-ahead log is cut off again.
            try database.execute(sql: "PRAGMA journal_size_limit = 16777216")
        }
        configuration.maximumReaderCount = 2
        do {
            if !FileManager.default.fileExists(atPath: path) {
                // Created with its mode, so that there is no moment in which others could open it.
                _ = FileManager.default.createFile(
                    atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
                if givesBack { try prepareToShrink(path) }
            }
            let pool = try DatabasePool(path: path, configuration: configuration)
            try migrator.migrate(pool)
            return pool
        } catch {
            throw StoreError(.database, "the database \(path) cannot be opened: \(error)")
        }
    }

    /// Must come before everything else that is done with a file.
    private static func prepareToShrink(_ path: String) throws {
        try DatabaseQueue(path: path).writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL; VACUUM")
        }
    }
}
