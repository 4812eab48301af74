import GRDB

/// Keeps the history's file within a size: the oldest requests go, their sums stay as long as there is anything else.
struct DiskBudget: Sendable {
    /// Of the database file; the write-ahead log beside it is bounded apart.
    let bytes: Int

    /// What a record takes at most in round figures, indexes and sums included.
    private static let bytesPerRecord = 700

    /// Deletes until there is room for a batch, inside its transaction.
    ///
    /// Bounded, so that a budget made smaller costs no long stop; the next batches go on.
    func makeRoom(for records: Int, in database: Database) throws {
        let target = bytes - records * Self.bytesPerRecord
        for _ in 0..<24 {
            guard try Self.used(database) > target else { return }
            guard try Self.deleteOldest(max(500, records), in: database) else { return }
        }
    }

    /// Gives pages nobody uses back to the file system once the file is beyond its size.
    func shrink(_ database: Database) throws {
        let size = try Self.pragma("page_size", database)
        let excess = try Self.pragma("page_count", database) - bytes / size
        guard excess > 0 else { return }
        try database.execute(sql: "PRAGMA incremental_vacuum(\(min(excess, 4096)))")
    }

    private static func used(_ database: Database) throws -> Int {
        try (pragma("page_count", database) - pragma("freelist_count", database)) * pragma("page_size", database)
    }

    private static func pragma(_ name: String, _ database: Database) throws -> Int {
        try Int.fetchOne(database.cachedStatement(sql: "PRAGMA \(name)")) ?? 0
    }

    /// Deletes single requests; their sums stay.
    static func delete(upTo last: Int64, in database: Database) throws {
        try database.execute(
            sql: """
                UPDATE usageTrim SET startedBefore = MAX(startedBefore,
                    COALESCE((SELECT MAX(startedAt) + 1 FROM usage WHERE sequence <= ?), 0))
                """, arguments: [last])
        try database.execute(sql: "DELETE FROM usage WHERE sequence <= ?", arguments: [last])
        try database.execute(sql: "DELETE FROM way WHERE sequence <= ?", arguments: [last])
    }

    /// - Returns: false when nothing is left to delete.
    private static func deleteOldest(_ count: Int, in database: Database) throws -> Bool {
        if let first = try Int64.fetchOne(database, sql: "SELECT MIN(sequence) FROM usage") {
            try delete(upTo: first + Int64(count) - 1, in: database)
            return true
        }
        for table in SumTable.allCases {
            guard let period = try Int64.fetchOne(database, sql: "SELECT MIN(period) FROM \(table.rawValue)") else {
                continue
            }
            try database.execute(sql: "DELETE FROM \(table.rawValue) WHERE period = ?", arguments: [period])
            return true
        }
        return false
    }
}
