/// The body of one request or answer on its way to the disk, as it came.
public struct BodyEntry: Sendable {
    public enum Kind: UInt8, Sendable {
        case request = 1
        case response
    }

    public var requestID: String
    /// Milliseconds since 1970; with the id it names the request.
    public var startedAt: Int64
    public var kind: Kind
    /// As far as it was kept; nothing is taken out yet.
    public var bytes: [UInt8]
    /// How long it was, in bytes.
    public var length: Int
    /// How much of it goes to the disk.
    public var limit: Int

    public init(
        requestID: String, startedAt: Int64, kind: Kind, bytes: [UInt8], length: Int, limit: Int
    ) {
        self.requestID = requestID
        self.startedAt = startedAt
        self.kind = kind
        self.bytes = bytes
        self.length = length
        self.limit = limit
    }
}
