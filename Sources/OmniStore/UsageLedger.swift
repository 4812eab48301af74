import GRDB
public import OmniCore
import Synchronization

/// Records of requests: taken without waiting, written in batches, read back by filters.
public final class UsageLedger: UsageRecorder, UsageReader {
    /// What waits to be written, bounded so that a stuck disk costs records and not memory.
    private struct Queue {
        var records: [UsageRecord] = []
        var dropped = 0
    }

    let pool: DatabasePool
    private let queue = Mutex(Queue())
    private let capacity: Int
    private let maximumRows: Int

    /// - Parameters: capacity: records that may wait. maximumRows: records kept; the oldest go first.
    init(path: String, capacity: Int = 16384, maximumRows: Int = 1_000_000) throws {
        self.capacity = capacity
        self.maximumRows = maximumRows
        pool = try SQLiteFile.open(path, migrator: Self.migrator)
    }

    private static var migrator: DatabaseMigrator {
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
        return migrator
    }

    /// Records lost because the queue was full.
    public var droppedRecords: Int { queue.withLock { $0.dropped } }

    public func record(_ record: UsageRecord) {
        queue.withLock { queue in
            if queue.records.count < capacity { queue.records.append(record) } else { queue.dropped += 1 }
        }
    }

    /// Writes what waits, every quarter of a second, until the task is cancelled; then once more.
    /// - Parameter onBatch: receives each batch after it was written, for the request log.
    public func run(onBatch: @Sendable ([UsageRecord]) -> Void, onFailure: @Sendable (any Error) -> Void) async {
        var isLast = false
        while !isLast {
            // Cancellation ends the sleep early, which is all that is wanted of it.
            try? await Task.sleep(for: .milliseconds(250))
            isLast = Task.isCancelled
            do {
                onBatch(try flush())
            } catch {
                onFailure(error)
            }
        }
    }

    /// Writes everything that waits in one transaction.
    /// - Returns: the records written. On failure they are kept for the next try as far as the queue has room.
    @discardableResult
    public func flush() throws -> [UsageRecord] {
        let batch = queue.withLock { queue in
            defer { queue.records.removeAll(keepingCapacity: true) }
            return queue.records
        }
        guard !batch.isEmpty else { return [] }
        do {
            try pool.write { database in
                let statement = try database.cachedStatement(sql: Self.insertion)
                for record in batch {
                    try record.bind(to: statement)
                    try statement.execute()
                }
                try database.execute(
                    sql: "DELETE FROM usage WHERE sequence <= (SELECT MAX(sequence) FROM usage) - ?",
                    arguments: [maximumRows])
            }
            return batch
        } catch {
            queue.withLock { queue in
                let room = max(0, capacity - queue.records.count)
                queue.dropped += max(0, batch.count - room)
                queue.records.insert(contentsOf: batch.suffix(room), at: 0)
            }
            throw error
        }
    }

    private static let insertion = """
        INSERT INTO usage (requestID, startedAt, clientKeyID, connectionID, provider, requestedModel, servedModel,
            clientFormat, upstreamFormat, path, status, isStreaming, inputTokens, cacheReadTokens, cacheWriteTokens,
            outputTokens, reasoningTokens, isEstimated, latencyMS, timeToFirstTokenMS, attempts, errorCode)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    // MARK: Reading

    public func logs(_ filter: UsageFilter) async throws -> [UsageRecord] {
        try await pool.read { database in
            let condition = Condition(filter)
            return try Row.fetchAll(
                database,
                sql: "SELECT * FROM usage \(condition.sql) ORDER BY sequence DESC LIMIT ? OFFSET ?",
                arguments: condition.arguments + [filter.limit, filter.offset]
            ).map(UsageRecord.init(row:))
        }
    }

    private static let sums = """
        COUNT(*) AS requests, SUM(status >= 400 OR errorCode IS NOT NULL) AS errors, SUM(inputTokens) AS inputTokens,
        SUM(cacheReadTokens) AS cacheReadTokens, SUM(cacheWriteTokens) AS cacheWriteTokens,
        SUM(outputTokens) AS outputTokens, SUM(reasoningTokens) AS reasoningTokens, MAX(startedAt) AS lastUsedAt
        """

    public func minutes(_ count: Int, until now: Int64) async throws -> [UsageTotals] {
        let last = now / 60_000
        let first = last - Int64(count) + 1
        return try await pool.read { database in
            var totals = [UsageTotals](repeating: UsageTotals(), count: count)
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT startedAt / 60000 AS minute, \(Self.sums) FROM usage
                    WHERE startedAt >= ? AND startedAt < ? GROUP BY minute
                    """, arguments: [first * 60_000, (last + 1) * 60_000])
            for row in rows {
                let minute: Int64 = row["minute"]
                totals[Int(minute - first)] = UsageTotals(row: row)
            }
            return totals
        }
    }

    public func history(_ filter: UsageFilter) async throws -> UsageHistory {
        try await pool.read { database in
            let condition = Condition(filter)
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT provider, servedModel, connectionID, clientKeyID, \(Self.sums)
                    FROM usage \(condition.sql) GROUP BY provider, servedModel, connectionID, clientKeyID
                    """, arguments: condition.arguments)
            var history = UsageHistory()
            for row in rows {
                let totals = UsageTotals(row: row)
                let provider: String = row["provider"]
                history.total.add(totals)
                history.byProvider[provider, default: UsageTotals()].add(totals)
                let model = UsageHistory.ModelKey(model: row["servedModel"], provider: provider)
                history.byModel[model, default: UsageTotals()].add(totals)
                if let id = (row["connectionID"] as String?).map({ ConnectionID($0) }) {
                    history.byConnection[id, default: UsageTotals()].add(totals)
                    history.byAccount[.init(model: model, connectionID: id), default: UsageTotals()].add(totals)
                }
                if let id: String = row["clientKeyID"] {
                    history.byClientKey[ClientKeyID(id), default: UsageTotals()].add(totals)
                }
            }
            return history
        }
    }

    /// The WHERE clause of a filter.
    private struct Condition {
        var sql: String
        var arguments: StatementArguments = []

        init(_ filter: UsageFilter) {
            var terms: [String] = []
            func term(_ sql: String, _ values: [(any DatabaseValueConvertible)?]) -> StatementArguments {
                terms.append(sql)
                return StatementArguments(values)
            }
            var arguments: StatementArguments = []
            if let from = filter.from { arguments += term("startedAt >= ?", [from]) }
            if let to = filter.to { arguments += term("startedAt < ?", [to]) }
            if let provider = filter.provider { arguments += term("provider = ?", [provider]) }
            if let id = filter.connectionID { arguments += term("connectionID = ?", [id.rawValue]) }
            if let id = filter.clientKeyID { arguments += term("clientKeyID = ?", [id.rawValue]) }
            if let model = filter.model {
                arguments += term("(requestedModel = ? OR servedModel = ?)", [model, model])
            }
            if let status = filter.status { arguments += term("status = ?", [status]) }
            // A stream that broke after its head has a good status and an error code.
            if let isError = filter.isError {
                terms.append(
                    isError ? "(status >= 400 OR errorCode IS NOT NULL)" : "(status < 400 AND errorCode IS NULL)")
            }
            sql = terms.isEmpty ? "" : "WHERE " + terms.joined(separator: " AND ")
            self.arguments = arguments
        }
    }
}
