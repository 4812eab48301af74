import OmniCore

/// What comes with few requests and is in no journal: it waits in memory, beside its record's number.
public struct UsageAttachment: Sendable {
    let number: Int64
    let route: RouteLog?
    public let losses: String?
    let traceParent: String?

    /// - Returns: nil when the journal holds all there is.
    init?(_ record: borrowing UsageRecord, number: Int64) {
        guard record.route != nil || record.losses != nil || record.traceParent != nil else { return nil }
        self.number = number
        route = record.route
        losses = record.losses
        traceParent = record.traceParent
    }
}
