import GRDB

/// The tables of the history.
enum UsageSchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 foundation") { database in
            try database.execute(
                sql: """
                    CREATE TABLE usage (
                        sequence INTEGER PRIMARY KEY AUTOINCREMENT, requestID TEXT NOT NULL, startedAt INTEGER NOT NULL,
                        clientKeyID TEXT, connectionID TEXT, provider TEXT NOT NULL, requestedModel TEXT NOT NULL,
                        servedModel TEXT NOT NULL, clientFormat TEXT NOT NULL, upstreamFormat TEXT NOT NULL,
                        path TEXT NOT NULL, status INTEGER NOT NULL, isStreaming INTEGER NOT NULL,
                        inputTokens INTEGER NOT NULL, cacheReadTokens INTEGER NOT NULL,
                        cacheWriteTokens INTEGER NOT NULL, outputTokens INTEGER NOT NULL,
                        reasoningTokens INTEGER NOT NULL, isEstimated INTEGER NOT NULL, latencyMS INTEGER NOT NULL,
                        timeToFirstTokenMS INTEGER, attempts INTEGER NOT NULL, errorCode TEXT);
                    CREATE INDEX usageByTime ON usage (startedAt);
                    """)
        }
        migrator.registerMigration("2 costs and sums") { database in
            try database.execute(
                sql: """
                    ALTER TABLE usage ADD COLUMN combo TEXT;
                    ALTER TABLE usage ADD COLUMN cost INTEGER;
                    ALTER TABLE usage ADD COLUMN savedCost INTEGER;
                    CREATE TABLE usageTrim (startedBefore INTEGER NOT NULL);
                    INSERT INTO usageTrim VALUES (0);
                    """)
            for table in SumTable.allCases {
                try database.execute(sql: table.creation)
                try database.execute(
                    sql: """
                        INSERT INTO \(table.rawValue) (period, \(SumTable.keys), \(SumTable.columns))
                        SELECT startedAt / \(table.length), provider, servedModel, requestedModel,
                            COALESCE(connectionID, ''), COALESCE(clientKeyID, ''), '', \(SumTable.sums(where: "0"))
                        FROM usage GROUP BY 1, 2, 3, 4, 5, 6
                        """)
            }
        }
        migrator.registerMigration("3 ways") { database in
            try database.execute(
                sql: """
                    ALTER TABLE usage ADD COLUMN headMS INTEGER;
                    ALTER TABLE usage ADD COLUMN isCached INTEGER NOT NULL DEFAULT 0;
                    CREATE TABLE way (sequence INTEGER PRIMARY KEY, decision TEXT NOT NULL);
                    """)
        }
        migrator.registerMigration("4 quantities") { database in
            try database.execute(
                sql: """
                    ALTER TABLE usage ADD COLUMN billedUnit TEXT;
                    ALTER TABLE usage ADD COLUMN billedThousandths INTEGER;
                    ALTER TABLE usage ADD COLUMN billedVariant TEXT;
                    """)
        }
        migrator.registerMigration("5 overhead") { database in
            try database.execute(sql: "ALTER TABLE usage ADD COLUMN overheadUS INTEGER")
        }
        return migrator
    }
}

/// Sums of requests by period and by what a person may ask for.
enum SumTable: String, CaseIterable {
    case usageByHour, usageByDay

    /// Of a period, in milliseconds.
    var length: Int64 { self == .usageByHour ? 3_600_000 : 86_400_000 }

    /// What is summed for, besides the period; `''` where there is none.
    static let keys = "provider, servedModel, requestedModel, connectionID, clientKeyID, combo"

    static let names = [
        "requests", "errors", "inputTokens", "cacheReadTokens", "cacheWriteTokens", "outputTokens", "reasoningTokens",
        "knownCost", "pricedRequests", "unpricedRequests", "savedCost", "latencyMS",
    ]
    static let columns = names.joined(separator: ", ") + ", lastUsedAt"
    /// Sums of sums.
    static let sums = names.map { "SUM(\($0)) AS \($0)" }.joined(separator: ", ") + ", MAX(lastUsedAt) AS lastUsedAt"
    /// The same of single requests.
    static let sumsOfRows = sums(where: "billedUnit IS NOT NULL")

    /// - Parameter isBilled: whether a row used something besides tokens; early tables do not know of it.
    fileprivate static func sums(where isBilled: String) -> String {
        """
        COUNT(*) AS requests, SUM(status >= 400 OR errorCode IS NOT NULL) AS errors, SUM(inputTokens) AS inputTokens,
        SUM(cacheReadTokens) AS cacheReadTokens, SUM(cacheWriteTokens) AS cacheWriteTokens,
        SUM(outputTokens) AS outputTokens, SUM(reasoningTokens) AS reasoningTokens,
        SUM(COALESCE(cost, 0)) AS knownCost, SUM(cost IS NOT NULL) AS pricedRequests,
        SUM(cost IS NULL AND (\(isBilled)
            OR inputTokens + cacheReadTokens + cacheWriteTokens + outputTokens + reasoningTokens > 0))
            AS unpricedRequests,
        SUM(COALESCE(savedCost, 0)) AS savedCost, SUM(latencyMS) AS latencyMS, MAX(startedAt) AS lastUsedAt
        """
    }

    fileprivate var creation: String {
        let numbers = Self.names.map { "\($0) INTEGER NOT NULL" }.joined(separator: ", ")
        return """
            CREATE TABLE \(rawValue) (
                period INTEGER NOT NULL, provider TEXT NOT NULL, servedModel TEXT NOT NULL, requestedModel TEXT NOT NULL,
                connectionID TEXT NOT NULL, clientKeyID TEXT NOT NULL, combo TEXT NOT NULL, \(numbers),
                lastUsedAt INTEGER NOT NULL, PRIMARY KEY (period, \(Self.keys))) WITHOUT ROWID
            """
    }

    /// Adds to what is there.
    var addition: String { self == .usageByHour ? Self.additionByHour : Self.additionByDay }

    // Put together once: each batch asks for both.
    private static let additionByHour = addition(to: .usageByHour)
    private static let additionByDay = addition(to: .usageByDay)

    private static func addition(to table: SumTable) -> String {
        let places = Array(repeating: "?", count: 7 + names.count + 1).joined(separator: ", ")
        let changes = names.map { "\($0) = \($0) + excluded.\($0)" }.joined(separator: ", ")
        return """
            INSERT INTO \(table.rawValue) (period, \(keys), \(columns)) VALUES (\(places))
            ON CONFLICT DO UPDATE SET \(changes), lastUsedAt = MAX(lastUsedAt, excluded.lastUsedAt)
            """
    }
}
