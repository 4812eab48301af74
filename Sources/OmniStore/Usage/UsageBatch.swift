import GRDB
import OmniCore

/// Records that go to the database together, with their sums, in one transaction.
struct UsageBatch: Sendable {
    /// The number of the first record; the others follow.
    var first: Int64
    var records: [UsageRecord]

    func write(to database: Database) throws {
        let statement = try database.cachedStatement(sql: UsageRecord.insertion)
        for (offset, record) in records.enumerated() {
            try record.bind(to: statement, number: first + Int64(offset))
            try statement.execute()
            if let route = record.route { try UsageLedger.keep(route, of: first + Int64(offset), in: database) }
        }
        try database.execute(
            sql: "DELETE FROM way WHERE sequence <= ?",
            arguments: [first + Int64(records.count) - 1 - UsageLedger.maximumWays])
        for table in SumTable.allCases {
            let addition = try database.cachedStatement(sql: table.addition)
            for (key, totals) in sums(by: table.length) {
                addition.setUncheckedArguments(key.arguments + totals.arguments)
                try addition.execute()
            }
        }
    }

    private func sums(by length: Int64) -> [SumKey: UsageTotals] {
        var sums: [SumKey: UsageTotals] = [:]
        for record in records { sums[SumKey(record, length: length), default: UsageTotals()].add(record) }
        return sums
    }
}

/// What requests are summed for.
private struct SumKey: Hashable {
    let period: Int64
    let provider: String
    let servedModel: String
    let requestedModel: String
    let connectionID: String
    let clientKeyID: String
    let combo: String

    init(_ record: UsageRecord, length: Int64) {
        period = record.startedAt / length
        provider = record.provider
        servedModel = record.servedModel
        requestedModel = record.requestedModel
        connectionID = record.connectionID?.rawValue ?? ""
        clientKeyID = record.clientKeyID?.rawValue ?? ""
        combo = record.combo ?? ""
    }

    /// In the order of ``SumTable/keys``.
    var arguments: StatementArguments {
        [period, provider, servedModel, requestedModel, connectionID, clientKeyID, combo]
    }
}
