public import OmniTranslate

/// A rule a person made about requests: who, what, when and how large, and what then.
public struct RouterPolicy: Sendable, Hashable {
    public var id: String
    public var name: String
    public var isEnabled: Bool
    /// Policies are asked in rising order; equals as listed.
    public var priority: Int
    public var match: Match
    public var action: Action

    /// What a policy does with a request it fits.
    public enum Action: Sendable, Hashable {
        /// Lets it through and ends the search, as an exception from what follows.
        case allow
        /// - Parameter reason: for the client; nil for a general one.
        case deny(reason: String?)
        /// Serves it by another model, alias or combo.
        case rewrite(model: String)
        /// Serves it by a combo, whatever was asked for.
        case force(combo: String)
    }

    /// What a request must be like; what is empty or nil fits every request.
    public struct Match: Sendable, Hashable {
        public var clientKeys: Set<ClientKeyID> = []
        /// Patterns of the model's name as the client wrote it, with `*` and `?`, whatever the case.
        public var models: [String] = []
        public var clientFormats: Set<WireFormat> = []
        /// At least one must be open.
        public var times: [TimeWindow] = []
        /// Estimated input tokens.
        public var minimumInput: Int?
        public var maximumInput: Int?
        /// Estimated, in dollars; a request whose cost nobody knows fits neither bound.
        public var minimumCost: Double?
        public var maximumCost: Double?

        public init() {}
    }

    public init(
        id: String, name: String, isEnabled: Bool = true, priority: Int = 0, match: Match = Match(), action: Action
    ) {
        self.id = id
        self.name = name
        self.isEnabled = isEnabled
        self.priority = priority
        self.match = match
        self.action = action
    }
}

/// Hours of certain days of the week, in a fixed time zone.
public struct TimeWindow: Sendable, Hashable {
    /// The days it opens on: 0 for Sunday to 6 for Saturday; empty for every day.
    public var weekdays: Set<Int>
    /// Minutes after midnight, the end not included.
    ///
    /// An end that is not later than the start lies on the next day, so that equal ones are a whole day.
    public var start: Int
    public var end: Int
    /// Minutes the zone is ahead of UTC.
    ///
    /// Range: -720...840.
    public var zoneOffset: Int

    public init(weekdays: Set<Int> = [], start: Int = 0, end: Int = 1440, zoneOffset: Int = 0) {
        self.weekdays = weekdays
        self.start = start
        self.end = end
        self.zoneOffset = zoneOffset
    }

    /// - Parameter wall: milliseconds since 1970.
    public func isOpen(at wall: Int64) -> Bool {
        let minutes = wall.floorDivided(by: 60000).addingReportingOverflow(Int64(zoneOffset)).partialValue
        let day = minutes.floorDivided(by: 1440)
        let minute = Int(minutes - day * 1440)
        // The first day of 1970 was a Thursday.
        let weekday = Int((day + 4) - (day + 4).floorDivided(by: 7) * 7)
        if start < end { return opens(on: weekday) && (start..<end).contains(minute) }
        return minute >= start ? opens(on: weekday) : minute < end && opens(on: (weekday + 6) % 7)
    }

    private func opens(on weekday: Int) -> Bool { weekdays.isEmpty || weekdays.contains(weekday) }
}

extension Int64 {
    fileprivate func floorDivided(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
