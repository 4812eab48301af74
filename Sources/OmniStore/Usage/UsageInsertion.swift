import GRDB

/// A statement that inserts so many records at once: what a statement costs beside its rows is shared by them.
struct UsageInsertion {
    /// From many to one, so that few statements insert any number.
    static let sizes = [16, 4, 1]

    let rows: Int
    private var statement: Statement?
    /// What each row's values were set to; most of the next record's are the same and stay.
    private var old: [JournaledRecord] = []

    init(rows: Int) { self.rows = rows }

    /// - Parameter records: as many as there are rows; they stay where they are for as long as this value is used.
    mutating func insert(
        _ records: ArraySlice<(number: Int64, record: JournaledRecord)>, in database: Database
    ) throws {
        let statement = try self.statement ?? Self.statement(rows, in: database)
        self.statement = statement
        var index: CInt = 0
        for (row, entry) in records.enumerated() {
            index += 1
            try statement.set(entry.number, at: index)
            let old = row < old.count ? old[row] : nil
            for value in Self.values {
                index += 1
                try value.set(of: entry.record, unlike: old, at: index, of: statement)
            }
        }
        try statement.executeWithSetValues()
        old = records.map(\.record)
    }

    private static func statement(_ rows: Int, in database: Database) throws -> Statement {
        let names = columns.map(\.name).joined(separator: ", ")
        let places = "(?\(String(repeating: ", ?", count: columns.count)))"
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO usage (sequence, \(names))
                VALUES \(Array(repeating: places, count: rows).joined(separator: ", "))
                """)
        statement.forgetValues()
        return statement
    }

    /// Which part of a record a column gets.
    private enum Value {
        /// Zero, or an empty text, where a record of an earlier version has none.
        case number(JournaledRecord.Number)
        case optionalNumber(JournaledRecord.Number)
        case text(JournaledRecord.Text)
        case optionalText(JournaledRecord.Text)
        case flag(Int64)

        /// Sets the value, unless the record before had the same.
        @inline(__always)  // Called thirty times for each record.
        func set(
            of record: JournaledRecord, unlike old: JournaledRecord?, at index: CInt, of statement: Statement
        ) throws {
            switch self {
            case .number(let field):
                let number = record.bits(field)
                if let old, old.bits(field) == number { return }
                try statement.set(number == .min ? 0 : number, at: index)
            case .optionalNumber(let field):
                let number = record.bits(field)
                if let old, old.bits(field) == number { return }
                try statement.set(number == .min ? nil : number, at: index)
            case .flag(let flag):
                let flags = record.bits(.flags)
                if let old, old.bits(.flags) == flags { return }
                try statement.set(flags != .min && flags & flag != 0 ? 1 : 0, at: index)
            case .text(let field):
                let text = record.text(field)
                if let old, text.isEqual(to: old.text(field)) { return }
                try statement.set(text ?? record.nothing, at: index)
            case .optionalText(let field):
                let text = record.text(field)
                if let old, text.isEqual(to: old.text(field)) { return }
                try statement.set(text, at: index)
            }
        }
    }

    private static let columns: [(name: String, value: Value)] = [
        ("requestID", .text(.requestID)),
        ("startedAt", .number(.startedAt)),
        ("clientKeyID", .optionalText(.clientKeyID)),
        ("connectionID", .optionalText(.connectionID)),
        ("provider", .text(.provider)),
        ("requestedModel", .text(.requestedModel)),
        ("servedModel", .text(.servedModel)),
        ("clientFormat", .text(.clientFormat)),
        ("upstreamFormat", .text(.upstreamFormat)),
        ("path", .text(.path)),
        ("status", .number(.status)),
        ("isStreaming", .flag(JournaledRecord.Flag.isStreaming)),
        ("inputTokens", .number(.inputTokens)),
        ("cacheReadTokens", .number(.cacheReadTokens)),
        ("cacheWriteTokens", .number(.cacheWriteTokens)),
        ("outputTokens", .number(.outputTokens)),
        ("reasoningTokens", .number(.reasoningTokens)),
        ("isEstimated", .flag(JournaledRecord.Flag.isEstimated)),
        ("latencyMS", .number(.latencyMS)),
        ("timeToFirstTokenMS", .optionalNumber(.timeToFirstTokenMS)),
        ("attempts", .number(.attempts)),
        ("errorCode", .optionalText(.errorCode)),
        ("combo", .optionalText(.combo)),
        ("cost", .optionalNumber(.cost)),
        ("savedCost", .optionalNumber(.savedCost)),
        ("headMS", .optionalNumber(.headMS)),
        ("isCached", .flag(JournaledRecord.Flag.isCached)),
        ("billedUnit", .optionalText(.billedUnit)),
        ("billedThousandths", .optionalNumber(.billedThousandths)),
        ("billedVariant", .optionalText(.billedVariant)),
        ("overheadUS", .optionalNumber(.overheadMicroseconds)),
    ]

    private static let values = columns.map(\.value)
}
