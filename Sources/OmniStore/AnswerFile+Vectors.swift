import Foundation
import GRDB
public import OmniCore
import Synchronization

/// Vectors of questions, encrypted beside the answers: what a text was about can be read out of its vector.
extension AnswerFile {
    /// Which vectors are to be removed.
    struct VectorRemoval: Sendable {
        var keys: [CacheKey] = []
        /// Whether those of all models go but ``model``.
        var isOfModels = false
        var model: String?

        var isEmpty: Bool { keys.isEmpty && !isOfModels }

        func write(to database: Database) throws {
            if isOfModels { try database.execute(sql: "DELETE FROM vector WHERE model IS NOT ?", arguments: [model]) }
            for key in keys {
                try database.execute(sql: "DELETE FROM vector WHERE key = ?", arguments: [Data(key.digest)])
            }
        }
    }

    /// A vector goes with its answer, whatever makes that go.
    static func addVectors(to database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE vector (
                    id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE REFERENCES answer(key) ON DELETE CASCADE,
                    context BLOB NOT NULL, model TEXT NOT NULL, storedAt INTEGER NOT NULL, numbers BLOB NOT NULL);
                """)
    }

    public func vectors(after last: Int64, limit: Int) async throws -> ArchivedVectorPage? {
        let box = box
        return try await pool.read { database in
            let rows = try Row.fetchAll(
                database,
                sql: "SELECT id, key, context, model, storedAt, numbers FROM vector WHERE id > ? ORDER BY id LIMIT ?",
                arguments: [last, limit])
            guard let last = rows.last else { return nil }
            return ArchivedVectorPage(vectors: rows.compactMap { Self.vector($0, box: box) }, last: last["id"])
        }
    }

    public func keep(_ vector: ArchivedVector) {
        let byteCount = vector.numbers.count * MemoryLayout<Float>.stride
        queue.withLock { queue in
            guard queue.byteCount + byteCount <= maximumWaitingBytes else { return }
            queue.byteCount += byteCount
            queue.vectors[vector.key] = vector
        }
    }

    public func removeVectors(of keys: [CacheKey]) {
        queue.withLock { queue in
            queue.removal.keys += keys
            for key in keys { queue.vectors[key] = nil }
        }
    }

    public func removeVectors(besides model: String?) {
        queue.withLock { queue in
            queue.vectors = queue.vectors.filter { $0.value.model == model }
            queue.removal.isOfModels = true
            queue.removal.model = model
        }
    }

    /// Writes a vector unless its answer is gone, or was never kept.
    func write(_ vector: ArchivedVector, to database: Database) throws {
        let numbers = vector.numbers.withUnsafeBytes { Data($0) }
        try database.execute(
            sql: """
                INSERT OR REPLACE INTO vector (key, context, model, storedAt, numbers)
                SELECT key, ?, ?, ?, ? FROM answer WHERE key = ?
                """,
            arguments: [
                Data(vector.context.digest), vector.model, vector.storedAt, try box.seal(numbers),
                Data(vector.key.digest),
            ])
    }

    /// - Returns: nil for a row that is damaged: the question is asked again and kept anew.
    private static func vector(_ row: Row, box: SecretBox) -> ArchivedVector? {
        // A vector that cannot be read is one the cache does not have.
        guard let key = CacheKey(digest: row["key"] as Data), let context = CacheKey(digest: row["context"] as Data),
            let bytes = try? box.open(row["numbers"] as Data), bytes.count.isMultiple(of: MemoryLayout<Float>.stride)
        else { return nil }
        let numbers = bytes.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: MemoryLayout<Float>.stride).map {
                bytes.loadUnaligned(fromByteOffset: $0, as: Float.self)
            }
        }
        return ArchivedVector(
            key: key, context: context, model: row["model"], storedAt: row["storedAt"], numbers: numbers)
    }
}
