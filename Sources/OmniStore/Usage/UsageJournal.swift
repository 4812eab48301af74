import OmniCore

/// Usage records that outlive the process, however it ends: appended by a copy into mapped memory, no call into the system.
///
/// Two segments of fixed size take turns: one is filled while what the other holds goes to the database. Each record has a
/// number, which is its key there; what the database has not got after a crash is read again from here. Memory that is
/// mapped survives the process, not the machine: after a loss of power up to the database's last checkpoint is kept.
struct UsageJournal: Sendable {
    /// 8 MiB, some 20,000 records.
    static let segmentLength = 8 << 20

    private let segments: [JournalSegment]
    private var active = 0

    /// - Parameter path: of the segments, without their ending.
    /// - Throws: ``StoreError``.
    init(path: String, segmentLength: Int = Self.segmentLength) throws {
        segments = try (0..<2).map { try JournalSegment(path: "\(path).\($0).journal", length: segmentLength) }
    }

    /// What an earlier process left, in order.
    /// - Parameter mark: the number of the last record that is not wanted.
    func records(after mark: Int64) -> [(number: Int64, record: UsageRecord)] {
        var found: [(number: Int64, record: UsageRecord)] = []
        for segment in segments {
            segment.read { number, bytes in
                guard number > mark, let record = JournalEncoding.read(bytes) else { return }
                found.append((number, record))
            }
        }
        return found.sorted { $0.number < $1.number }
    }

    /// Forgets everything.
    /// - Parameter first: the number of the record that will come first.
    mutating func begin(at first: Int64) {
        for segment in segments { segment.begin(at: first) }
        active = 0
    }

    /// - Returns: false when the segment is full.
    func append(_ record: UsageRecord, number: Int64) -> Bool {
        segments[active].append(number: number) { JournalEncoding.write(record, to: $0) }
    }

    /// Goes on in the other segment, whose records must be in the database by now.
    mutating func turn(at next: Int64) {
        active = 1 - active
        segments[active].begin(at: next)
    }
}
