public import OmniJSON

/// Limits as the management interface and the database write them.
extension UsageLimits {
    /// The members of a money limit by period.
    private static let moneyNames: [(BudgetPeriod, StaticString)] = [
        (.daily, "dailyLimitUsd"), (.weekly, "weeklyLimitUsd"), (.monthly, "monthlyLimitUsd"),
        (.total, "totalLimitUsd"),
    ]

    /// The members ``merge(_:)`` reads.
    public static let names: Set<String> = [
        "limit", "period", "dailyLimitUsd", "weeklyLimitUsd", "monthlyLimitUsd", "totalLimitUsd", "warningThreshold",
        "requestsPerMinute", "requestsPerDay", "tokensPerMinute", "tokensPerDay", "concurrency", "expiresAt",
        "schedule", "utcOffset",
    ]

    /// Takes over the members that are there; `null` takes a limit away, and so does a money limit of zero.
    ///
    /// `limit` with `period` is the short form of one money limit.
    public mutating func merge(_ fields: JSONFields) throws(FieldFault) {
        for (period, name) in Self.moneyNames where fields.has(name) {
            money[period] = try Self.money(fields, name, allowsZero: true)
        }
        if fields.has("limit") || fields.has("period") { try mergeShortForm(fields) }
        if fields.has("warningThreshold") {
            var threshold: Double?
            try fields.read("warningThreshold", into: &threshold, in: 0...100)
            // Written as a fraction or as a percentage.
            warningThreshold = threshold.map { $0 > 1 ? $0 / 100 : $0 } ?? Self.defaultThreshold
        }
        let largest = 1_000_000_000_000
        try fields.read("requestsPerMinute", into: &requestsPerMinute, in: 1...largest)
        try fields.read("requestsPerDay", into: &requestsPerDay, in: 1...largest)
        try fields.read("tokensPerMinute", into: &tokensPerMinute, in: 1...largest)
        try fields.read("tokensPerDay", into: &tokensPerDay, in: 1...largest)
        try fields.read("concurrency", into: &concurrency, in: 1...1_000_000)
        if fields.has("expiresAt") { expiresAt = try Self.time(fields, "expiresAt") }
        if fields.has("schedule") { schedule = try fields.nested("schedule").map(Schedule.init) }
        try fields.read("utcOffset", into: &utcOffset, default: 0) { value throws(FieldFault) in
            try fields.read("utcOffset", into: &value, in: -840...840)
        }
    }

    private mutating func mergeShortForm(_ fields: JSONFields) throws(FieldFault) {
        let text = try fields.string("period", maximum: 20) ?? BudgetPeriod.monthly.rawValue
        guard let period = BudgetPeriod(rawValue: text) else {
            throw FieldFault(fields.path("period"), "must be 'daily', 'weekly', 'monthly' or 'total'")
        }
        guard fields.has("limit") else { throw FieldFault(fields.path("limit"), "required with 'period'") }
        money[period] = try Self.money(fields, "limit", allowsZero: false)
    }

    private static func money(
        _ fields: JSONFields, _ name: StaticString, allowsZero: Bool
    ) throws(FieldFault) -> NanoDollars? {
        var dollars: Double?
        try fields.read(name, into: &dollars, in: 0...1_000_000_000)
        guard let dollars else { return nil }
        if dollars == 0 {
            guard allowsZero else { throw FieldFault(fields.path("\(name)"), "must be more than 0") }
            return nil
        }
        guard let amount = NanoDollars(dollars: dollars), amount > .zero else {
            throw FieldFault(fields.path("\(name)"), "must be at least a billionth of a dollar")
        }
        return amount
    }

    private static func time(_ fields: JSONFields, _ name: StaticString) throws(FieldFault) -> Int64? {
        guard let value = fields.value(name) else { return nil }
        if let number = value.int, (0...253_402_300_799_999).contains(number) { return Int64(number) }
        if let text = value.string, let time = ISOTime.milliseconds(from: text) { return time }
        throw FieldFault(
            fields.path("\(name)"), "must be milliseconds since 1970 or a time such as 2026-02-25T10:00:00Z")
    }

    /// Members of an object that was begun; only what is limited.
    public func writeMembers(into writer: inout JSONWriter) {
        for (period, name) in Self.moneyNames { writer.optional(name, money[period]?.dollars) }
        if warningThreshold != Self.defaultThreshold { writer.optional("warningThreshold", warningThreshold) }
        writer.optional("requestsPerMinute", requestsPerMinute)
        writer.optional("requestsPerDay", requestsPerDay)
        writer.optional("tokensPerMinute", tokensPerMinute)
        writer.optional("tokensPerDay", tokensPerDay)
        writer.optional("concurrency", concurrency)
        if let expiresAt {
            writer.key("expiresAt")
            writer.string(ISOTime.string(expiresAt))
        }
        if let schedule {
            writer.key("schedule")
            schedule.write(into: &writer)
        }
        if utcOffset != 0 { writer.optional("utcOffset", utcOffset) }
    }
}

extension UsageLimits.Schedule {
    /// Reads `{"from": "09:00", "until": "18:00", "days": [1, 2, 3, 4, 5]}`.
    init(_ fields: JSONFields) throws(FieldFault) {
        from = try Self.minutes(fields, "from")
        until = try Self.minutes(fields, "until")
        days = []
        guard let value = fields.value("days") else { return }
        let numbers = value.elements.map(\.int)
        guard value.kind == .array, numbers.allSatisfy({ (0...6).contains($0 ?? -1) }) else {
            throw FieldFault(fields.path("days"), "must be an array of days from 0 (Sunday) to 6")
        }
        days = Set(numbers.compactMap { $0 })
    }

    private static func minutes(_ fields: JSONFields, _ name: StaticString) throws(FieldFault) -> Int {
        let parts = (try fields.string(name, maximum: 5) ?? "").split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }), let hour = Int(parts[0]),
            (0...23).contains(hour), let minute = Int(parts[1]), (0...59).contains(minute)
        else { throw FieldFault(fields.path("\(name)"), "must be a time of day such as '09:30'") }
        return hour * 60 + minute
    }

    func write(into writer: inout JSONWriter) {
        func text(_ minutes: Int) -> String {
            let (hour, minute) = minutes.quotientAndRemainder(dividingBy: 60)
            return (hour < 10 ? "0" : "") + "\(hour):" + (minute < 10 ? "0" : "") + "\(minute)"
        }
        writer.beginObject()
        writer.key("from")
        writer.string(text(from))
        writer.key("until")
        writer.string(text(until))
        writer.key("days")
        writer.beginArray()
        for day in days.sorted() { writer.value(day) }
        writer.endArray()
        writer.endObject()
    }
}
