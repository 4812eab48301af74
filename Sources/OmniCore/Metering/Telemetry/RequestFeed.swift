import Synchronization

/// Shows finished requests to those who watch, on their way to where they are kept.
///
/// Watchers fetch at their own pace. What waits for one is bounded: the newest requests whole, all of them as sums. So a slow
/// watcher costs a request no more than a fast one, and nobody's watching costs it one uncontended lock.
public final class RequestFeed: UsageRecorder {
    /// What ended since a watcher looked last.
    public struct Batch: Sendable {
        /// The most requests that wait whole; older ones are in the sums only.
        public static let maximumRecords = 50

        /// The newest, oldest of them first.
        public private(set) var records: [UsageRecord] = []
        public private(set) var requests = 0
        public private(set) var errors = 0
        /// Of both directions.
        public private(set) var tokens = 0
        /// Of the requests whose price is known.
        public private(set) var cost = NanoDollars.zero

        public init() {}

        mutating func add(_ record: UsageRecord) {
            if records.count == Self.maximumRecords { records.removeFirst() }
            records.append(record)
            requests += 1
            if record.status >= 400 { errors += 1 }
            tokens += record.inputTokens + record.cacheReadTokens + record.cacheWriteTokens
            tokens += record.outputTokens + record.reasoningTokens
            if let price = record.cost { cost += price }
        }
    }

    /// One who watches, for as long as the object lives.
    public final class Watcher: Sendable {
        private let feed: RequestFeed
        private let number: Int

        fileprivate init(feed: RequestFeed, number: Int) {
            self.feed = feed
            self.number = number
        }

        deinit { feed.remove(number) }

        /// What ended since the last call; nil once the feed was closed.
        public func next() -> Batch? { feed.next(for: number) }
    }

    private struct State: Sendable {
        var batches: [Int: Batch] = [:]
        var nextNumber = 0
        var isClosed = false

        mutating func add(_ record: borrowing UsageRecord) {
            for number in batches.keys { batches[number]?.add(copy record) }
        }
    }

    /// The most who may watch at a time.
    public static let maximumWatchers = 32

    private let state = Mutex(State())
    private let next: any UsageRecorder

    /// - Parameter next: gets every record first.
    public init(forwardingTo next: any UsageRecorder = NoUsageRecorder()) { self.next = next }

    public func record(_ record: borrowing UsageRecord) {
        next.record(record)
        state.withLock { state in
            if !state.batches.isEmpty { state.add(record) }
        }
    }

    public func hold(_ record: UsageRecord, in place: Int?) -> Int? { next.hold(record, in: place) }

    public func release(_ place: Int) { next.release(place) }

    /// - Returns: nil when too many watch, or the feed was closed.
    public func watch() -> Watcher? {
        let number: Int? = state.withLock { state in
            guard !state.isClosed, state.batches.count < Self.maximumWatchers else { return nil }
            state.nextNumber += 1
            state.batches[state.nextNumber] = Batch()
            return state.nextNumber
        }
        return number.map { Watcher(feed: self, number: $0) }
    }

    /// Ends watching for everybody; records go on to where they are kept.
    public func close() {
        state.withLock { state in
            state.isClosed = true
            state.batches = [:]
        }
    }

    private func remove(_ number: Int) { state.withLock { $0.batches[number] = nil } }

    private func next(for number: Int) -> Batch? {
        state.withLock { state in
            guard !state.isClosed, let batch = state.batches[number] else { return nil }
            state.batches[number] = Batch()
            return batch
        }
    }
}
