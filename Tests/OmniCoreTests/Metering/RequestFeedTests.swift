import OmniCore
import Synchronization
import Testing

/// What those who watch are told of finished requests.
@Suite struct RequestFeedTests {
    private func record(_ id: String, status: Int = 200, tokens: Int = 1) -> UsageRecord {
        var record = UsageRecord(requestID: id, startedAt: 0)
        record.status = status
        record.inputTokens = tokens
        record.cost = NanoDollars(5)
        return record
    }

    @Test func eachWatcherGetsWhatEndedSinceItLookedLast() throws {
        let feed = RequestFeed()
        let early = try #require(feed.watch())
        feed.record(record("1"))
        let late = try #require(feed.watch())
        feed.record(record("2", status: 500, tokens: 7))
        let batch = try #require(early.next())
        #expect(batch.records.map(\.requestID) == ["1", "2"])
        #expect(batch.requests == 2 && batch.errors == 1 && batch.tokens == 8 && batch.cost == NanoDollars(10))
        #expect(late.next()?.records.map(\.requestID) == ["2"])
        #expect(early.next()?.requests == 0)
    }

    @Test func whatWaitsIsBoundedAndSumsAreWhole() throws {
        let feed = RequestFeed()
        let watcher = try #require(feed.watch())
        for number in 1...1000 { feed.record(record("\(number)")) }
        let batch = try #require(watcher.next())
        #expect(batch.requests == 1000 && batch.records.count == RequestFeed.Batch.maximumRecords)
        #expect(batch.records.last?.requestID == "1000")
    }

    @Test func placesAreLimitedAndComeBack() throws {
        let feed = RequestFeed()
        var watchers = (0..<RequestFeed.maximumWatchers).map { _ in feed.watch() }
        #expect(watchers.allSatisfy { $0 != nil })
        #expect(feed.watch() == nil)
        watchers.removeLast()
        #expect(feed.watch() != nil)
    }

    @Test func aClosedFeedEndsItsWatchersAndStillForwards() throws {
        let next = CountingRecorder()
        let feed = RequestFeed(forwardingTo: next)
        let watcher = try #require(feed.watch())
        feed.close()
        feed.record(record("1"))
        #expect(watcher.next() == nil && feed.watch() == nil)
        #expect(next.count == 1)
    }
}

/// Counts what it gets.
private final class CountingRecorder: UsageRecorder {
    private let records = Mutex(0)

    var count: Int { records.withLock { $0 } }

    func record(_ record: UsageRecord) { records.withLock { $0 += 1 } }
}
