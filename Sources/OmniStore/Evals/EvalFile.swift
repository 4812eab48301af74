import Foundation
import GRDB
public import OmniCore
import OmniJSON

/// Runs of evals and their results, in a SQLite file of their own: they can be large, and nothing else depends on them.
///
/// Answers of models are encrypted like everything people talked about. The newest runs are kept, up to a number and a size.
public final class EvalFile: EvalRunStore {
    /// How many runs are kept, and how large their results may be together, in bytes.
    struct Bounds: Sendable {
        var runs = 200
        var bytes = 256 << 20
    }

    let pool: DatabasePool
    private let box: SecretBox
    private let bounds: Bounds

    init(path: String, box: SecretBox, bounds: Bounds = Bounds()) throws {
        self.box = box
        self.bounds = bounds
        pool = try SQLiteFile.open(path, migrator: Self.migrator, givesBack: true)
    }

    /// - Parameter mayReplace: whether a file that cannot be opened is put aside for a new one: no start shall fail for it.
    static func open(_ path: String, box: SecretBox, mayReplace: Bool) throws -> EvalFile {
        do {
            return try EvalFile(path: path, box: box)
        } catch  where mayReplace {
            for suffix in ["", "-wal", "-shm"] {
                // One that was put aside before makes way; what is not there need not be moved.
                try? FileManager.default.removeItem(atPath: path + ".damaged" + suffix)
                try? FileManager.default.moveItem(atPath: path + suffix, toPath: path + ".damaged" + suffix)
            }
            return try EvalFile(path: path, box: box)
        }
    }

    /// Append-only: a migration that was released is never changed.
    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 runs") { database in
            try database.execute(
                sql: """
                    CREATE TABLE run (
                        sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, suiteID TEXT NOT NULL,
                        status TEXT NOT NULL, byteCount INTEGER NOT NULL DEFAULT 0, description TEXT NOT NULL);
                    CREATE TABLE result (
                        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
                        run INTEGER NOT NULL REFERENCES run (sequence) ON DELETE CASCADE, contents BLOB NOT NULL);
                    CREATE INDEX resultByRun ON result (run, sequence);
                    """)
        }
        return migrator
    }

    private static let unfinished = "status IN ('queued', 'running')"

    // MARK: Writing

    public func insertEvalRun(_ run: EvalRun) throws {
        try pool.write { database in
            try makeRoom(in: database)
            try database.execute(
                sql: "INSERT INTO run (id, suiteID, status, description) VALUES (?, ?, ?, ?)",
                arguments: [run.id, run.suiteID, run.status.rawValue, run.text])
        }
    }

    public func updateEvalRun(_ run: EvalRun) throws {
        try pool.write { database in try update(run, in: database) }
    }

    public func add(_ result: EvalCaseResult, to run: EvalRun) throws {
        var writer = JSONWriter()
        result.write(into: &writer)
        let contents = Data(try box.seal(bytes: writer.bytes))
        try pool.write { database in
            try database.execute(
                sql: "INSERT INTO result (run, contents) SELECT sequence, ? FROM run WHERE id = ?",
                arguments: [contents, run.id])
            try database.execute(
                sql: "UPDATE run SET byteCount = byteCount + ? WHERE id = ?", arguments: [contents.count, run.id])
            try update(run, in: database)
        }
    }

    public func interruptEvalRuns(now: Int64) throws -> Int {
        try pool.write { database in
            let texts = try String.fetchAll(
                database, sql: "SELECT description FROM run WHERE \(Self.unfinished) ORDER BY sequence")
            for text in texts {
                var run = try EvalRun(StoredObject.fields(text))
                run.status = .interrupted
                run.reason = "the router ended while it ran"
                run.finishedAt = now
                try update(run, in: database)
            }
            return texts.count
        }
    }

    public func deleteEvalRun(_ id: String) async throws -> Bool {
        try await pool.write { database in
            try database.execute(sql: "DELETE FROM run WHERE id = ?", arguments: [id])
            let isDeleted = database.changesCount > 0
            try database.execute(sql: "PRAGMA incremental_vacuum(4096)")
            return isDeleted
        }
    }

    private func update(_ run: EvalRun, in database: Database) throws {
        try database.execute(
            sql: "UPDATE run SET status = ?, description = ? WHERE id = ?",
            arguments: [run.status.rawValue, run.text, run.id])
    }

    /// Deletes the oldest runs that are over, for one more.
    private func makeRoom(in database: Database) throws {
        try database.execute(
            sql: """
                DELETE FROM run WHERE NOT \(Self.unfinished) AND sequence NOT IN (
                    SELECT sequence FROM run ORDER BY sequence DESC LIMIT ?)
                """, arguments: [bounds.runs - 1])
        while try Int.fetchOne(database, sql: "SELECT SUM(byteCount) FROM run") ?? 0 > bounds.bytes {
            try database.execute(
                sql: """
                    DELETE FROM run WHERE sequence = (SELECT MIN(sequence) FROM run WHERE NOT \(Self.unfinished))
                    """)
            guard database.changesCount > 0 else { break }
        }
        try database.execute(sql: "PRAGMA incremental_vacuum(4096)")
    }

    // MARK: Reading

    public func evalRun(_ id: String) async throws -> EvalRun? {
        try await pool.read { database in
            try String.fetchOne(database, sql: "SELECT description FROM run WHERE id = ?", arguments: [id])
                .map { try EvalRun(StoredObject.fields($0)) }
        }
    }

    public func evalRuns(_ filter: EvalRunFilter) async throws -> (runs: [EvalRun], total: Int) {
        var conditions = ["1"]
        var arguments = StatementArguments()
        if let suite = filter.suiteID {
            conditions.append("suiteID = ?")
            arguments += [suite]
        }
        if let status = filter.status {
            conditions.append("status = ?")
            arguments += [status.rawValue]
        }
        let (condition, given) = (conditions.joined(separator: " AND "), arguments)
        return try await pool.read { database in
            let runs = try String.fetchAll(
                database, sql: "SELECT description FROM run WHERE \(condition) ORDER BY sequence DESC LIMIT ? OFFSET ?",
                arguments: given + [filter.limit, filter.offset]
            ).map { try EvalRun(StoredObject.fields($0)) }
            let total = try Int.fetchOne(
                database, sql: "SELECT COUNT(*) FROM run WHERE \(condition)", arguments: given)
            return (runs, total ?? 0)
        }
    }

    public func evalResults(of id: String, offset: Int) async throws -> [EvalCaseResult] {
        let box = box
        return try await pool.read { database in
            try Data.fetchAll(
                database,
                sql: """
                    SELECT contents FROM result WHERE run = (SELECT sequence FROM run WHERE id = ?)
                    ORDER BY sequence LIMIT -1 OFFSET ?
                    """, arguments: [id, offset]
            ).map { contents in
                let bytes = try box.open(bytes: [UInt8](contents))
                return try EvalCaseResult(StoredObject.fields(String(decoding: bytes, as: UTF8.self)))
            }
        }
    }
}

extension EvalRun {
    fileprivate var text: String { StoredObject.text { writeMembers(into: &$0) } }
}
