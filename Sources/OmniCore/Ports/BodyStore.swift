/// Reads and removes logged bodies.
public protocol BodyStore: Sendable {
    /// What is kept of a request and its answer.
    func bodies(of record: UsageRecord) async throws -> LoggedBodies
    /// Which bodies there are of these requests, in their order.
    func kinds(of records: [UsageRecord]) async throws -> [LoggedBodies.Kinds]
    /// - Returns: how many bodies were removed.
    func removeBodies(of record: UsageRecord) async throws -> Int
    func removeAllBodies() async throws
}

/// The bodies of one request, without what was secret in them.
public struct LoggedBodies: Sendable, Hashable {
    public struct Kinds: Sendable, Hashable {
        public var hasRequest = false
        public var hasResponse = false

        public init(hasRequest: Bool = false, hasResponse: Bool = false) {
            self.hasRequest = hasRequest
            self.hasResponse = hasResponse
        }
    }

    public struct Body: Sendable, Hashable {
        public var bytes: [UInt8]
        /// How long it was when it came.
        public var length: Int
        /// Whether there was more of it than is kept.
        public var isCut: Bool

        public init(bytes: [UInt8], length: Int, isCut: Bool) {
            self.bytes = bytes
            self.length = length
            self.isCut = isCut
        }
    }

    public var request: Body?
    public var response: Body?

    public init(request: Body? = nil, response: Body? = nil) {
        self.request = request
        self.response = response
    }

    public var kinds: Kinds { Kinds(hasRequest: request != nil, hasResponse: response != nil) }
}
