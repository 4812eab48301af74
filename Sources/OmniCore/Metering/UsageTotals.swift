/// Sums of requests, tokens and money.
public struct UsageTotals: Sendable, Hashable {
    public var requests = 0
    public var errors = 0
    public var inputTokens = 0
    public var cacheReadTokens = 0
    public var cacheWriteTokens = 0
    public var outputTokens = 0
    public var reasoningTokens = 0
    /// The sum of the costs that are known.
    public var knownCost = NanoDollars.zero
    /// Requests whose cost is known.
    public var pricedRequests = 0
    /// Requests that used something nobody knows the price of.
    public var unpricedRequests = 0
    /// What answers would have cost had they not been kept from before.
    public var savedCost = NanoDollars.zero
    /// The sum of all requests' durations in milliseconds.
    public var latencyMS = 0
    /// Milliseconds since 1970 of the newest record.
    public var lastUsedAt: Int64 = 0

    public init() {}

    public var promptTokens: Int { inputTokens + cacheReadTokens + cacheWriteTokens }
    public var completionTokens: Int { outputTokens + reasoningTokens }

    /// What is known of the cost; nil when tokens were used and not one request has a price.
    ///
    /// ``unpricedRequests`` says how much is missing from it.
    public var cost: NanoDollars? { unpricedRequests > 0 && pricedRequests == 0 ? nil : knownCost }

    public mutating func add(_ other: UsageTotals) {
        requests += other.requests
        errors += other.errors
        inputTokens += other.inputTokens
        cacheReadTokens += other.cacheReadTokens
        cacheWriteTokens += other.cacheWriteTokens
        outputTokens += other.outputTokens
        reasoningTokens += other.reasoningTokens
        knownCost += other.knownCost
        pricedRequests += other.pricedRequests
        unpricedRequests += other.unpricedRequests
        savedCost += other.savedCost
        latencyMS += other.latencyMS
        lastUsedAt = max(lastUsedAt, other.lastUsedAt)
    }

    public mutating func add(_ record: UsageRecord) {
        requests += 1
        if record.isError { errors += 1 }
        inputTokens += record.inputTokens
        cacheReadTokens += record.cacheReadTokens
        cacheWriteTokens += record.cacheWriteTokens
        outputTokens += record.outputTokens
        reasoningTokens += record.reasoningTokens
        if let cost = record.cost {
            knownCost += cost
            pricedRequests += 1
        } else if record.totalTokens > 0 || record.billed != nil {
            unpricedRequests += 1
        }
        savedCost += record.savedCost ?? .zero
        latencyMS += record.latencyMS
        lastUsedAt = max(lastUsedAt, record.startedAt)
    }
}

/// How long the periods of a series are; both begin by UTC.
public enum UsagePeriod: String, Sendable, CaseIterable {
    case hour, day

    /// In milliseconds.
    public var length: Int64 { self == .hour ? 3_600_000 : 86_400_000 }
}

/// What one served model was used for in one period.
public struct UsageSlice: Sendable, Hashable {
    /// When the period begins, in milliseconds since 1970.
    public var start: Int64
    public var model: UsageHistory.ModelKey
    public var totals: UsageTotals

    public init(start: Int64, model: UsageHistory.ModelKey, totals: UsageTotals) {
        self.start = start
        self.model = model
        self.totals = totals
    }
}

extension UsageRecord {
    public var totalTokens: Int {
        inputTokens + cacheReadTokens + cacheWriteTokens + outputTokens + reasoningTokens
    }

    /// Whether the client got no whole answer: a stream that broke after its head has a good status and an error code.
    public var isError: Bool { status >= 400 || errorCode != nil }

    /// Output tokens by second from the first one on; nil where it cannot be told.
    public var tokensPerSecond: Double? {
        guard isStreaming, let first = timeToFirstTokenMS, latencyMS > first else { return nil }
        let tokens = outputTokens + reasoningTokens
        return tokens > 0 ? Double(tokens) * 1000 / Double(latencyMS - first) : nil
    }
}
