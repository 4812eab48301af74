/// A whole answer as its client got it, kept for duplicates of its request.
public struct IdempotentAnswer: Sendable, Hashable {
    /// One header of the answer.
    public struct Header: Sendable, Hashable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    public var key: IdempotencyKey
    /// SHA-256 of the request's body.
    public var bodyDigest: [UInt8]
    /// Milliseconds since 1970.
    public var completedAt: Int64
    public var status: Int
    /// Without those that name the request.
    public var headers: [Header]
    /// Whether it was sent as a stream.
    public var isStream: Bool
    public var bytes: [UInt8]
    /// What is recorded of a duplicate: models, provider and the rest of the original, without its tokens; its cost is
    /// ``UsageRecord/savedCost``.
    public var record: UsageRecord

    public init(
        key: IdempotencyKey, bodyDigest: [UInt8], completedAt: Int64, status: Int, headers: [Header], isStream: Bool,
        bytes: [UInt8], record: UsageRecord
    ) {
        self.key = key
        self.bodyDigest = bodyDigest
        self.completedAt = completedAt
        self.status = status
        self.headers = headers
        self.isStream = isStream
        self.bytes = bytes
        self.record = record
    }

    /// Whether an answer with this status is the answer to every try: one that may be different next time is not.
    static func isFinal(status: Int) -> Bool {
        switch status {
        case 408, 409, 425, 429, 499: false
        case 200..<300, 400..<500: true
        default: false
        }
    }
}

extension UsageRecord {
    /// The record of a duplicate: what the original was, at no cost of its own.
    func forDuplicates() -> UsageRecord {
        var record = UsageRecord(requestID: "", startedAt: 0)
        record.connectionID = connectionID
        record.provider = provider
        record.requestedModel = requestedModel
        record.servedModel = servedModel
        record.clientFormat = clientFormat
        record.upstreamFormat = upstreamFormat
        record.path = path
        record.isStreaming = isStreaming
        record.combo = combo
        record.savedCost = cost
        return record
    }
}
