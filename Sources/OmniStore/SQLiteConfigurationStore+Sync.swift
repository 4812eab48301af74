import Foundation
import GRDB
public import OmniCore

/// What synchronising keeps, and what this machine keeps for others.
extension SQLiteConfigurationStore: SyncStore {
    public func syncText(_ name: SyncText) async throws -> String? {
        let sealed = try await pool.read { database in
            try String.fetchOne(
                database, sql: "SELECT contents FROM syncText WHERE name = ?", arguments: [name.rawValue])
        }
        return try sealed.map { try box.open($0) }
    }

    public func setSyncText(_ name: SyncText, _ text: String?) async throws {
        let sealed = try text.map { try box.seal($0) }
        try await pool.write { try Self.setSyncText(name, sealed, in: $0) }
    }

    private static func setSyncText(_ name: SyncText, _ sealed: String?, in database: Database) throws {
        guard let sealed else {
            try database.execute(sql: "DELETE FROM syncText WHERE name = ?", arguments: [name.rawValue])
            return
        }
        try database.execute(
            sql: """
                INSERT INTO syncText (name, contents) VALUES (?, ?)
                ON CONFLICT (name) DO UPDATE SET contents = excluded.contents
                """, arguments: [name.rawValue, sealed])
    }

    public func changeConfiguration(
        record: String, _ change: @escaping @Sendable (RouterConfiguration) throws -> RouterConfiguration?
    ) async throws -> Bool {
        let (box, reading) = (box, reading)
        let sealed = try box.seal(record)
        return try await pool.write { database in
            let old = try reading(database)
            guard let new = try change(old) else { return false }
            try ConfigurationDifference(old: old, new: new, box: box).write(to: database)
            try Self.setSyncText(.record, sealed, in: database)
            return true
        }
    }

    // MARK: For other machines

    public func hostedBundle(_ name: String) async throws -> StoredSync? {
        try await pool.read { database in
            let row = try Row.fetchOne(
                database, sql: "SELECT version, contents FROM syncBundle WHERE name = ?", arguments: [name])
            return row.map { row in
                let contents: Data = row["contents"]
                return StoredSync(bytes: [UInt8](contents), version: row["version"])
            }
        }
    }

    public func setHostedBundle(
        _ name: String, _ bytes: [UInt8], version: String, replacing old: String?
    ) async throws -> Bool {
        let now = SystemClock().wallMilliseconds()
        return try await pool.write { database in
            let known = try String.fetchOne(
                database, sql: "SELECT version FROM syncBundle WHERE name = ?", arguments: [name])
            guard known == old else { return false }
            try database.execute(
                sql: """
                    INSERT INTO syncBundle (name, version, contents, updatedAt) VALUES (?, ?, ?, ?)
                    ON CONFLICT (name) DO UPDATE SET version = excluded.version, contents = excluded.contents,
                        updatedAt = excluded.updatedAt
                    """, arguments: [name, version, Self.blob(bytes), now])
            return true
        }
    }

    public func removeHostedBundle(_ name: String) async throws -> Bool {
        try await change("DELETE FROM syncBundle WHERE name = ?", [name])
    }

    public func hostedBundles() async throws -> [HostedSync] {
        try await pool.read { database in
            try Row.fetchAll(
                database, sql: "SELECT name, length(contents) AS size, updatedAt FROM syncBundle ORDER BY name"
            ).map { HostedSync(name: $0["name"], size: $0["size"], updatedAt: $0["updatedAt"]) }
        }
    }

    public func syncTokens() async throws -> [SyncToken] {
        try await pool.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM syncToken ORDER BY createdAt, id").map { row in
                let digest: Data = row["digest"]
                return SyncToken(
                    id: row["id"], name: row["name"], digest: [UInt8](digest), createdAt: row["createdAt"],
                    usedAt: row["usedAt"])
            }
        }
    }

    public func insertSyncToken(_ token: SyncToken) async throws {
        _ = try await change(
            "INSERT INTO syncToken (id, name, digest, createdAt) VALUES (?, ?, ?, ?)",
            [token.id, token.name, Self.blob(token.digest), token.createdAt])
    }

    public func removeSyncToken(_ id: String) async throws -> Bool {
        try await change("DELETE FROM syncToken WHERE id = ?", [id])
    }

    // Compared by the database, not in constant time: an attacker cannot choose a digest, only what it is made of.
    public func useSyncToken(digest: [UInt8], at now: Int64) async throws -> Bool {
        try await change("UPDATE syncToken SET usedAt = ? WHERE digest = ?", [now, Self.blob(digest)])
    }
}
