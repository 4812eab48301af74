import GRDB
public import OmniCore
import Synchronization

/// Records of requests: taken without waiting, safe from then on, written in batches, read back by filters.
public final class UsageLedger: UsageRecorder {
    /// What waits to be written, bounded so that a stuck disk costs records and not memory.
    private struct Queue {
        /// Where the records wait: those that are being written, or could not be so far, in its sealed segment.
        var journal: UsageJournal
        var sealedCount = 0
        var sealedAttachments: [UsageAttachment] = []
        var count = 0
        var attachments: [UsageAttachment] = []
        var dropped = 0
        /// The number of the next record.
        var next: Int64

        init(journal: UsageJournal, next: Int64) {
            self.journal = journal
            self.next = next
        }

        mutating func append(_ record: borrowing UsageRecord, capacity: Int) {
            guard count + sealedCount < capacity, journal.append(record, number: next) else {
                dropped += 1
                return
            }
            if let attachment = UsageAttachment(record, number: next) { attachments.append(attachment) }
            next += 1
            count += 1
        }

        /// What shall be written next: what could not be written before, else all that waits.
        mutating func seal() -> UsageBatch {
            if sealedCount == 0, count > 0 {
                journal.turn(at: next)
                swap(&sealedCount, &count)
                swap(&sealedAttachments, &attachments)
            }
            return UsageBatch(segment: journal.sealed, count: sealedCount, attachments: sealedAttachments)
        }

        /// What was sealed is in the database.
        /// - Returns: what came with it, to be let go of outside the lock.
        mutating func unseal() -> [UsageAttachment] {
            sealedCount = 0
            var attachments: [UsageAttachment] = []
            swap(&attachments, &sealedAttachments)
            return attachments
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
        pool = try SQLiteFile.open(path, migrator: UsageSchema.migrator, givesBack: true)
        budget = try Self.budget(diskBudget, of: pool)
        let journal = try UsageJournal(path: journalPath)
        let requests = try journalPath.map { try OpenRequests(path: "\($0).open") }
        let last = try Self.recover(journal, requests?.left() ?? [], into: pool)
        journal.begin(at: last + 1)
        requests?.clear()
        open = Mutex(requests)
        queue = Mutex(Queue(journal: journal, next: last + 1))
    }

    private static func budget(_ bytes: Int, of pool: DatabasePool) throws -> DiskBudget {
        do {
            return try pool.write { try DiskBudget(bytes: bytes, of: $0) }
        } catch {
            throw StoreError(.database, "the size of the history cannot be told: \(error)")
        }
    }

    /// Brings into the database what a process before left in the journal only.
    ///
    /// The database's own mark, kept with each batch, says what it has had, also of records it has deleted since.
    /// - Parameter open: requests that were under way; those that were recorded all the same are left aside.
    /// - Returns: the number of the last record there was.
    private static func recover(
        _ journal: UsageJournal, _ open: [JournaledRecord], into pool: DatabasePool
    ) throws -> Int64 {
        do {
            return try pool.write { database in
                let mark =
                    try Int64.fetchOne(database, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'usage'") ?? 0
                var last = mark
                var writer = UsageWriter(database)
                try journal.visit(after: mark) { number, record in
                    try writer.add(record, number: number, attachment: nil)
                    last = number
                }
                // So that those of them that are recorded are found.
                try writer.finish()
                writer = UsageWriter(database)
                for record in open {
                    let request = UsageRecord(record)
                    let known = try Bool.fetchOne(
                        database, sql: "SELECT 1 FROM usage WHERE startedAt = ? AND requestID = ?",
                        arguments: [request.startedAt, request.requestID])
                    guard known == nil else { continue }
                    last += 1
                    try writer.add(record, number: last, attachment: nil)
                }
                try writer.finish()
                return last
            }
        } catch {
            throw StoreError(.database, "the usage journal cannot be brought into the history: \(error)")
        }
    }

    public func hold(_ record: UsageRecord, in place: Int?) -> Int? {
        open.withLock { $0?.hold(record, in: place) }
    }

    public func release(_ place: Int) { open.withLock { $0?.release(place) } }

    /// Records lost because the queue was full.
    public var droppedRecords: Int { queue.withLock { $0.dropped } }

    public func record(_ record: borrowing UsageRecord) {
        queue.withLock { $0.append(record, capacity: capacity) }
    }

    /// Writes what waits, every quarter of a second, until the task is cancelled; then once more.
    /// - Parameter onBatch: receives each batch after it was written, for the request log.
    public func run(onBatch: @Sendable (UsageBatch) -> Void, onFailure: @Sendable (any Error) -> Void) async {
        var isLast = false
        var dropped = 0
        while !isLast {
            // Cancellation ends the sleep early, which is all that is wanted of it.
            try? await Task.sleep(for: .milliseconds(250))
            isLast = Task.isCancelled
            do {
                try flush(onBatch)
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
        var records: [UsageRecord] = []
        try flush { records = $0.records }
        return records
    }

    /// - Parameter onBatch: is shown what was written, if anything was, before the next batch can take its place.
    private func flush(_ onBatch: (UsageBatch) -> Void) throws {
        // One writer at a time; whoever records does not wait for it.
        try writing.withLock { _ in
            let batch = queue.withLock { $0.seal() }
            guard batch.count > 0 else { return }
            try pool.write { database in
                try budget.makeRoom(for: batch.count, in: database)
                var writer = UsageWriter(database)
                try batch.visitNumbered { try writer.add($1, number: $0, attachment: $2) }
                try writer.finish()
                try budget.shrink(database)
            }
            onBatch(batch)
            _ = queue.withLock { $0.unseal() }
        }
    }
}
