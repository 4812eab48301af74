import Foundation
import GRDB
import OmniCore
import Testing

@testable import OmniStore

/// Sums by hour and day: they agree with the records, and stay when the records go.
@Suite struct UsageSumsTests {
    private static let hour: Int64 = 3_600_000
    private static let day: Int64 = 86_400_000
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func ledger(diskBudget: Int = 512 << 20) throws -> UsageLedger {
        try UsageLedger(path: folder.file("history.sqlite"), capacity: 100_000, diskBudget: diskBudget)
    }

    /// Records over ten days, at uneven times and with every kind of group.
    private static func record(_ number: Int) -> UsageRecord {
        Records.record(number, status: number % 7 == 0 ? 500 : 200) { record in
            record.startedAt = Int64(number) * 7_919_000 % (10 * day)
            record.provider = number % 2 == 0 ? "openai" : "anthropic"
            record.servedModel = "m\(number % 3)"
            record.clientKeyID = number % 4 == 0 ? nil : ClientKeyID("k\(number % 4)")
            record.connectionID = ConnectionID("c\(number % 5)")
            record.combo = number % 6 == 0 ? "coding" : nil
            record.cost = number % 3 == 0 ? nil : NanoDollars(Int64(number))
        }
    }

    private static func expected(_ records: [UsageRecord]) -> UsageTotals {
        var totals = UsageTotals()
        for record in records { totals.add(record) }
        return totals
    }

    @Test(
        arguments: [
            (nil, nil), (0, 10 * day), (day, 3 * day), (hour, day + hour), (hour + 1, 5 * day + hour + 7),
            (nil, day - 1),
            (2 * day + 1, nil), (hour + 5, hour + 1000), (hour + 5, 2 * hour + 5), (3 * hour, 4 * hour), (day, day),
            (5 * day, day), (-5, 2 * day), (20 * day, nil),
        ] as [(Int64?, Int64?)])
    func periodsSumWhatIsInThem(from: Int64?, to: Int64?) async throws {
        let records = (1...600).map(Self.record)
        let ledger = try ledger()
        for (position, record) in records.enumerated() {
            ledger.record(record)
            // Sums are added to what other batches left.
            if position % 97 == 0 { try ledger.flush() }
        }
        try ledger.flush()
        var filter = UsageFilter()
        (filter.from, filter.to) = (from, to)
        let inside = records.filter { $0.startedAt >= from ?? .min && $0.startedAt < to ?? .max }
        let history = try await ledger.history(filter)
        #expect(history.total == Self.expected(inside))
        let coding = Self.expected(inside.filter { $0.combo == "coding" })
        #expect(history.byCombo["coding"] ?? UsageTotals() == coding)
        filter.clientKeyID = ClientKeyID("k1")
        filter.model = "m1"
        #expect(
            try await ledger.history(filter).total
                == Self.expected(inside.filter { $0.clientKeyID == ClientKeyID("k1") && $0.servedModel == "m1" }))
        // What sums do not know is counted from the records.
        filter = UsageFilter()
        (filter.from, filter.to, filter.isError) = (from, to, true)
        #expect(try await ledger.history(filter).total.requests == inside.count { $0.status == 500 })
    }

    @Test(arguments: UsagePeriod.allCases)
    func aSeriesIsTheSumsOfItsPeriods(period: UsagePeriod) async throws {
        let records = (1...300).map(Self.record)
        let ledger = try ledger()
        for record in records { ledger.record(record) }
        try ledger.flush()
        var filter = UsageFilter()
        (filter.from, filter.to) = (2 * Self.day + 5, 4 * Self.day)
        let slices = try await ledger.series(filter, by: period)
        let inside = records.filter { $0.startedAt >= 2 * Self.day && $0.startedAt < 4 * Self.day }
        let groups = Dictionary(grouping: inside) { record in
            UsageSlice(
                start: record.startedAt / period.length * period.length,
                model: .init(model: record.servedModel, provider: record.provider), totals: UsageTotals())
        }
        #expect(slices.count == groups.count)
        for slice in slices {
            let key = UsageSlice(start: slice.start, model: slice.model, totals: UsageTotals())
            #expect(slice.totals == Self.expected(groups[key] ?? []))
        }
        #expect(slices.map(\.start) == slices.map(\.start).sorted())
        // Of requests of one kind, from the records.
        filter.isError = true
        let errors = try await ledger.series(filter, by: period)
        #expect(errors.reduce(0) { $0 + $1.totals.requests } == inside.count { $0.status == 500 })
    }

    @Test func unknownCostsAreNotNothing() {
        var totals = UsageTotals()
        #expect(totals.cost == .zero)
        totals.add(Records.record(1))
        #expect(totals.cost == nil && totals.unpricedRequests == 1)
        totals.add(Records.record(2) { $0.cost = NanoDollars(7) })
        #expect(totals.cost == NanoDollars(7) && totals.unpricedRequests == 1 && totals.pricedRequests == 1)
        // What used no tokens costs nothing, whatever the price.
        var failures = UsageTotals()
        failures.add(UsageRecord(requestID: "x", startedAt: 0))
        #expect(failures.cost == .zero)
    }

    @Test func theFileStaysWithinItsBudgetAndSumsStay() async throws {
        let budget = 1 << 20
        let ledger = try ledger(diskBudget: budget)
        let path = folder.file("history.sqlite")
        for batch in 0..<40 {
            for number in 0..<250 {
                ledger.record(
                    Records.record(batch * 250 + number) { record in
                        record.cost = NanoDollars(1)
                        record.startedAt = Int64(batch) * Self.hour
                    })
            }
            try ledger.flush()
            try await ledger.pool.write { try $0.execute(sql: "SELECT 1") }
            let pages = try await ledger.pool.read { database in
                try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            }
            #expect(pages * 4096 <= budget, "after batch \(batch)")
        }
        var filter = UsageFilter()
        filter.limit = 100_000
        let kept = try await ledger.logs(filter).map(\.requestID)
        #expect(kept.count > 500 && kept.count < 9000)
        #expect(kept.first == "r9999" && kept.last == "r\(10_000 - kept.count)")
        #expect(try await ledger.history(UsageFilter()).total.requests == 10_000)
        #expect(try await ledger.history(UsageFilter()).total.cost == NanoDollars(10_000))
        // An hour whose records are gone is taken whole.
        filter = UsageFilter()
        (filter.from, filter.to) = (Self.hour + 1, 2 * Self.hour)
        #expect(try await ledger.history(filter).total.requests == 250)
        #expect(FileManager.default.fileExists(atPath: path))
    }

    @Test func aSmallerBudgetMakesAnOldFileSmaller() async throws {
        let sizes = folder.file("history.sqlite")
        do {
            let ledger = try ledger()
            for number in 0..<10_000 { ledger.record(Records.record(number)) }
            try ledger.flush()
            try await ledger.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
        }
        func size() throws -> Int { try FileManager.default.attributesOfItem(atPath: sizes)[.size] as? Int ?? 0 }
        #expect(try size() > 1 << 20)
        let ledger = try ledger(diskBudget: 512 << 10)
        for number in 0..<8 {
            ledger.record(Records.record(number))
            try ledger.flush()
        }
        try await ledger.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
        #expect(try size() <= 512 << 10)
    }

    /// A history of the version before has no sums; the migration makes them.
    @Test func anOlderHistoryGetsItsSums() async throws {
        let path = folder.file("history.sqlite")
        do {
            let pool = try DatabasePool(path: path)
            try UsageSchema.migrator.migrate(pool, upTo: "1 foundation")
            try await pool.write { database in
                for number in 1...3 {
                    try database.execute(
                        sql: """
                            INSERT INTO usage (requestID, startedAt, clientKeyID, provider, requestedModel, servedModel,
                                clientFormat, upstreamFormat, path, status, isStreaming, inputTokens, cacheReadTokens,
                                cacheWriteTokens, outputTokens, reasoningTokens, isEstimated, latencyMS, attempts)
                            VALUES (?, ?, 'k', 'openai', 'a', 'gpt', '', '', '', 200, 0, 1, 0, 0, 2, 0, 0, 5, 1)
                            """, arguments: ["r\(number)", Int64(number) * Self.day])
                }
            }
        }
        let ledger = try ledger()
        let history = try await ledger.history(UsageFilter())
        #expect(history.total.requests == 3 && history.total.completionTokens == 6 && history.total.cost == nil)
        #expect(history.byClientKey[ClientKeyID("k")]?.requests == 3)
        #expect(history.byConnection.isEmpty && history.byCombo.isEmpty)
        ledger.record(Records.record(4))
        try ledger.flush()
        #expect(try await ledger.logs(UsageFilter()).map(\.requestID) == ["r4", "r3", "r2", "r1"])
    }

    /// Seconds nobody knows the price of are not free.
    @Test func otherUnitsThanTokensMayHaveNoPriceToo() async throws {
        let ledger = try ledger()
        ledger.record(
            Records.record(1) { record in
                (record.inputTokens, record.outputTokens, record.cost) = (0, 0, nil)
                (record.cacheReadTokens, record.cacheWriteTokens, record.reasoningTokens) = (0, 0, 0)
                record.billed = BilledQuantity(.second, thousandths: 1500)
            })
        try ledger.flush()
        #expect(try await ledger.history(UsageFilter()).total.unpricedRequests == 1)
        var filter = UsageFilter()
        filter.from = 0
        #expect(try await ledger.history(filter).total.unpricedRequests == 1)
    }

    @Test func pagesFollowEachOtherWhileRequestsAreAdded() async throws {
        let ledger = try ledger()
        for number in 1...5 { ledger.record(Records.record(number)) }
        try ledger.flush()
        var filter = UsageFilter()
        filter.limit = 2
        var seen: [String] = []
        repeat {
            let page = try await ledger.page(filter)
            seen += page.records.map(\.requestID)
            filter.before = page.next
            ledger.record(Records.record(100 + seen.count))
            try ledger.flush()
        } while filter.before != nil
        #expect(seen == ["r5", "r4", "r3", "r2", "r1"])
    }

    @Test func theNewestRecordOfARequestIsFound() async throws {
        let ledger = try ledger()
        ledger.record(Records.record(1))
        ledger.record(Records.record(1) { $0.path = "/second" })
        try ledger.flush()
        #expect(try await ledger.detail("r1")?.record.path == "/second")
        #expect(try await ledger.detail("r2") == nil)
    }
}
