import GRDB
import OmniCore

/// Records that go to the database together, with their sums, in one transaction.
struct UsageBatch: Sendable {
    /// The number of the first record; the others follow.
    var first: Int64
    var records: [UsageRecord]

    func write(to database: Database) throws {
        let statement = try database.cachedStatement(sql: UsageRecord.insertion)
        // In place: a copy of a record is one of a dozen texts.
        try records.withUnsafeBufferPointer { records in
            for index in records.indices {
                let number = first + Int64(index)
                try records[index].bind(to: statement, number: number)
                try statement.execute()
                if let route = records[index].route { try UsageLedger.keep(route, of: number, in: database) }
            }
        }
        try database.execute(
            sql: "DELETE FROM way WHERE sequence <= ?",
            arguments: [first + Int64(records.count) - 1 - UsageLedger.maximumWays])
        for table in SumTable.allCases {
            let addition = try database.cachedStatement(sql: table.addition)
            for (key, totals) in sums(by: table.length).sums {
                addition.setUncheckedArguments(key.arguments + totals.arguments)
                try addition.execute()
            }
        }
    }

    private func sums(by length: Int64) -> UsageSums {
        var sums = UsageSums(length: length)
        records.withUnsafeBufferPointer { records in
            for index in records.indices { sums.add(records[index]) }
        }
        return sums
    }
}

/// What the records of a batch come to.
private struct UsageSums {
    let length: Int64
    private(set) var sums: [(key: SumKey, totals: UsageTotals)] = []
    private var places: [SumKey: Int] = [:]
    private var last: Int?

    init(length: Int64) { self.length = length }

    mutating func add(_ record: UsageRecord) {
        // Most are for the same as the one before, which is told sooner than found.
        if let last, sums[last].key.isOf(record, length: length) {
            sums[last].totals.add(record)
            return
        }
        let key = SumKey(record, length: length)
        let place = places[key] ?? sums.count
        if place == sums.count {
            places[key] = place
            sums.append((key, UsageTotals()))
        }
        sums[place].totals.add(record)
        last = place
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

    func isOf(_ record: UsageRecord, length: Int64) -> Bool {
        period == record.startedAt / length && requestedModel == record.requestedModel
            && servedModel == record.servedModel && provider == record.provider
            && clientKeyID == record.clientKeyID?.rawValue ?? "" && connectionID == record.connectionID?.rawValue ?? ""
            && combo == record.combo ?? ""
    }

    /// In the order of ``SumTable/keys``.
    var arguments: StatementArguments {
        [period, provider, servedModel, requestedModel, connectionID, clientKeyID, combo]
    }
}
