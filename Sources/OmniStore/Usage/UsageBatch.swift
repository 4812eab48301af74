public import OmniCore

/// Records that go to the database together, in one transaction; as bytes of the journal, valid until they are there.
public struct UsageBatch: Sendable {
    let segment: JournalSegment
    public let count: Int
    /// Of few of the records, in their order.
    let attachments: [UsageAttachment]

    /// Shows each record with its number, oldest first.
    func visitNumbered(_ body: (Int64, JournaledRecord, UsageAttachment?) throws -> Void) rethrows {
        var next = 0
        try segment.visit { number, record in
            guard next < attachments.count, attachments[next].number == number else {
                return try body(number, record, nil)
            }
            next += 1
            try body(number, record, attachments[next - 1])
        }
    }

    /// Shows each record, oldest first.
    public func visit(_ body: (JournaledRecord, UsageAttachment?) -> Void) {
        visitNumbered { body($1, $2) }
    }

    /// All of them whole.
    public var records: [UsageRecord] {
        var records: [UsageRecord] = []
        records.reserveCapacity(count)
        visit { records.append(UsageRecord($0, attachment: $1)) }
        return records
    }
}
