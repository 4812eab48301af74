import Foundation
import GRDB
public import OmniCore
import Synchronization

/// Cached answers in a SQLite file of their own, which may be deleted at any time: taken without waiting, written in
/// batches, encrypted like secrets are, for people's conversations are in them.
public final class AnswerFile: AnswerArchive {
    /// A change that waits to be written.
    enum Change: Sendable {
        case keep(CachedAnswer)
        case remove
    }

    /// Bounded, so that a stuck disk costs answers and not memory.
    struct Queue: Sendable {
        var changes: [CacheKey: Change] = [:]
        /// Vectors that wait to be written after the answers.
        var vectors: [CacheKey: ArchivedVector] = [:]
        /// Which vectors are removed before others are written.
        var removal = VectorRemoval()
        var byteCount = 0
        /// Being written at this moment.
        var writing: [CacheKey: Change] = [:]
    }

    let pool: DatabasePool
    let box: SecretBox
    let queue = Mutex(Queue())
    let maximumWaitingBytes: Int

    init(path: String, box: SecretBox, maximumWaitingBytes: Int = 32 << 20) throws {
        self.box = box
        self.maximumWaitingBytes = maximumWaitingBytes
        pool = try SQLiteFile.open(path, migrator: Self.migrator)
    }

    /// - Parameter mayReplace: whether a file that cannot be opened makes way for a new one: no start shall fail for it.
    static func open(_ path: String, box: SecretBox, mayReplace: Bool) throws -> AnswerFile {
        do {
            return try AnswerFile(path: path, box: box)
        } catch  where mayReplace {
            for suffix in ["", "-wal", "-shm"] {
                // What is not there need not go; what cannot go makes the next try fail.
                try? FileManager.default.removeItem(atPath: path + suffix)
            }
            return try AnswerFile(path: path, box: box)
        }
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 answers") { database in
            try database.execute(
                sql: """
                    CREATE TABLE answer (
                        key BLOB PRIMARY KEY, model TEXT NOT NULL, description BLOB NOT NULL, body BLOB NOT NULL,
                        byteCount INTEGER NOT NULL, storedAt INTEGER NOT NULL) WITHOUT ROWID;
                    """)
        }
        migrator.registerMigration("2 vectors", migrate: Self.addVectors)
        return migrator
    }

    // MARK: AnswerArchive

    public func listing() async throws -> [ArchivedAnswer] {
        try await pool.read { database in
            try Row.fetchAll(database, sql: "SELECT key, model, byteCount, storedAt FROM answer ORDER BY storedAt")
                .compactMap { row in
                    CacheKey(digest: row["key"] as Data).map { key in
                        ArchivedAnswer(
                            key: key, model: row["model"], byteCount: row["byteCount"], storedAt: row["storedAt"])
                    }
                }
        }
    }

    public func answer(_ key: CacheKey) async throws -> CachedAnswer? {
        switch queue.withLock({ $0.changes[key] ?? $0.writing[key] }) {
        case .keep(let answer): return answer
        case .remove: return nil
        case nil: break
        }
        let box = box
        return try await pool.read { database in
            guard
                let row = try Row.fetchOne(
                    database, sql: "SELECT description, body, storedAt FROM answer WHERE key = ?",
                    arguments: [Data(key.digest)])
            else { return nil }
            return CachedAnswer(
                description: [UInt8](row["description"] as Data), body: try box.open(row["body"] as Data),
                storedAt: row["storedAt"])
        }
    }

    public func keep(_ answer: CachedAnswer, for key: CacheKey) {
        queue.withLock { queue in
            guard queue.byteCount + answer.byteCount <= maximumWaitingBytes else { return }
            queue.byteCount += answer.byteCount
            queue.changes[key] = .keep(answer)
        }
    }

    public func remove(_ keys: [CacheKey]) {
        queue.withLock { queue in
            for key in keys {
                queue.changes[key] = .remove
                queue.vectors[key] = nil
            }
        }
    }

    // MARK: Writing

    /// Writes what waits, every quarter of a second, until the task is cancelled; then once more.
    public func run(onFailure: @Sendable (any Error) -> Void) async {
        var isLast = false
        while !isLast {
            // Cancellation ends the sleep early, which is all that is wanted of it.
            try? await Task.sleep(for: .milliseconds(250))
            isLast = Task.isCancelled
            do {
                try flush()
            } catch {
                onFailure(error)
            }
        }
    }

    /// Writes everything that waits in one transaction.
    ///
    /// What cannot be written is forgotten: an answer can be asked for again.
    public func flush() throws {
        let (changes, vectors, removal) = queue.withLock { queue in
            queue.writing = queue.changes
            let waiting = (queue.writing, queue.vectors, queue.removal)
            queue.changes = [:]
            queue.vectors = [:]
            queue.removal = VectorRemoval()
            queue.byteCount = 0
            return waiting
        }
        guard !changes.isEmpty || !vectors.isEmpty || !removal.isEmpty else { return }
        defer { queue.withLock { $0.writing = [:] } }
        try pool.write { database in
            for (key, change) in changes {
                switch change {
                case .keep(let answer):
                    try database.execute(
                        sql: """
                            INSERT OR REPLACE INTO answer (key, model, description, body, byteCount, storedAt)
                            VALUES (?, ?, ?, ?, ?, ?)
                            """,
                        arguments: [
                            Data(key.digest), answer.model, Data(answer.description), try box.seal(Data(answer.body)),
                            answer.byteCount, answer.storedAt,
                        ])
                case .remove:
                    try database.execute(sql: "DELETE FROM answer WHERE key = ?", arguments: [Data(key.digest)])
                }
            }
            try removal.write(to: database)
            for vector in vectors.values { try write(vector, to: database) }
        }
    }
}

extension CacheKey {
    init?(digest: Data) { self.init(digest: [UInt8](digest)) }
}
