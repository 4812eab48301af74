import Foundation
import GRDB
public import OmniCore

/// The audit log: a chain of entries, each with a code over itself and the code before it.
///
/// The codes need the storage key, so that whoever has the database alone can neither change an entry nor add one. Triggers
/// refuse changes by any program.
extension SQLiteConfigurationStore {
    @discardableResult public func appendAudit(_ entry: AuditEntry) async throws -> AuditEntry {
        let box = box
        return try await pool.write { database in try Self.append(entry, box: box, to: database) }
    }

    private static func append(_ entry: AuditEntry, box: SecretBox, to database: Database) throws -> AuditEntry {
        let state = try AuditState(database)
        var entry = entry
        entry.sequence = state.lastSequence + 1
        let previous =
            try Data.fetchOne(database, sql: "SELECT code FROM audit ORDER BY sequence DESC LIMIT 1")
            ?? state.removedCode
        entry.code = box.chainCode([UInt8](previous) + entry.canonicalBytes)
        try database.execute(
            sql: """
                INSERT INTO audit (sequence, time, action, actor, actorName, target, address, outcome, status, requestID,
                    details, keyID, code) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                entry.sequence, entry.time, entry.action, entry.actor, entry.actorName, entry.target, entry.address,
                entry.outcome.rawValue, entry.status, entry.requestID, entry.details, box.keyID, blob(entry.code),
            ])
        try database.execute(sql: "UPDATE auditState SET lastSequence = ?", arguments: [entry.sequence])
        return entry
    }

    public func auditLog(_ filter: AuditFilter) async throws -> AuditPage {
        let condition = AuditCondition(filter)
        return try await pool.read { database in
            let total =
                try Int.fetchOne(
                    database, sql: "SELECT COUNT(*) FROM audit WHERE \(condition.sql)", arguments: condition.arguments)
                ?? 0
            let rows = try Row.fetchAll(
                database,
                sql:
                    "SELECT * FROM audit WHERE \(condition.sql) AND sequence < ? ORDER BY sequence DESC LIMIT ? OFFSET ?",
                arguments: condition.arguments + [filter.before ?? .max, filter.limit, filter.offset])
            return AuditPage(entries: rows.map(AuditEntry.init(row:)), total: total)
        }
    }

    public func removeAudit(before time: Int64) async throws -> Int {
        try await pool.write { database in
            // Clocks are set back sometimes; what lies behind a younger entry stays until that one is old.
            let firstKept = try Int64.fetchOne(
                database, sql: "SELECT MIN(sequence) FROM audit WHERE time >= ?", arguments: [time])
            let last = try firstKept.map { $0 - 1 } ?? AuditState(database).lastSequence
            guard
                let code = try Data.fetchOne(
                    database, sql: "SELECT code FROM audit WHERE sequence = ?", arguments: [last])
            else { return 0 }
            try database.execute(
                sql: "UPDATE auditState SET removedUpTo = ?, removedCode = ?", arguments: [last, code])
            try database.execute(sql: "DELETE FROM audit WHERE sequence <= ?", arguments: [last])
            return database.changesCount
        }
    }

    public func verifyAudit() async throws -> AuditVerification {
        let box = box
        return try await pool.read { database in
            let state = try AuditState(database)
            var (previous, expected, count) = ([UInt8](state.removedCode), state.removedUpTo + 1, 0)
            let rows = try Row.fetchCursor(database, sql: "SELECT * FROM audit ORDER BY sequence")
            while let row = try rows.next() {
                let entry = AuditEntry(row: row)
                func broken(_ problem: String) -> AuditVerification {
                    AuditVerification(entries: count, brokenAt: expected, problem: problem)
                }
                guard entry.sequence == expected else { return broken("entry \(expected) is missing") }
                let keyID: String = row["keyID"]
                guard keyID == box.keyID else {
                    return broken("entry \(expected) was written with another storage key and cannot be verified")
                }
                guard entry.code == box.chainCode(previous + entry.canonicalBytes) else {
                    return broken("entry \(expected) is not as it was written")
                }
                (previous, expected, count) = (entry.code, expected + 1, count + 1)
            }
            guard expected == state.lastSequence + 1 else {
                return AuditVerification(
                    entries: count, brokenAt: expected, problem: "entries from \(expected) on are missing")
            }
            return AuditVerification(entries: count)
        }
    }
}

/// What is known of the chain besides its entries.
private struct AuditState {
    var removedUpTo: Int64
    var removedCode: Data
    var lastSequence: Int64

    init(_ database: Database) throws {
        guard let row = try Row.fetchOne(database, sql: "SELECT * FROM auditState") else {
            throw StoreError(.database, "the database has lost the state of its audit log")
        }
        removedUpTo = row["removedUpTo"]
        removedCode = row["removedCode"]
        lastSequence = row["lastSequence"]
    }
}

/// A filter as SQL; texts go in as arguments only.
private struct AuditCondition {
    private(set) var sql = "1"
    private(set) var arguments: StatementArguments = []

    init(_ filter: AuditFilter) {
        if let action = filter.action {
            if action.hasSuffix(".*") {
                let area = String(action.dropLast())
                add("substr(action, 1, length(?)) = ?", [area, area])
            } else {
                add("action = ?", [action])
            }
        }
        if let actor = filter.actor {
            add(
                "(actor = ? OR actorName = ? OR actor = 'session:' || ? OR actor = 'token:' || ?)",
                [actor, actor, actor, actor])
        }
        if let target = filter.target { add("target = ?", [target]) }
        if let address = filter.address { add("address = ?", [address]) }
        if let outcome = filter.outcome { add("outcome = ?", [outcome.rawValue]) }
        if let from = filter.from { add("time >= ?", [from]) }
        if let to = filter.to { add("time < ?", [to]) }
    }

    private mutating func add(_ condition: String, _ more: StatementArguments) {
        sql += " AND " + condition
        arguments += more
    }
}

extension AuditEntry {
    fileprivate init(row: Row) {
        self.init(
            time: row["time"], action: row["action"], actor: row["actor"], actorName: row["actorName"],
            target: row["target"], address: row["address"],
            // Written by the router only; what it cannot read it has not written, which the code will show.
            outcome: Outcome(rawValue: row["outcome"]) ?? .failure, status: row["status"], requestID: row["requestID"],
            details: row["details"])
        sequence = row["sequence"]
        let code: Data = row["code"]
        self.code = [UInt8](code)
    }
}
