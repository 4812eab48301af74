/// What a scope may use; nil is unlimited.
public struct UsageLimits: Sendable, Hashable {
    public var money: [BudgetPeriod: NanoDollars] = [:]
    /// The share of a money limit from which on it is reported as nearly used up.
    ///
    /// Default: 0.8.
    public var warningThreshold = Self.defaultThreshold
    public var requestsPerMinute: Int?
    public var requestsPerDay: Int?
    /// Input and output together.
    public var tokensPerMinute: Int?
    public var tokensPerDay: Int?
    /// Requests at the same time.
    public var concurrency: Int?
    /// Milliseconds since 1970 from which on nothing may be used.
    public var expiresAt: Int64?
    public var schedule: Schedule?
    /// Minutes by which the calendar of days, weeks and months is ahead of UTC.
    public var utcOffset = 0

    public static let defaultThreshold = 0.8

    /// The times of the week at which something may be used.
    public struct Schedule: Sendable, Hashable {
        /// Minutes since midnight, inclusive.
        public var from: Int
        /// Minutes since midnight, exclusive; before ``from`` for a time over midnight, which belongs to the day it
        /// begins on.
        public var until: Int
        /// 0 is Sunday; all days when empty.
        public var days: Set<Int>

        public init(from: Int, until: Int, days: Set<Int> = []) {
            self.from = from
            self.until = until
            self.days = days
        }

        /// - Parameters: now: milliseconds since 1970. offset: minutes ahead of UTC.
        func admits(_ now: Int64, offset: Int) -> Bool {
            let minutes = max(0, now / 60_000 + Int64(offset))
            let minute = Int(minutes % 1440)
            // The first day of 1970 was a Thursday.
            let weekday = Int((minutes / 1440 + 4) % 7)
            func isOn(_ day: Int) -> Bool { days.isEmpty || days.contains(day) }
            if from == until { return isOn(weekday) }
            if from < until { return isOn(weekday) && (from..<until).contains(minute) }
            return minute >= from ? isOn(weekday) : minute < until && isOn((weekday + 6) % 7)
        }
    }

    public init() {}

    /// Whether nothing is limited.
    public var isEmpty: Bool {
        var defaults = UsageLimits()
        defaults.warningThreshold = warningThreshold
        defaults.utcOffset = utcOffset
        return self == defaults
    }

    /// Whether costs matter, so that a request must reserve money before it is sent.
    var limitsMoney: Bool { !money.isEmpty }
}
