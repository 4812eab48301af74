import GRDB
import OmniCore
import Testing

@testable import OmniStore

/// Requests and bodies that are older than somebody wants to keep.
@Suite struct UsageRetentionTests {
    private static let day: Int64 = 86_400_000
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(arguments: [(0, 0), (2_501_000, 2500), (2_500_500, 2500), (9_000_000, 5000)] as [(Int64, Int)])
    func oldRequestsGoAndTheirSumsStay(time: Int64, removed: Int) async throws {
        let ledger = try UsageLedger(path: folder.file("history.sqlite"), capacity: 6000)
        for number in 1...5000 { ledger.record(Records.record(number)) }
        try ledger.flush()
        #expect(try await ledger.removeRecords(before: time) == removed)
        #expect(try await ledger.removeRecords(before: time) == 0)
        var filter = UsageFilter()
        filter.limit = 10_000
        let left = try await ledger.logs(filter)
        #expect(left.count == 5000 - removed)
        #expect(left.allSatisfy { $0.startedAt >= time })
        #expect(try await ledger.history(UsageFilter()).total.requests == 5000)
    }

    /// A clock that was set back left a young request before older ones: they wait for it.
    @Test func nothingBehindAYoungRequestGoes() async throws {
        let ledger = try UsageLedger(path: folder.file("history.sqlite"))
        for number in [1, 2, 900, 3, 4] { ledger.record(Records.record(number)) }
        try ledger.flush()
        #expect(try await ledger.removeRecords(before: 100_000) == 2)
        #expect(Set(try await ledger.logs(UsageFilter()).map(\.requestID)) == ["r900", "r4", "r3"])
    }

    /// A full history makes room with each batch, and must not be read from end to end for it.
    @Test func makingRoomReadsOnlyWhatGoes() async throws {
        let ledger = try UsageLedger(path: folder.file("history.sqlite"))
        let plan = try await ledger.pool.read { database in
            try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN " + DiskBudget.trimMark, arguments: [500])
                .map { $0["detail"] as String }
        }
        #expect(plan.contains { $0.contains("usage USING INTEGER PRIMARY KEY (rowid<?)") }, "\(plan)")
        #expect(!plan.contains { $0.contains("usageByTime") }, "\(plan)")
    }

    @Test func filesOfOldBodiesGo() async throws {
        let archive = BodyArchive(folder: folder.path + "/bodies")
        for number in 0..<4 as Range<Int64> {
            let time = 1_790_000_000_000 + number * Self.day
            let entry = BodyEntry(
                requestID: "r\(number)", startedAt: time, kind: .request, bytes: [0x61], length: 1, limit: 10)
            try archive.append([entry], budget: 1 << 20, now: time)
        }
        func has(_ number: Int64) async throws -> Bool {
            let record = UsageRecord(requestID: "r\(number)", startedAt: 1_790_000_000_000 + number * Self.day)
            return try await archive.bodies(of: record).request != nil
        }
        try archive.removeBodies(before: 1_790_000_000_000 + 2 * Self.day)
        #expect(try await [has(0), has(1), has(2), has(3)] == [false, false, true, true])
        try archive.removeBodies(before: 1_790_000_000_000 + 9 * Self.day)
        #expect(try await !has(3))
        // And it goes on.
        try archive.append(
            [
                BodyEntry(
                    requestID: "r9", startedAt: 1_790_000_000_000 + 9 * Self.day, kind: .request, bytes: [0x61],
                    length: 1, limit: 10)
            ],
            budget: 1 << 20, now: 1_790_000_000_000 + 9 * Self.day)
        #expect(try await has(9))
    }
}
