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
        var first: CInt = 1
        for (row, entry) in records.enumerated() {
            let old = row < old.count ? old[row] : nil
            try statement.set(entry.number, at: first)
            for place in Self.others {
                try place.value.set(of: entry.record, unlike: old, at: first + place.offset, of: statement)
            }
            // One look where all of them are the same.
            if old?.names.isEqual(to: entry.record.names) != true {
                for place in Self.names {
                    try place.value.set(of: entry.record, unlike: nil, at: first + place.offset, of: statement)
                }
            }
            first += CInt(Self.columns.count + 1)
        }
        try statement.executeWithSetValues()
        old = records.map(\.record)
    }

    private static func statement(_ rows: Int, in database: Database) throws -> Statement {
        let statement = try database.cachedStatement(sql: insertions[rows] ?? insertion(rows))
        statement.forgetValues()
        return statement
    }

    // Put together once: each batch asks for them.
    private static let insertions = Dictionary(uniqueKeysWithValues: sizes.map { ($0, insertion($0)) })

    private static func insertion(_ rows: Int) -> String {
        let names = columns.map { "\($0.name)" }
        let places = "(?\(String(repeating: ",?", count: names.count)))"
        // Short, for it is looked for by its text.
        return "INSERT INTO usage (sequence,\(names.joined(separator: ","))) VALUES "
            + Array(repeating: places, count: rows).joined(separator: ",")
    }

    /// Which part of a record a column gets.
    private enum Value {
        /// Zero, or an empty text, where a record of an earlier version has none.
        case number(JournaledRecord.Number)
        case optionalNumber(JournaledRecord.Number)
        case text(JournaledRecord.Text)
        case optionalText(JournaledRecord.Text)
        case flag(Int64)

        var isName: Bool {
            switch self {
            case .text(let field), .optionalText(let field): field != .requestID
            case .number, .optionalNumber, .flag: false
            }
        }

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

    private struct Column {
        let name: StaticString
        let value: Value
    }

    /// In the order of the table, which saves SQLite another copy of each value.
    private static let columns: [Column] = [
        Column(name: "requestID", value: .text(.requestID)),
        Column(name: "startedAt", value: .number(.startedAt)),
        Column(name: "clientKeyID", value: .optionalText(.clientKeyID)),
        Column(name: "connectionID", value: .optionalText(.connectionID)),
        Column(name: "provider", value: .text(.provider)),
        Column(name: "requestedModel", value: .text(.requestedModel)),
        Column(name: "servedModel", value: .text(.servedModel)),
        Column(name: "clientFormat", value: .text(.clientFormat)),
        Column(name: "upstreamFormat", value: .text(.upstreamFormat)),
        Column(name: "path", value: .text(.path)),
        Column(name: "status", value: .number(.status)),
        Column(name: "isStreaming", value: .flag(JournaledRecord.Flag.isStreaming)),
        Column(name: "inputTokens", value: .number(.inputTokens)),
        Column(name: "cacheReadTokens", value: .number(.cacheReadTokens)),
        Column(name: "cacheWriteTokens", value: .number(.cacheWriteTokens)),
        Column(name: "outputTokens", value: .number(.outputTokens)),
        Column(name: "reasoningTokens", value: .number(.reasoningTokens)),
        Column(name: "isEstimated", value: .flag(JournaledRecord.Flag.isEstimated)),
        Column(name: "latencyMS", value: .number(.latencyMS)),
        Column(name: "timeToFirstTokenMS", value: .optionalNumber(.timeToFirstTokenMS)),
        Column(name: "attempts", value: .number(.attempts)),
        Column(name: "errorCode", value: .optionalText(.errorCode)),
        Column(name: "combo", value: .optionalText(.combo)),
        Column(name: "cost", value: .optionalNumber(.cost)),
        Column(name: "savedCost", value: .optionalNumber(.savedCost)),
        Column(name: "headMS", value: .optionalNumber(.headMS)),
        Column(name: "isCached", value: .flag(JournaledRecord.Flag.isCached)),
        Column(name: "billedUnit", value: .optionalText(.billedUnit)),
        Column(name: "billedThousandths", value: .optionalNumber(.billedThousandths)),
        Column(name: "billedVariant", value: .optionalText(.billedVariant)),
        Column(name: "overheadUS", value: .optionalNumber(.overheadMicroseconds)),
    ]

    /// A column's distance from the row's number, and what it gets.
    private struct Place {
        let offset: CInt
        let value: Value
    }

    private static let places = columns.enumerated().map { Place(offset: CInt($0 + 1), value: $1.value) }
    /// Those of ``JournaledRecord/names``, which mostly are the same.
    private static let names = places.filter { $0.value.isName }
    private static let others = places.filter { !$0.value.isName }
}
