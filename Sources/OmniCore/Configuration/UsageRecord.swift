/// What one request was and cost, written once when it ended.
public struct UsageRecord: Sendable, Hashable {
    public var requestID: String
    /// Milliseconds since 1970.
    public var startedAt: Int64
    public var clientKeyID: ClientKeyID?
    public var connectionID: ConnectionID?
    public var provider = ""
    public var requestedModel = ""
    public var servedModel = ""
    public var clientFormat = ""
    public var upstreamFormat = ""
    public var path = ""
    public var status = 0
    public var isStreaming = false
    /// Five disjoint counts; their sum is the total.
    public var inputTokens = 0
    public var cacheReadTokens = 0
    public var cacheWriteTokens = 0
    public var outputTokens = 0
    public var reasoningTokens = 0
    /// What was used besides tokens; nil for what is counted in tokens only.
    public var billed: BilledQuantity?
    /// Whether the counts are the router's estimate.
    public var isEstimated = false
    public var latencyMS = 0
    public var timeToFirstTokenMS: Int?
    public var attempts = 0
    public var errorCode: String?
    /// The combo that led to the target; nil when a model was asked for.
    public var combo: String?
    /// At the price of the time; nil when that is unknown.
    public var cost: NanoDollars?
    /// What the answer would have cost had it not been kept from before; nil unless it was.
    public var savedCost: NanoDollars?
    /// Milliseconds from the start to the head of the answer that served the request.
    public var headMS: Int?
    /// Microseconds until the answer began that the router itself took; nil where nobody measured.
    public var overheadMicroseconds: Int?
    /// How the request found its way; nil when the first candidate served it at once, which the rest of the record tells.
    public var route: RouteLog?
    /// Whether the answer was one kept from before; the counts are that answer's.
    public var isCached = false
    /// The `traceparent` of the client, where traces are told; not kept.
    public var traceParent: String?
    /// The host the last attempt was made at; for traces, not kept.
    public var upstreamHost: String?
    /// What the translation lost, as `X-OmniRoute-Translation` tells it; for the log, not kept.
    public var losses: String?

    public init(requestID: String, startedAt: Int64) {
        self.requestID = requestID
        self.startedAt = startedAt
    }
}

/// Takes usage records.
///
/// Never blocks and never fails: what cannot be kept is counted as dropped.
public protocol UsageRecorder: Sendable {
    func record(_ record: UsageRecord)
    /// Keeps what a request under way may cost, so that it counts even if the process ends before the request does.
    ///
    /// - Parameter place: what an earlier call for the same request returned.
    /// - Returns: for ``release(_:)``, which is called once the request was recorded; nil when it cannot be kept.
    func hold(_ record: UsageRecord, in place: Int?) -> Int?
    func release(_ place: Int)
}

/// Keeps nothing: the end of a chain of recorders that has no other.
public struct NoUsageRecorder: UsageRecorder {
    public init() {}
    public func record(_ record: UsageRecord) {}
}

extension UsageRecorder {
    public func hold(_ record: UsageRecord, in place: Int?) -> Int? { nil }
    public func release(_ place: Int) {}
}
