import Foundation
import GRDB
import OmniCore
import Testing

@testable import OmniStore

/// Records outlive a process that ends without a word: here the ledger is dropped before it has written them.
@Suite struct UsageJournalTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func ledger(capacity: Int = 10_000) throws -> UsageLedger {
        try UsageLedger(path: folder.file("history.sqlite"), journal: folder.file("usage"), capacity: capacity)
    }

    private func numbers(_ ledger: UsageLedger) async throws -> [String] {
        var filter = UsageFilter()
        filter.limit = 100_000
        return try await ledger.logs(filter).map(\.requestID).reversed()
    }

    private func numbers(_ journal: UsageJournal) -> [Int64] {
        var numbers: [Int64] = []
        journal.visit(after: 0) { number, _ in numbers.append(number) }
        return numbers
    }

    private static func names(_ numbers: ClosedRange<Int>) -> [String] { numbers.map { "r\($0)" } }

    @Test func whatWasRecordedIsThereAfterACrash() async throws {
        let full = Records.record(2, status: 429) { record in
            record.clientKeyID = ClientKeyID("k")
            record.connectionID = ConnectionID("c")
            record.isStreaming = true
            record.isEstimated = true
            record.timeToFirstTokenMS = 3
            record.attempts = 4
            record.errorCode = "rate_limit"
            record.combo = "Straße 🚦"
            record.cost = NanoDollars(-5)
            record.savedCost = NanoDollars(.max)
            record.billed = BilledQuantity(.image, count: 3, variant: "hd/1024x1024")
            record.headMS = 2
            record.overheadMicroseconds = 90
        }
        let records = [Records.record(1), full]
        do {
            let ledger = try ledger()
            for record in records { ledger.record(record) }
        }
        #expect(try await ledger().logs(UsageFilter()) == records.reversed())
        // And once more, with nothing left to bring in.
        #expect(try await ledger().logs(UsageFilter()) == records.reversed())
    }

    @Test func nothingIsThereTwice() async throws {
        do {
            let ledger = try ledger()
            for number in 1...3 { ledger.record(Records.record(number)) }
            try ledger.flush()
            for number in 4...6 { ledger.record(Records.record(number)) }
            try ledger.flush()
            for number in 7...9 { ledger.record(Records.record(number)) }
        }
        let reopened = try ledger()
        #expect(try await numbers(reopened) == Self.names(1...9))
        #expect(try await reopened.history(UsageFilter()).total.requests == 9)
    }

    /// The transaction was done, the journal was not told: its records are older than the database's mark.
    @Test func whatTheDatabaseHasHadIsNotBroughtBack() async throws {
        do {
            let ledger = try ledger()
            for number in 1...4 { ledger.record(Records.record(number)) }
            try ledger.flush()
            try await ledger.pool.write { try $0.execute(sql: "DELETE FROM usage WHERE sequence <= 2") }
        }
        let reopened = try ledger()
        #expect(try await numbers(reopened) == Self.names(3...4))
        #expect(try await reopened.history(UsageFilter()).total.requests == 4)
    }

    @Test func aBatchThatCouldNotBeWrittenSurvivesToo() async throws {
        do {
            let ledger = try ledger()
            for number in 1...2 { ledger.record(Records.record(number)) }
            try await ledger.pool.write { try $0.execute(sql: "ALTER TABLE usage RENAME TO hidden") }
            #expect(throws: (any Error).self) { try ledger.flush() }
            for number in 3...4 { ledger.record(Records.record(number)) }
            #expect(throws: (any Error).self) { try ledger.flush() }
            try await ledger.pool.write { try $0.execute(sql: "ALTER TABLE hidden RENAME TO usage") }
        }
        let reopened = try ledger()
        #expect(try await numbers(reopened) == Self.names(1...4))
        reopened.record(Records.record(5))
        try reopened.flush()
        #expect(try await numbers(reopened) == Self.names(1...5))
    }

    /// A process that is killed while it copies leaves half a record: it and what follows count for nothing.
    @Test(arguments: [(0, 5), (16 + 40, 0), (16 + 3, 0), (8, 0)] as [(Int, Int)])
    func damageEndsTheRecordsAndCostsNoStart(place: Int, expected: Int) async throws {
        do {
            let ledger = try ledger()
            for number in 1...5 { ledger.record(Records.record(number)) }
        }
        // The first file is the one in use at first. Beyond the fifth record nothing may be damaged.
        let path = folder.file("usage.0.journal")
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        if expected == 5 { bytes[bytes.count - 1] ^= 0xFF } else { bytes[place] ^= 0x01 }
        try bytes.write(to: URL(fileURLWithPath: path))
        let reopened = try ledger()
        #expect(try await numbers(reopened).count == expected)
        reopened.record(Records.record(9))
        try reopened.flush()
        #expect(try await numbers(reopened).last == "r9")
    }

    @Test func damageInTheMiddleKeepsWhatCameBefore() async throws {
        let place: Int
        do {
            let ledger = try ledger()
            for number in 1...5 { ledger.record(Records.record(number)) }
            let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.file("usage.0.journal")))
            place = try #require(bytes.range(of: Data("r4".utf8))).lowerBound
        }
        let url = URL(fileURLWithPath: folder.file("usage.0.journal"))
        var bytes = try Data(contentsOf: url)
        bytes[place] ^= 0x01
        try bytes.write(to: url)
        #expect(try await numbers(try ledger()) == Self.names(1...3))
    }

    @Test func aFullSegmentCostsRecordsAndNotMemory() throws {
        var used = try UsageJournal(path: folder.file("small"), segmentLength: 4096)
        used.begin(at: 1)
        var count: Int64 = 0
        while used.append(Records.record(Int(count)), number: count + 1) { count += 1 }
        #expect(count > 5 && count < 40)
        used.turn(at: count + 1)
        #expect(used.append(Records.record(100), number: count + 1))
        #expect(numbers(used) == Array(1...count + 1))
        // What the first segment held is gone with the next turn.
        used.turn(at: count + 2)
        #expect(numbers(used) == [count + 1])
    }

    @Test func textsOfClientsAreCutAlikeEverywhere() async throws {
        let long = Records.record(1) { $0.requestedModel = String(repeating: "é", count: 10_000) }
        do { try ledger().record(long) }
        let fromJournal = try await ledger().logs(UsageFilter()).first
        let other = try UsageLedger(path: folder.file("other.sqlite"))
        other.record(long)
        try other.flush()
        let written = try await other.logs(UsageFilter()).first
        #expect(written?.requestedModel == String(repeating: "é", count: 256))
        #expect(fromJournal == written)
    }

    @Test func recordsOfManyTasksSurvive() async throws {
        do {
            let ledger = try ledger()
            await withTaskGroup { group in
                for task in 0..<4 {
                    group.addTask { for number in 0..<500 { ledger.record(Records.record(task * 500 + number)) } }
                }
                group.addTask { for _ in 0..<5 { #expect(throws: Never.self) { try ledger.flush() } } }
            }
            #expect(ledger.droppedRecords == 0)
        }
        let ids = try await numbers(try ledger())
        #expect(ids.count == 2000 && Set(ids).count == 2000)
    }

    @Test("what was under way when the process ended is recorded, once, unless it was recorded")
    func requestsUnderWay() async throws {
        let open = Records.record(1) { $0.cost = NanoDollars(7) }
        let done = Records.record(2)
        do {
            let ledger = try ledger()
            let places = [open, done].map { ledger.hold($0, in: nil) }
            // A second attempt takes the first one's place.
            #expect(ledger.hold(open, in: places[0]) == places[0])
            // Killed between the two steps of the second request's end.
            ledger.record(done)
            let third = try #require(ledger.hold(Records.record(3), in: nil))
            ledger.record(Records.record(3))
            ledger.release(third)
        }
        #expect(try await numbers(ledger()) == ["r2", "r3", "r1"])
        let reopened = try ledger()
        #expect(try await numbers(reopened) == ["r2", "r3", "r1"])
        #expect(try await reopened.history(UsageFilter()).total.knownCost == NanoDollars(7))
    }

    @Test("places are used again, and no more than there are")
    func places() throws {
        let ledger = try ledger()
        let places = (0..<2048).compactMap { ledger.hold(Records.record($0), in: nil) }
        #expect(Set(places).count == 2048)
        #expect(ledger.hold(Records.record(1), in: nil) == nil)
        ledger.release(places[9])
        #expect(ledger.hold(Records.record(1), in: nil) == places[9])
    }
}
