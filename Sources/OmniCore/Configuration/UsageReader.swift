/// Reads recorded usage back.
public protocol UsageReader: Sendable {
    /// Records, newest first.
    func logs(_ filter: UsageFilter) async throws -> [UsageRecord]
    /// Records, newest first, with where the next page begins.
    func page(_ filter: UsageFilter) async throws -> UsagePage
    /// Sums over all matching records; `limit` and `offset` are not applied.
    ///
    /// Answered from sums by day and hour where the filter allows, so also for records that are gone; a period that begins
    /// or ends inside an hour whose records are gone takes the hour whole.
    func history(_ filter: UsageFilter) async throws -> UsageHistory
    /// The newest request with this id and the way it took; nil when there is none or it is gone.
    func detail(_ requestID: String) async throws -> UsageDetail?
    /// Sums by period and served model, oldest first; periods without requests are left out.
    ///
    /// Begins and ends with whole periods.
    func series(_ filter: UsageFilter, by period: UsagePeriod) async throws -> [UsageSlice]
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
    /// One of these, in addition; an empty list matches nothing.
    public var connectionIDs: [ConnectionID]?
    /// One of these, in addition; an empty list matches nothing.
    public var clientKeyIDs: [ClientKeyID]?
    public var combo: String?
    /// Whether a combo led to the target.
    public var hasCombo: Bool?
    /// Found anywhere in the request's id, its models, provider, combo or error, in any case.
    public var search: String?
    /// Only records before this place, as ``UsagePage/next`` gave it.
    public var before: Int64?
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

/// Some records and where those before them begin.
public struct UsagePage: Sendable {
    public var records: [UsageRecord]
    /// For ``UsageFilter/before``; nil when there are no more.
    public var next: Int64?

    public init(records: [UsageRecord], next: Int64?) {
        self.records = records
        self.next = next
    }
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
    public var byCombo: [String: UsageTotals] = [:]

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
