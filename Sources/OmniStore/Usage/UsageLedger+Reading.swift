import GRDB
public import OmniCore

extension UsageLedger: UsageReader {
    public func logs(_ filter: UsageFilter) async throws -> [UsageRecord] { try await page(filter).records }

    public func page(_ filter: UsageFilter) async throws -> UsagePage {
        try await pool.read { database in
            let condition = UsageCondition(requestsOf: filter)
            let rows = try Row.fetchAll(
                database,
                sql: "SELECT * FROM usage \(condition.sql) ORDER BY sequence DESC LIMIT ? OFFSET ?",
                arguments: condition.arguments + [filter.limit, filter.offset])
            let isFull = rows.count == filter.limit
            return UsagePage(
                records: rows.map(UsageRecord.init(row:)), next: isFull ? rows.last?["sequence"] : nil)
        }
    }

    public func minutes(_ count: Int, until now: Int64) async throws -> [UsageTotals] {
        let last = now / 60_000
        let first = last - Int64(count) + 1
        return try await pool.read { database in
            var totals = [UsageTotals](repeating: UsageTotals(), count: count)
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT startedAt / 60000 AS minute, \(SumTable.sumsOfRows) FROM usage
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
            var history = UsageHistory()
            let groups = "provider, servedModel, connectionID, clientKeyID, combo"
            for source in try Self.sources(filter, in: database) {
                let rows = try Row.fetchAll(
                    database,
                    sql: """
                        SELECT \(groups), \(source.sums) FROM \(source.table) \(source.condition.sql) GROUP BY \(groups)
                        """, arguments: source.condition.arguments)
                for row in rows { history.add(row) }
            }
            return history
        }
    }

    public func series(_ filter: UsageFilter, by period: UsagePeriod) async throws -> [UsageSlice] {
        try await pool.read { database in
            var filter = filter
            filter.from = filter.from.map { $0 / period.length * period.length }
            filter.to = filter.to.map { ($0 + period.length - 1) / period.length * period.length }
            let source: Source
            if UsageCondition.isAnsweredBySums(filter) {
                let table = period == .hour ? SumTable.usageByHour : .usageByDay
                source = Source(table, filter, [(filter.from ?? 0) / table.length..<(filter.to ?? .max) / table.length])
            } else {
                source = Source(requestsOf: filter)
            }
            let start = source.length.map { "period * \($0)" } ?? "startedAt / \(period.length) * \(period.length)"
            return try Row.fetchAll(
                database,
                sql: """
                    SELECT \(start) AS start, provider, servedModel, \(source.sums)
                    FROM \(source.table) \(source.condition.sql)
                    GROUP BY 1, provider, servedModel ORDER BY 1, provider, servedModel
                    """, arguments: source.condition.arguments
            ).map { row in
                UsageSlice(
                    start: row["start"], model: .init(model: row["servedModel"], provider: row["provider"]),
                    totals: UsageTotals(row: row))
            }
        }
    }

    /// The tables that together answer a question about a period, without overlap.
    private static func sources(_ filter: UsageFilter, in database: Database) throws -> [Source] {
        guard UsageCondition.isAnsweredBySums(filter) else { return [Source(requestsOf: filter)] }
        let trimmed = try Int64.fetchOne(database, sql: "SELECT startedBefore FROM usageTrim") ?? 0
        let span = UsageSpan(from: filter.from, to: filter.to, incompleteBefore: trimmed)
        var sources: [Source] = []
        if !span.days.isEmpty { sources.append(Source(.usageByDay, filter, [span.days])) }
        if !span.hours.isEmpty { sources.append(Source(.usageByHour, filter, span.hours)) }
        for range in span.rest {
            var part = filter
            (part.from, part.to) = (range.lowerBound, range.upperBound)
            sources.append(Source(requestsOf: part))
        }
        return sources
    }
}

/// Where a sum comes from.
private struct Source {
    let table: String
    let sums: String
    var condition: UsageCondition
    /// Of the table's periods, in milliseconds; nil for single requests.
    let length: Int64?

    init(requestsOf filter: UsageFilter) {
        table = "usage"
        sums = SumTable.sumsOfRows
        condition = UsageCondition(requestsOf: filter)
        length = nil
    }

    init(_ table: SumTable, _ filter: UsageFilter, _ periods: [Range<Int64>]) {
        self.table = table.rawValue
        sums = SumTable.sums
        condition = UsageCondition(groupsOf: filter)
        length = table.length
        let bounds = periods.flatMap { [$0.lowerBound, $0.upperBound] }
        condition.add(
            "(" + periods.map { _ in "period >= ? AND period < ?" }.joined(separator: " OR ") + ")", bounds)
    }
}

extension UsageHistory {
    /// Adds the totals of one group.
    fileprivate mutating func add(_ row: Row) {
        let totals = UsageTotals(row: row)
        let provider: String = row["provider"]
        total.add(totals)
        byProvider[provider, default: UsageTotals()].add(totals)
        let model = ModelKey(model: row["servedModel"], provider: provider)
        byModel[model, default: UsageTotals()].add(totals)
        // Requests have NULL where there is none, and sums have ''.
        func name(_ column: String) -> String? { (row[column] as String?).flatMap { $0.isEmpty ? nil : $0 } }
        if let id = name("connectionID").map({ ConnectionID($0) }) {
            byConnection[id, default: UsageTotals()].add(totals)
            byAccount[.init(model: model, connectionID: id), default: UsageTotals()].add(totals)
        }
        if let id = name("clientKeyID") { byClientKey[ClientKeyID(id), default: UsageTotals()].add(totals) }
        if let combo = name("combo") { byCombo[combo, default: UsageTotals()].add(totals) }
    }
}
