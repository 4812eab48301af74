import NIOCore

/// A whole answer with nothing in it, ready to be sent when no other target has more to say.
final class EmptyAnswer {
    let target: Target
    let headers: [(name: String, value: String)]
    let body: [UInt8]
    /// What the store of responses gets.
    let kept: [UInt8]?
    let isStream: Bool
    /// The request's record as it is when this is what the client gets.
    let record: UsageRecord

    init(
        target: Target, headers: [(name: String, value: String)], body: [UInt8], kept: [UInt8]?, isStream: Bool,
        record: UsageRecord
    ) {
        self.target = target
        self.headers = headers
        self.body = body
        self.kept = kept
        self.isStream = isStream
        self.record = record
    }
}
