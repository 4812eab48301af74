import GRDB
public import OmniCore

extension UsageLedger {
    /// Of so many of the newest requests it is kept how they found their way.
    static let maximumWays: Int64 = 100_000
    /// In bytes; what is longer comes of plans with hundreds of targets, and is not kept.
    private static let maximumWayLength = 64 << 10

    static func keep(_ route: RouteLog, of sequence: Int64, in database: Database) throws {
        let decision = route.json
        guard decision.count <= maximumWayLength else { return }
        let statement = try database.cachedStatement(sql: "INSERT INTO way (sequence, decision) VALUES (?, ?)")
        try statement.execute(arguments: [sequence, String(decoding: decision, as: UTF8.self)])
    }

    public func detail(_ requestID: String) async throws -> UsageDetail? {
        try await pool.read { database in
            // Newest first without an index of its own: what is asked for is mostly among the last.
            try Row.fetchOne(
                database,
                sql: """
                    SELECT usage.*, way.decision FROM usage LEFT JOIN way USING (sequence)
                    WHERE requestID = ? ORDER BY sequence DESC LIMIT 1
                    """, arguments: [requestID]
            ).map { row in
                UsageDetail(record: UsageRecord(row: row), route: (row["decision"] as String?).map { Array($0.utf8) })
            }
        }
    }
}
