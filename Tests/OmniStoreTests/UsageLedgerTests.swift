import Foundation
import GRDB
import OmniCore
import Synchronization
import Testing

@testable import OmniStore

@Suite struct UsageLedgerTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func ledger(capacity: Int = 100) throws -> UsageLedger {
        try UsageLedger(path: folder.file("history.sqlite"), capacity: capacity)
    }

    private func numbers(
        _ ledger: UsageLedger, _ change: (inout UsageFilter) -> Void = { _ in }
    ) async throws -> [String] {
        var filter = UsageFilter()
        change(&filter)
        return try await ledger.logs(filter).map(\.requestID)
    }

    @Test func theNewestRequestOfAnIDIsFoundWithItsTimes() async throws {
        let ledger = try ledger()
        for status in [500, 200] { ledger.record(Records.record(1, status: status) { $0.headMS = status }) }
        try ledger.flush()
        let detail = try #require(try await ledger.detail("r1"))
        #expect(detail.record.status == 200)
        #expect(detail.record.headMS == 200)
        #expect(detail.route == nil)
        #expect(try await ledger.detail("r2") == nil)
    }

    @Test func aRecordKeepsEveryField() async throws {
        let full = Records.record(7, status: 429) { record in
            record.clientKeyID = ClientKeyID("k")
            record.connectionID = ConnectionID("c")
            record.isStreaming = true
            record.isEstimated = true
            record.timeToFirstTokenMS = 3
            record.attempts = 4
            record.errorCode = "rate_limit"
            record.combo = "coding"
            record.cost = NanoDollars(123)
            record.savedCost = NanoDollars(4)
        }
        let records = [Records.record(1), full]
        let ledger = try ledger()
        for record in records { ledger.record(record) }
        #expect(try ledger.flush() == records)
        #expect(try ledger.flush().isEmpty)
        #expect(try await ledger.logs(UsageFilter()) == records.reversed())
        #expect(try await self.ledger().logs(UsageFilter()) == records.reversed())
    }

    /// Rows of a statement keep values of the records before; each must be told from the last one in every field.
    @Test(arguments: [1, 3, 4, 5, 15, 16, 17, 37, 70])
    func everyRowHasItsOwnValues(count: Int) async throws {
        func value<Value>(_ number: Int, _ every: Int, _ value: Value) -> Value? { number % every == 0 ? value : nil }
        let records = (0..<count).map { number in
            Records.record(number, status: 200 + number % 3) { record in
                record.clientKeyID = value(number, 2, ClientKeyID("k\(number)"))
                record.connectionID = value(number, 3, ConnectionID("c"))
                record.provider = number % 5 == 0 ? "" : "p\(number % 2)"
                record.path = number % 20 < 18 ? "/a" : "/b"
                record.isStreaming = number % 7 == 0
                record.isEstimated = number % 18 == 0
                record.isCached = number % 17 == 0
                record.timeToFirstTokenMS = value(number, 4, number)
                record.errorCode = value(number, 19, "rate_limit")
                record.combo = value(number, 6, "coding")
                record.cost = value(number, 3, NanoDollars(Int64(number)))
                record.savedCost = value(number, 5, NanoDollars(-1))
                record.billed = value(number, 9, BilledQuantity(.image, count: number, variant: value(number, 2, "hd")))
                record.headMS = value(number, 2, number)
                record.overheadMicroseconds = value(number, 16, 7)
            }
        }
        let ledger = try ledger()
        for record in records { ledger.record(record) }
        #expect(try ledger.flush() == records)
        for record in records.reversed() { ledger.record(record) }
        try ledger.flush()
        #expect(try await ledger.logs(UsageFilter()) == records + records.reversed())
        #expect(try await ledger.history(UsageFilter()).total == Self.sum(records + records))
    }

    private static func sum(_ records: [UsageRecord]) -> UsageTotals {
        var totals = UsageTotals()
        for record in records { totals.add(record) }
        return totals
    }

    @Test func whatTheQueueCannotHoldIsCounted() async throws {
        let ledger = try ledger(capacity: 3)
        for number in 1...5 { ledger.record(Records.record(number)) }
        #expect(ledger.droppedRecords == 2)
        #expect(try ledger.flush().map(\.requestID) == ["r1", "r2", "r3"])
        ledger.record(Records.record(6))
        try ledger.flush()
        #expect(ledger.droppedRecords == 2)
        #expect(try await numbers(ledger) == ["r6", "r3", "r2", "r1"])
    }

    @Test func aFailedFlushKeepsWhatThereIsRoomFor() async throws {
        let ledger = try ledger(capacity: 3)
        for number in 1...3 { ledger.record(Records.record(number)) }
        try await ledger.pool.write { try $0.execute(sql: "ALTER TABLE usage RENAME TO hidden") }
        #expect(throws: (any Error).self) { try ledger.flush() }
        #expect(ledger.droppedRecords == 0)
        ledger.record(Records.record(4))
        #expect(ledger.droppedRecords == 1)
        try await ledger.pool.write { try $0.execute(sql: "ALTER TABLE hidden RENAME TO usage") }
        #expect(try ledger.flush().map(\.requestID) == ["r1", "r2", "r3"])
        #expect(try await numbers(ledger) == ["r3", "r2", "r1"])
    }

    /// A batch is one transaction: where one record fails, none is half in.
    @Test func aBatchIsWrittenWholeOrNotAtAll() async throws {
        let ledger = try ledger()
        try await ledger.pool.write {
            try $0.execute(
                sql: """
                    CREATE TRIGGER refuse BEFORE INSERT ON usage WHEN NEW.requestID = 'r2'
                    BEGIN SELECT RAISE(ABORT, 'refused'); END
                    """)
        }
        for number in 1...3 { ledger.record(Records.record(number)) }
        #expect(throws: (any Error).self) { try ledger.flush() }
        #expect(try await numbers(ledger) == [])
        try await ledger.pool.write { try $0.execute(sql: "DROP TRIGGER refuse") }
        try ledger.flush()
        #expect(try await numbers(ledger) == ["r3", "r2", "r1"])
    }

    struct FilterCase: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var expected: [String]
        var change: @Sendable (inout UsageFilter) -> Void
    }

    static let filters = [
        FilterCase(testDescription: "any", expected: ["r4", "r3", "r2", "r1"]) { _ in },
        FilterCase(testDescription: "from is inclusive", expected: ["r4", "r3", "r2"]) { $0.from = 2000 },
        FilterCase(testDescription: "to is exclusive", expected: ["r1"]) { $0.to = 2000 },
        FilterCase(testDescription: "a period", expected: ["r3", "r2"]) {
            $0.from = 2000
            $0.to = 4000
        },
        FilterCase(testDescription: "provider", expected: ["r2"]) { $0.provider = "anthropic" },
        FilterCase(testDescription: "connection", expected: ["r3"]) { $0.connectionID = ConnectionID("c3") },
        FilterCase(testDescription: "client key", expected: ["r4", "r3"]) { $0.clientKeyID = ClientKeyID("k") },
        FilterCase(testDescription: "served model", expected: ["r2"]) { $0.model = "claude" },
        FilterCase(testDescription: "requested model", expected: ["r4", "r3", "r2", "r1"]) { $0.model = "alias" },
        FilterCase(testDescription: "failures", expected: ["r4", "r3"]) { $0.isError = true },
        FilterCase(testDescription: "successes", expected: ["r2", "r1"]) { $0.isError = false },
        FilterCase(testDescription: "one of several connections", expected: ["r3"]) {
            $0.connectionIDs = [ConnectionID("c2"), ConnectionID("c3")]
        },
        FilterCase(testDescription: "one of no client keys", expected: []) { $0.clientKeyIDs = [] },
        FilterCase(testDescription: "combo", expected: ["r2"]) { $0.combo = "coding" },
        FilterCase(testDescription: "any combo", expected: ["r2"]) { $0.hasCombo = true },
        FilterCase(testDescription: "no combo", expected: ["r4", "r3", "r1"]) { $0.hasCombo = false },
        FilterCase(testDescription: "a part of the model", expected: ["r2"]) { $0.search = "LAUD" },
        FilterCase(testDescription: "what stands for anything in SQL", expected: []) { $0.search = "r%" },
        FilterCase(testDescription: "page", expected: ["r3", "r2"]) {
            $0.limit = 2
            $0.offset = 1
        },
        FilterCase(testDescription: "beyond the end", expected: []) { $0.offset = 10 },
        FilterCase(testDescription: "none", expected: []) { $0.limit = 0 },
        FilterCase(testDescription: "several at once", expected: ["r3"]) {
            $0.clientKeyID = ClientKeyID("k")
            $0.isError = true
            $0.to = 4000
        },
        FilterCase(testDescription: "a value that tries to be SQL", expected: []) { $0.provider = "' OR 1=1 --" },
    ]

    private static let four = [
        Records.record(1),
        Records.record(2, status: 399) {
            $0.provider = "anthropic"
            $0.servedModel = "claude"
            $0.combo = "coding"
        },
        Records.record(3, status: 400) {
            $0.connectionID = ConnectionID("c3")
            $0.clientKeyID = ClientKeyID("k")
        },
        Records.record(4, status: 503) { $0.clientKeyID = ClientKeyID("k") },
    ]

    @Test(arguments: filters)
    func filtersSelect(_ expected: FilterCase) async throws {
        let ledger = try ledger()
        for record in Self.four { ledger.record(record) }
        try ledger.flush()
        #expect(try await numbers(ledger, expected.change) == expected.expected)
        var filter = UsageFilter()
        expected.change(&filter)
        // Sums are over all matching records, whatever the page.
        (filter.limit, filter.offset) = (200, 0)
        let matching = try await ledger.logs(filter).count
        (filter.limit, filter.offset) = (1, 1)
        #expect(try await ledger.history(filter).total.requests == matching)
    }

    @Test func historySumsByEveryGroup() async throws {
        let ledger = try ledger()
        for record in Self.four { ledger.record(record) }
        try ledger.flush()
        let history = try await ledger.history(UsageFilter())
        #expect(history.total == Self.totals(requests: 4, errors: 2, last: 4000, latency: 10))
        #expect(history.byProvider["openai"] == Self.totals(requests: 3, errors: 2, last: 4000, latency: 8))
        #expect(history.byProvider["anthropic"] == Self.totals(requests: 1, errors: 0, last: 2000))
        #expect(history.byModel[.init(model: "gpt", provider: "openai")]?.requests == 3)
        #expect(history.byModel[.init(model: "claude", provider: "anthropic")]?.requests == 1)
        #expect(history.byConnection == [ConnectionID("c3"): Self.totals(requests: 1, errors: 1, last: 3000)])
        #expect(history.byCombo == ["coding": Self.totals(requests: 1, errors: 0, last: 2000)])
        #expect(history.byClientKey == [ClientKeyID("k"): Self.totals(requests: 2, errors: 2, last: 4000, latency: 7)])
        #expect(history.total.promptTokens == 28 && history.total.completionTokens == 96)
    }

    /// - Parameter latency: of all requests; nil when it is one, whose latency is its number.
    private static func totals(requests: Int, errors: Int, last: Int64, latency: Int? = nil) -> UsageTotals {
        var totals = UsageTotals()
        totals.unpricedRequests = requests
        totals.latencyMS = latency ?? Int(last / 1000)
        (totals.requests, totals.errors, totals.lastUsedAt) = (requests, errors, last)
        (totals.inputTokens, totals.cacheReadTokens, totals.cacheWriteTokens) = (requests, 2 * requests, 4 * requests)
        (totals.outputTokens, totals.reasoningTokens) = (8 * requests, 16 * requests)
        return totals
    }

    @Test func anEmptyHistoryIsZero() async throws {
        #expect(try await ledger().history(UsageFilter()) == UsageHistory())
    }

    @Test func recordsOfManyTasksAreAllWritten() async throws {
        let ledger = try ledger(capacity: 10_000)
        await withTaskGroup { group in
            for task in 0..<8 {
                group.addTask { for number in 0..<250 { ledger.record(Records.record(task * 250 + number)) } }
            }
            // Batches are written while others record.
            group.addTask { for _ in 0..<20 { #expect(throws: Never.self) { try ledger.flush() } } }
        }
        try ledger.flush()
        let ids = try await numbers(ledger) { $0.limit = 10_000 }
        #expect(ids.count == 2000 && Set(ids).count == 2000)
        #expect(ledger.droppedRecords == 0)
    }

    @Test func theLastBatchIsWrittenWhenTheTaskIsCancelled() async throws {
        let ledger = try ledger()
        let batches = Batches()
        ledger.record(Records.record(1))
        await withTaskGroup { group in
            group.addTask { await ledger.run(onBatch: { batches.keep($0) }, onFailure: { Issue.record($0) }) }
            group.cancelAll()
        }
        #expect(batches.requestIDs == ["r1"])
        #expect(try await numbers(ledger) == ["r1"])
    }
}

/// What a ledger told of its batches.
private final class Batches: Sendable {
    private let state = Mutex<[String]>([])
    var requestIDs: [String] { state.withLock { $0 } }
    func keep(_ batch: UsageBatch) { state.withLock { $0 += batch.records.map(\.requestID) } }
}
