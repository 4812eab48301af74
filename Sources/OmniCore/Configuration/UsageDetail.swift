/// One request's record and how it found its way.
public struct UsageDetail: Sendable {
    public var record: UsageRecord
    /// ``RouteLog/json``; nil when the first candidate served it at once, and for requests of long ago.
    public var route: [UInt8]?

    public init(record: UsageRecord, route: [UInt8]? = nil) {
        self.record = record
        self.route = route
    }
}
