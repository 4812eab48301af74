import GRDB

/// Puts records of the journal into the database, with their sums, inside one transaction.
///
/// A record is never taken apart into values of its own: SQLite is shown its bytes. What it costs is the insertion itself.
/// The records must stay where they are until ``finish()``.
struct UsageWriter {
    private let database: Database
    /// Those with the most rows first; the last one has a single row.
    private var insertions: [UsageInsertion]
    private var waiting: [(number: Int64, record: JournaledRecord)] = []
    private var sums = UsageSums(length: SumTable.usageByHour.length)
    private var last: Int64?

    init(_ database: Database) {
        self.database = database
        insertions = UsageInsertion.sizes.map { UsageInsertion(rows: $0) }
        waiting.reserveCapacity(UsageInsertion.sizes[0])
    }

    mutating func add(_ record: JournaledRecord, number: Int64, attachment: UsageAttachment?) throws {
        if let route = attachment?.route { try UsageLedger.keep(route, of: number, in: database) }
        sums.add(record)
        last = number
        waiting.append((number, record))
        if waiting.count == insertions[0].rows { try insert() }
    }

    /// Writes what waits, and the sums.
    mutating func finish() throws {
        try insert()
        guard let last else { return }
        try database.cachedStatement(sql: "DELETE FROM way WHERE sequence <= ?")
            .execute(arguments: [last - UsageLedger.maximumWays])
        try sums.write(to: .usageByHour, in: database)
        try sums.sums(length: SumTable.usageByDay.length).write(to: .usageByDay, in: database)
    }

    private mutating func insert() throws {
        var rest = waiting[...]
        for index in insertions.indices {
            let rows = insertions[index].rows
            while rest.count >= rows {
                try insertions[index].insert(rest.prefix(rows), in: database)
                rest = rest.dropFirst(rows)
            }
        }
        waiting.removeAll(keepingCapacity: true)
    }
}
