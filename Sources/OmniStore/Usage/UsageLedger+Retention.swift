import GRDB

extension UsageLedger {
    /// Requests looked at in one transaction, which keeps those who write waiting for that long only.
    private static let step = 2000

    /// Removes the first requests up to one that began at a time or later; their sums stay.
    /// - Parameter time: milliseconds since 1970.
    /// - Returns: how many were removed.
    public func removeRecords(before time: Int64) async throws -> Int {
        var removed = 0
        while true {
            let count = try await pool.write { database in try Self.removeStep(before: time, in: database) }
            removed += count
            guard count == Self.step else { return removed }
        }
    }

    private static func removeStep(before time: Int64, in database: Database) throws -> Int {
        let first = "SELECT sequence, startedAt FROM usage ORDER BY sequence LIMIT \(step)"
        let firstKept = try Int64.fetchOne(
            database, sql: "SELECT MIN(sequence) FROM (\(first)) WHERE startedAt >= ?", arguments: [time])
        let end = try Int64.fetchOne(database, sql: "SELECT MAX(sequence) FROM (\(first))")
        guard let last = firstKept.map({ $0 - 1 }) ?? end else { return 0 }
        let count =
            try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM usage WHERE sequence <= ?", arguments: [last]) ?? 0
        if count > 0 { try DiskBudget.delete(upTo: last, in: database) }
        return count
    }
}
