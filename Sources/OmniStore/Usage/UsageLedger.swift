import GRDB
public import OmniCore
import Synchronization

/// Records of requests: taken without waiting, safe from then on, written in batches, read back by filters.
public final class UsageLedger: UsageRecorder {
    /// What waits to be written, bounded so that a stuck disk costs records and not memory.
    private struct Queue {
        /// What is being written, or could not be so far; in the journal's other segment.
        var sealed: [UsageRecord] = []
        var records: [UsageRecord] = []
        var dropped = 0
        /// The number of the next record.
        var next: Int64
        /// nil where records need not outlive the process.
        var journal: UsageJournal?

        /// What shall be written next: what could not be written before, else all that waits.
        mutating func seal() -> UsageBatch {
            if sealed.isEmpty, !records.isEmpty {
                swap(&sealed, &records)
                journal?.turn(at: next)
            }
            return UsageBatch(first: next - Int64(sealed.count + records.count), records: sealed)
        }
    }

    let pool: DatabasePool
    private let queue: Mutex<Queue>
    /// nil where records need not outlive the process.
    private let open: Mutex<OpenRequests?>
    private let writing = Mutex(())
    private let capacity: Int
    private let budget: DiskBudget

    /// - Parameters:
    ///   - journal: the path of the journal's files without their ending; nil where nothing is recorded or it may be lost.
    ///   - capacity: records that may wait. diskBudget: bytes of the database; the oldest records go first.
    init(path: String, journal journalPath: String? = nil, capacity: Int = 16384, diskBudget: Int = 512 << 20) throws {
        self.capacity = capacity
        budget = DiskBudget(bytes: diskBudget)
        pool = try SQLiteFile.open(path, migrator: UsageSchema.migrator, givesBack: true)
        var journal = try journalPath.map { try UsageJournal(path: $0) }
        let requests = try journalPath.map { try OpenRequests(path: "\($0).open") }
        let last = try Self.recover(journal, requests?.left() ?? [], into: pool)
        journal?.begin(at: last + 1)
        requests?.clear()
        open = Mutex(requests)
        queue = Mutex(Queue(next: last + 1, journal: journal))
    }

    /// Brings into the database what a process before left in the journal only.
    ///
    /// The database's own mark, kept with each batch, says what it has had, also of records it has deleted since.
    /// - Parameter open: requests that were under way; those that were recorded all the same are left aside.
    /// - Returns: the number of the last record there was.
    private static func recover(
        _ journal: UsageJournal?, _ open: [UsageRecord], into pool: DatabasePool
    ) throws -> Int64 {
        do {
            return try pool.write { database in
                let mark =
                    try Int64.fetchOne(database, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'usage'") ?? 0
                let left = journal?.records(after: mark) ?? []
                for entry in left {
                    try UsageBatch(first: entry.number, records: [entry.record]).write(to: database)
                }
                var last = left.last?.number ?? mark
                for record in open {
                    let known = try Bool.fetchOne(
                        database, sql: "SELECT 1 FROM usage WHERE startedAt = ? AND requestID = ?",
                        arguments: [record.startedAt, record.requestID])
                    guard known == nil else { continue }
                    last += 1
                    try UsageBatch(first: last, records: [record]).write(to: database)
                }
                return last
            }
        } catch {
            throw StoreError(.database, "the usage journal cannot be brought into the history: \(error)")
        }
    }

    public func hold(_ record: UsageRecord, in place: Int?) -> Int? {
        var record = record
        record.cutTexts()
        return open.withLock { $0?.hold(record, in: place) }
    }

    public func release(_ place: Int) { open.withLock { $0?.release(place) } }

    /// Records lost because the queue was full.
    public var droppedRecords: Int { queue.withLock { $0.dropped } }

    public func record(_ record: UsageRecord) {
        var record = record
        record.cutTexts()
        queue.withLock { queue in
            guard queue.records.count + queue.sealed.count < capacity,
                queue.journal?.append(record, number: queue.next) ?? true
            else {
                queue.dropped += 1
                return
            }
            queue.next += 1
            queue.records.append(record)
        }
    }

    /// Writes what waits, every quarter of a second, until the task is cancelled; then once more.
    /// - Parameter onBatch: receives each batch after it was written, for the request log.
    public func run(onBatch: @Sendable ([UsageRecord]) -> Void, onFailure: @Sendable (any Error) -> Void) async {
        var isLast = false
        var dropped = 0
        while !isLast {
            // Cancellation ends the sleep early, which is all that is wanted of it.
            try? await Task.sleep(for: .milliseconds(250))
            isLast = Task.isCancelled
            do {
                onBatch(try flush())
            } catch {
                onFailure(error)
            }
            let lost = droppedRecords
            if lost > dropped {
                onFailure(StoreError(.database, "\(lost - dropped) usage records were lost: too many wait"))
            }
            dropped = lost
        }
    }

    /// Writes everything that waits in one transaction.
    /// - Returns: the records written. On failure they are kept for the next try.
    @discardableResult
    public func flush() throws -> [UsageRecord] {
        // One writer at a time; whoever records does not wait for it.
        try writing.withLock { _ in
            let batch = queue.withLock { $0.seal() }
            guard !batch.records.isEmpty else { return [] }
            try pool.write { database in
                try budget.makeRoom(for: batch.records.count, in: database)
                try batch.write(to: database)
                try budget.shrink(database)
            }
            // Let go of outside the lock: the last copy of many texts.
            let written = queue.withLock { queue in
                var written: [UsageRecord] = []
                swap(&written, &queue.sealed)
                return written
            }
            return written
        }
    }
}
