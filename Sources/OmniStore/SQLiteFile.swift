import Foundation
import GRDB

/// Opens SQLite files the one way this product uses them.
enum SQLiteFile {
    /// - Throws: ``StoreError`` in words a person can act on.
    static func open(_ path: String, migrator: DatabaseMigrator) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA synchronous = NORMAL")
            try database.execute(sql: "PRAGMA foreign_keys = ON")
        }
        configuration.maximumReaderCount = 2
        do {
            if !FileManager.default.fileExists(atPath: path) {
                // Created with its mode, so that there is no moment in which others could open it.
                _ = FileManager.default.createFile(
                    atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
            }
            let pool = try DatabasePool(path: path, configuration: configuration)
            try migrator.migrate(pool)
            return pool
        } catch {
            throw StoreError(.database, "the database \(path) cannot be opened: \(error)")
        }
    }
}
