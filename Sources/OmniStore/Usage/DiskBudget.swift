import GRDB

/// Keeps the history's file within a size: the oldest requests go, their sums stay as long as there is anything else.
struct DiskBudget: Sendable {
    /// Of the database file; the write-ahead log beside it is bounded apart.
    private let bytes: Int
    private let pageSize: Int

    /// What a record takes at most in round figures, indexes and sums included.
    private static let bytesPerRecord = 700

    /// - Parameter bytes: of the database file.
    init(bytes: Int, of database: Database) throws {
        self.bytes = bytes
        pageSize = try Self.number("PRAGMA page_size", database)
    }

    /// Deletes until there is room for a batch, inside its transaction.
    ///
    /// Bounded, so that a budget made smaller costs no long stop; the next batches go on.
    func makeRoom(for records: Int, in database: Database) throws {
        let target = bytes - records * Self.bytesPerRecord
        for _ in 0..<24 {
            guard try isLarger(than: target, database) else { return }
            guard try Self.deleteOldest(max(500, records), in: database) else { return }
        }
    }

    /// Gives pages nobody uses back to the file system once the file is beyond its size.
    func shrink(_ database: Database) throws {
        let excess = try Self.number(Self.pageCount, database) - bytes / pageSize
        guard excess > 0 else { return }
        try database.execute(sql: "PRAGMA incremental_vacuum(\(min(excess, 4096)))")
    }

    /// Whether more than so many bytes are in use.
    private func isLarger(than target: Int, _ database: Database) throws -> Bool {
        let pages = try Self.number(Self.pageCount, database)
        // Mostly the file as a whole is smaller.
        guard pages * pageSize > target else { return false }
        return try (pages - Self.number("PRAGMA freelist_count", database)) * pageSize > target
    }

    private static let pageCount = "PRAGMA page_count"

    private static func number(_ pragma: String, _ database: Database) throws -> Int {
        Int(try database.cachedStatement(sql: pragma).fetchNumber())
    }

    /// Notes up to when requests are going to be deleted.
    ///
    /// The plus keeps SQLite from looking for the latest of them from the end of the index by time: it would read all of the
    /// history to get there.
    static let trimMark = """
        UPDATE usageTrim SET startedBefore = MAX(startedBefore,
            COALESCE((SELECT MAX(+startedAt) + 1 FROM usage WHERE sequence <= ?), 0))
        """

    /// Deletes single requests; their sums stay.
    static func delete(upTo last: Int64, in database: Database) throws {
        try database.execute(sql: trimMark, arguments: [last])
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
