/// Reads recorded usage back.
public protocol UsageReader: Sendable {
    /// Records, newest first.
    func logs(_ filter: UsageFilter) async throws -> [UsageRecord]
    /// Sums over all matching records; `limit` and `offset` are not applied.
    func history(_ filter: UsageFilter) async throws -> UsageHistory
    /// The newest request with this id and the way it took; nil when there is none.
    func detail(_ requestID: String) async throws -> UsageDetail?
    /// Totals of whole minutes, oldest first; the last one is the minute that holds `now`.
    /// - Parameter now: milliseconds since 1970.
    func minutes(_ count: Int, until now: Int64) async throws -> [UsageTotals]
}

/// Which records are meant; nil means any.
public struct UsageFilter: Sendable, Hashable {
    /// Milliseconds since 1970, inclusive.
    public var from: Int64?
    /// Milliseconds since 1970, exclusive.
    public var to: Int64?
    public var provider: String?
    public var connectionID: ConnectionID?
    public var clientKeyID: ClientKeyID?
    /// Matches the model asked for or the one served.
    public var model: String?
    /// true: only failures (status 400 and up, or an answer that broke off); false: only successes.
    public var isError: Bool?
    /// The HTTP status answered.
    public var status: Int?
    public var limit = 200
    public var offset = 0

    public init() {}
}

/// Sums of requests and tokens.
public struct UsageTotals: Sendable, Hashable {
    public var requests = 0
    public var errors = 0
    public var inputTokens = 0
    public var cacheReadTokens = 0
    public var cacheWriteTokens = 0
    public var outputTokens = 0
    public var reasoningTokens = 0
    /// Milliseconds since 1970 of the newest record.
    public var lastUsedAt: Int64 = 0

    public init() {}

    public var promptTokens: Int { inputTokens + cacheReadTokens + cacheWriteTokens }
    public var completionTokens: Int { outputTokens + reasoningTokens }
}

/// Totals of a period, whole and by group.
public struct UsageHistory: Sendable, Hashable {
    public var total = UsageTotals()
    public var byProvider: [String: UsageTotals] = [:]
    /// By served model and provider.
    public var byModel: [ModelKey: UsageTotals] = [:]
    public var byConnection: [ConnectionID: UsageTotals] = [:]
    /// By connection and by the model it served.
    public var byAccount: [AccountKey: UsageTotals] = [:]
    public var byClientKey: [ClientKeyID: UsageTotals] = [:]

    public struct ModelKey: Sendable, Hashable {
        public var model: String
        public var provider: String

        public init(model: String, provider: String) {
            self.model = model
            self.provider = provider
        }
    }

    public struct AccountKey: Sendable, Hashable {
        public var model: ModelKey
        public var connectionID: ConnectionID

        public init(model: ModelKey, connectionID: ConnectionID) {
            self.model = model
            self.connectionID = connectionID
        }
    }

    public init() {}
}
