import Foundation
import GRDB
public import OmniCore

/// Administration tokens and the administrator's sessions.
extension SQLiteConfigurationStore {
    /// Tables of migration 8.
    static let administrationTables = """
        ALTER TABLE session ADD COLUMN lastUsedAt INTEGER;
        ALTER TABLE session ADD COLUMN address TEXT;
        ALTER TABLE session ADD COLUMN agent TEXT;
        CREATE TABLE adminToken (
            id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, digest BLOB NOT NULL UNIQUE, mask TEXT NOT NULL,
            scopes TEXT NOT NULL, createdAt INTEGER NOT NULL, expiresAt INTEGER, lastUsedAt INTEGER,
            lastUsedFrom TEXT);
        CREATE TABLE audit (
            sequence INTEGER PRIMARY KEY, time INTEGER NOT NULL, action TEXT NOT NULL, actor TEXT NOT NULL,
            actorName TEXT, target TEXT, address TEXT, outcome TEXT NOT NULL, status INTEGER, requestID TEXT,
            details TEXT NOT NULL, keyID TEXT NOT NULL, code BLOB NOT NULL);
        CREATE INDEX auditTime ON audit (time);
        CREATE TABLE auditState (
            id INTEGER PRIMARY KEY CHECK (id = 1), removedUpTo INTEGER NOT NULL, removedCode BLOB NOT NULL,
            lastSequence INTEGER NOT NULL);
        INSERT INTO auditState (id, removedUpTo, removedCode, lastSequence) VALUES (1, 0, zeroblob(32), 0);
        CREATE TRIGGER auditIsNotChanged BEFORE UPDATE ON audit
            BEGIN SELECT RAISE(ABORT, 'entries of the audit log are not changed'); END;
        CREATE TRIGGER auditIsKept BEFORE DELETE ON audit
            WHEN old.sequence > (SELECT removedUpTo FROM auditState)
            BEGIN SELECT RAISE(ABORT, 'entries of the audit log are removed from its beginning only'); END;
        """

    // MARK: Tokens

    public func adminTokens() async throws -> [AdminToken] {
        try await pool.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM adminToken ORDER BY createdAt, id").map(
                AdminToken.init(row:))
        }
    }

    public func insertAdminToken(_ token: AdminToken) async throws {
        _ = try await change(
            """
            INSERT INTO adminToken (id, name, digest, mask, scopes, createdAt, expiresAt, lastUsedAt, lastUsedFrom)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                token.id, token.name, Self.blob(token.digest), token.mask,
                token.scopes.map(\.rawValue).sorted().joined(separator: " "), token.createdAt, token.expiresAt,
                token.lastUsedAt, token.lastUsedFrom,
            ])
    }

    public func deleteAdminToken(_ id: String) async throws -> Bool {
        try await change("DELETE FROM adminToken WHERE id = ?", [id])
    }

    public func deleteAllAdminTokens() async throws { _ = try await change("DELETE FROM adminToken", []) }

    public func adminToken(digest: [UInt8]) async throws -> AdminToken? {
        try await pool.read { database in
            try Row.fetchOne(database, sql: "SELECT * FROM adminToken WHERE digest = ?", arguments: [Self.blob(digest)])
                .map(AdminToken.init(row:))
        }
    }

    public func touchAdminToken(_ id: String, at time: Int64, from address: String?) async throws {
        _ = try await change(
            "UPDATE adminToken SET lastUsedAt = ?, lastUsedFrom = ? WHERE id = ?", [time, address, id])
    }

    // MARK: Sessions

    public func insertSession(_ session: StoredSession) async throws {
        _ = try await change(
            """
            INSERT INTO session (digest, expiresAt, createdAt, lastUsedAt, address, agent) VALUES (?, ?, ?, ?, ?, ?)
            """,
            [
                Self.blob(session.digest), session.expiresAt, session.createdAt, session.lastUsedAt, session.address,
                session.agent,
            ])
    }

    public func sessions(now: Int64) async throws -> [StoredSession] {
        try await pool.read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM session WHERE expiresAt > ? ORDER BY createdAt DESC, digest",
                arguments: [now]
            ).map(StoredSession.init(row:))
        }
    }

    public func session(digest: [UInt8]) async throws -> StoredSession? {
        try await pool.read { database in
            try Row.fetchOne(database, sql: "SELECT * FROM session WHERE digest = ?", arguments: [Self.blob(digest)])
                .map(StoredSession.init(row:))
        }
    }

    public func removeSession(id: String) async throws -> Bool {
        guard let beginning = [UInt8](hexadecimal: id), beginning.count == 8 else { return false }
        return try await change("DELETE FROM session WHERE substr(digest, 1, 8) = ?", [Self.blob(beginning)])
    }

    public func removeSessions(except digest: [UInt8]?) async throws -> Int {
        try await pool.write { database in
            try database.execute(
                sql: "DELETE FROM session WHERE ?1 IS NULL OR digest <> ?1", arguments: [digest.map(Self.blob)])
            return database.changesCount
        }
    }

    public func touchSession(digest: [UInt8], at time: Int64) async throws {
        _ = try await change("UPDATE session SET lastUsedAt = ? WHERE digest = ?", [time, Self.blob(digest)])
    }
}

extension AdminToken {
    fileprivate init(row: Row) {
        let digest: Data = row["digest"]
        let scopes: String = row["scopes"]
        self.init(
            id: row["id"], name: row["name"], digest: [UInt8](digest), mask: row["mask"],
            // A scope that this version does not know gives nothing.
            scopes: Set(scopes.split(separator: " ").compactMap { Scope(rawValue: String($0)) }),
            createdAt: row["createdAt"], expiresAt: row["expiresAt"], lastUsedAt: row["lastUsedAt"],
            lastUsedFrom: row["lastUsedFrom"])
    }
}

extension StoredSession {
    fileprivate init(row: Row) {
        let digest: Data = row["digest"]
        self.init(
            digest: [UInt8](digest), createdAt: row["createdAt"], expiresAt: row["expiresAt"],
            lastUsedAt: row["lastUsedAt"], address: row["address"], agent: row["agent"])
    }
}
