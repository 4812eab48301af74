import GRDB
import OmniCore

/// What some records come to, by period and by what a person may ask for.
struct UsageSums {
    private struct Group {
        let key: SumKey
        var totals = UsageTotals()
    }

    /// Of a period, in milliseconds.
    private let length: Int64
    private var groups: [Group] = []
    private var places: [SumKey: Int] = [:]
    private var last = 0

    init(length: Int64) { self.length = length }

    mutating func add(_ record: JournaledRecord) {
        let place = place(of: SumKey(record, period: (record.number(.startedAt) ?? 0) / length))
        groups[place].totals.add(record)
    }

    /// The same by longer periods.
    /// - Parameter length: whole periods of these, in milliseconds.
    func sums(length: Int64) -> UsageSums {
        var sums = UsageSums(length: length)
        for group in groups {
            let key = SumKey(group.key.record, period: group.key.period / (length / self.length))
            sums.groups[sums.place(of: key)].totals.add(group.totals)
        }
        return sums
    }

    private mutating func place(of key: SumKey) -> Int {
        // Most are for the same as the one before, which is told sooner than found.
        if last < groups.count, groups[last].key == key { return last }
        last = places[key] ?? groups.count
        if last == groups.count {
            groups.append(Group(key: key))
            places[key] = last
        }
        return last
    }

    func write(to table: SumTable, in database: Database) throws {
        let statement = try database.cachedStatement(sql: table.addition)
        statement.forgetValues()
        for group in groups {
            var index: CInt = 1
            try statement.set(group.key.period, at: index)
            for field in SumKey.fields {
                index += 1
                try statement.set(group.key.record.text(field) ?? group.key.record.nothing, at: index)
            }
            for number in group.totals.numbers {
                index += 1
                try statement.set(number, at: index)
            }
            try statement.executeWithSetValues()
        }
    }
}

/// What requests are summed for; the texts are those of one of them.
private struct SumKey: Hashable {
    let record: JournaledRecord
    let period: Int64
    private let names: UnsafeRawBufferPointer
    private let combo: UnsafeRawBufferPointer

    /// In the order of ``SumTable/keys``.
    static let fields: [JournaledRecord.Text] = [
        .provider, .servedModel, .requestedModel, .connectionID, .clientKeyID, .combo,
    ]

    init(_ record: JournaledRecord, period: Int64) {
        self.record = record
        self.period = period
        // They follow each other in the journal: client key, connection, provider and both models.
        names = record.texts(from: .clientKeyID, upTo: .clientFormat)
        combo = record.texts(from: .combo, upTo: .billedUnit)
    }

    static func == (one: SumKey, other: SumKey) -> Bool {
        one.period == other.period && one.names.isEqual(to: other.names) && one.combo.isEqual(to: other.combo)
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(period)
        hasher.combine(bytes: names)
        hasher.combine(bytes: combo)
    }
}

extension UsageTotals {
    fileprivate mutating func add(_ record: JournaledRecord) {
        func number(_ field: JournaledRecord.Number) -> Int { Int(clamping: record.number(field) ?? 0) }
        var one = UsageTotals()
        one.requests = 1
        one.errors = number(.status) >= 400 || record.text(.errorCode) != nil ? 1 : 0
        one.inputTokens = number(.inputTokens)
        one.cacheReadTokens = number(.cacheReadTokens)
        one.cacheWriteTokens = number(.cacheWriteTokens)
        one.outputTokens = number(.outputTokens)
        one.reasoningTokens = number(.reasoningTokens)
        if let cost = record.number(.cost) {
            one.knownCost = NanoDollars(cost)
            one.pricedRequests = 1
        } else if one.promptTokens + one.completionTokens > 0 || record.number(.billedThousandths) != nil {
            one.unpricedRequests = 1
        }
        one.savedCost = NanoDollars(record.number(.savedCost) ?? 0)
        one.latencyMS = number(.latencyMS)
        one.lastUsedAt = record.number(.startedAt) ?? 0
        add(one)
    }

    /// In the order of ``SumTable/columns``.
    fileprivate var numbers: [Int64] {
        [
            Int64(requests), Int64(errors), Int64(inputTokens), Int64(cacheReadTokens), Int64(cacheWriteTokens),
            Int64(outputTokens), Int64(reasoningTokens), knownCost.value, Int64(pricedRequests),
            Int64(unpricedRequests), savedCost.value, Int64(latencyMS), lastUsedAt,
        ]
    }
}
