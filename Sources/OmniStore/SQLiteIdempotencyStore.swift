import Foundation
import GRDB
public import OmniCore
import OmniJSON

/// Answers for duplicates in the history's file; what models said is encrypted.
public final class SQLiteIdempotencyStore: IdempotencyStore {
    private let pool: DatabasePool
    private let box: SecretBox

    /// - Parameter pool: a file that may hold other tables; this one has migrations of its own.
    init(pool: DatabasePool, box: SecretBox) throws {
        self.pool = pool
        self.box = box
        do {
            try Self.migrator.migrate(pool)
        } catch {
            throw StoreError(.database, "the table of idempotent answers cannot be made: \(error)")
        }
    }

    /// Append-only: a migration that was released is never changed.
    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 idempotent answers") { database in
            try database.execute(
                sql: """
                    CREATE TABLE idempotentAnswer (
                        key BLOB PRIMARY KEY, bodyDigest BLOB NOT NULL, completedAt INTEGER NOT NULL,
                        status INTEGER NOT NULL, isStream INTEGER NOT NULL, headers TEXT NOT NULL,
                        record TEXT NOT NULL, answer BLOB NOT NULL);
                    CREATE INDEX idempotentAnswerByTime ON idempotentAnswer (completedAt);
                    """)
        }
        return migrator
    }

    public func idempotentAnswers(completedAfter time: Int64) async throws -> [IdempotentAnswer] {
        let box = box
        return try await pool.read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM idempotentAnswer WHERE completedAt > ? ORDER BY completedAt",
                arguments: [time]
            ).map { try IdempotentAnswer(row: $0, box: box) }
        }
    }

    public func saveIdempotentAnswers(_ answers: [IdempotentAnswer]) async throws {
        let rows = try answers.map { try $0.arguments(box) }
        try await pool.write { database in
            for row in rows {
                try database.execute(
                    sql: """
                        INSERT OR REPLACE INTO idempotentAnswer
                            (key, bodyDigest, completedAt, status, isStream, headers, record, answer)
                        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                        """, arguments: row)
            }
        }
    }

    public func removeIdempotentAnswers(completedUntil time: Int64) async throws {
        try await pool.write { database in
            try database.execute(sql: "DELETE FROM idempotentAnswer WHERE completedAt <= ?", arguments: [time])
        }
    }
}

extension IdempotentAnswer {
    fileprivate init(row: Row, box: SecretBox) throws {
        let headers = try StoredObject.fields(row["headers"]).members.map {
            Header(name: $0.name, value: $0.value.string ?? "")
        }
        let fields = try StoredObject.fields(row["record"])
        func text(_ name: StaticString) -> String? { fields.value(name)?.string }
        var record = UsageRecord(requestID: "", startedAt: 0)
        record.provider = text("provider") ?? ""
        record.connectionID = text("connection").map { ConnectionID($0) }
        record.requestedModel = text("requestedModel") ?? ""
        record.servedModel = text("servedModel") ?? ""
        record.clientFormat = text("clientFormat") ?? ""
        record.upstreamFormat = text("upstreamFormat") ?? ""
        record.path = text("path") ?? ""
        record.combo = text("combo")
        record.isStreaming = row["isStream"]
        record.savedCost = text("savedCost").flatMap { Int64($0) }.map { NanoDollars($0) }
        self.init(
            key: IdempotencyKey(digest: [UInt8](row["key"] as Data)), bodyDigest: [UInt8](row["bodyDigest"] as Data),
            completedAt: row["completedAt"], status: row["status"], headers: headers, isStream: row["isStream"],
            bytes: try box.open(bytes: [UInt8](row["answer"] as Data)), record: record)
    }

    /// In the order of the columns.
    fileprivate func arguments(_ box: SecretBox) throws -> StatementArguments {
        let headers = StoredObject.text { writer in
            for header in self.headers {
                writer.key(JSONText(header.name))
                writer.string(header.value)
            }
        }
        let record = StoredObject.text { writer in
            func text(_ name: StaticString, _ value: String?) {
                guard let value else { return }
                writer.key(name)
                writer.string(value)
            }
            text("provider", self.record.provider)
            text("connection", self.record.connectionID?.rawValue)
            text("requestedModel", self.record.requestedModel)
            text("servedModel", self.record.servedModel)
            text("clientFormat", self.record.clientFormat)
            text("upstreamFormat", self.record.upstreamFormat)
            text("path", self.record.path)
            text("combo", self.record.combo)
            text("savedCost", self.record.savedCost.map { String($0.value) })
        }
        return [
            Data(key.digest), Data(bodyDigest), completedAt, status, isStream, headers, record,
            Data(try box.seal(bytes: bytes)),
        ]
    }
}
