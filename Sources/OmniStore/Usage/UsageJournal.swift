import OmniCore

/// Usage records that outlive the process, however it ends: appended by a copy into mapped memory, no call into the system.
///
/// Two segments of fixed size take turns: one is filled while what the other holds goes to the database. Each record has a
/// number, which is its key there; what the database has not got after a crash is read again from here. Memory that is
/// mapped survives the process, not the machine: after a loss of power up to the database's last checkpoint is kept.
struct UsageJournal: Sendable {
    /// 8 MiB, some 20,000 records.
    static let segmentLength = 8 << 20

    private var active: JournalSegment
    /// What was appended before the last turn.
    private(set) var sealed: JournalSegment

    /// - Parameter path: of the segments, without their ending; nil for records that need not outlive the process.
    /// - Throws: ``StoreError``.
    init(path: String?, segmentLength: Int = Self.segmentLength) throws {
        active = try JournalSegment(path: path.map { "\($0).0.journal" }, length: segmentLength)
        sealed = try JournalSegment(path: path.map { "\($0).1.journal" }, length: segmentLength)
    }

    /// What an earlier process left, in order.
    /// - Parameter mark: the number of the last record that is not wanted.
    func visit(after mark: Int64, _ body: (Int64, JournaledRecord) throws -> Void) rethrows {
        for segment in [active, sealed].sorted(by: { $0.first < $1.first }) {
            try segment.read { number, record in
                if number > mark { try body(number, record) }
            }
        }
    }

    /// Forgets everything.
    /// - Parameter first: the number of the record that will come first.
    func begin(at first: Int64) {
        active.begin(at: first)
        sealed.begin(at: first)
    }

    /// - Returns: false when the segment is full.
    func append(_ record: borrowing UsageRecord, number: Int64) -> Bool { active.append(record, number: number) }

    /// Goes on in the other segment, whose records must be in the database by now.
    mutating func turn(at next: Int64) {
        swap(&active, &sealed)
        active.begin(at: next)
    }
}
