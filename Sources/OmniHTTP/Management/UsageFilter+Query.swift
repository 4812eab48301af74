import OmniCore

extension ManagementAPI {
    /// Reads the filters all questions about usage share.
    func usageFilter(_ call: ManagementRequest, names: UsageNames) throws(ManagementError) -> UsageFilter {
        var filter = UsageFilter()
        filter.provider = text(call, "provider")
        filter.model = text(call, "model")
        filter.connectionID = text(call, "connectionId").map { ConnectionID($0) }
        filter.clientKeyID = text(call, "apiKeyId").map { ClientKeyID($0) }
        // By name or id, which the contract does not tell apart here.
        filter.connectionIDs = text(call, "account").map { name in
            [ConnectionID(name)] + names.connections.filter { $0.value == name }.map(\.key)
        }
        filter.clientKeyIDs = text(call, "apiKey").map { name in
            [ClientKeyID(name)] + names.clientKeys.filter { $0.value == name }.map(\.key)
        }
        switch text(call, "combo") {
        case nil: break
        case "true", "1", "any": filter.hasCombo = true
        case "false", "0": filter.hasCombo = false
        case let name: filter.combo = name
        }
        try readStatus(call, into: &filter)
        filter.search = text(call, "search")
        guard (filter.search?.utf8.count ?? 0) <= 200 else { throw .invalid("search", "must be at most 200 bytes") }
        filter.limit = try number(call, "limit", in: 1...1000) ?? 200
        filter.offset = try number(call, "offset", in: 0...1_000_000_000) ?? 0
        filter.before = try number(call, "cursor", in: 1...Int.max).map(Int64.init)
        let range = try usageRange(call)
        filter.from = try time(call, "from") ?? range?.start(at: dependencies.clock.wallMilliseconds())
        filter.to = try time(call, "to")
        return filter
    }

    /// `range`: a period that ends now.
    func usageRange(_ call: ManagementRequest) throws(ManagementError) -> UsageRange? {
        guard let name = text(call, "range") else { return nil }
        guard let range = UsageRange(rawValue: name) else {
            throw .invalid("range", "must be one of " + UsageRange.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return range
    }

    /// `groupBy`: the periods of a series.
    func usagePeriod(_ call: ManagementRequest) throws(ManagementError) -> UsagePeriod? {
        guard let name = text(call, "groupBy") else { return nil }
        guard let period = UsagePeriod(rawValue: name) else { throw .invalid("groupBy", "must be 'hour' or 'day'") }
        return period
    }

    private func readStatus(_ call: ManagementRequest, into filter: inout UsageFilter) throws(ManagementError) {
        switch text(call, "status") {
        case nil: break
        case "error": filter.isError = true
        case "ok": filter.isError = false
        case let text?:
            guard let status = Int(text), (100...599).contains(status) else {
                throw .invalid("status", "must be 'ok', 'error' or a status from 100 to 599")
            }
            filter.status = status
        }
    }

    /// An empty value counts as none.
    private func text(_ call: ManagementRequest, _ name: Substring) -> String? {
        call.query(name).flatMap { $0.isEmpty ? nil : $0 }
    }

    private func number(
        _ call: ManagementRequest, _ name: Substring, in range: ClosedRange<Int>
    ) throws(ManagementError) -> Int? {
        guard let text = text(call, name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw .invalid(String(name), "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// Milliseconds since 1970, also written as such; a date or a date and a time is read as ISO 8601.
    private func time(_ call: ManagementRequest, _ name: Substring) throws(ManagementError) -> Int64? {
        guard let text = text(call, name) else { return nil }
        if let number = Int64(text), (0...4_102_444_800_000).contains(number) { return number }
        guard let time = ISOTime.milliseconds(from: text) else {
            throw .invalid(String(name), "must be milliseconds since 1970 or a time such as 2026-02-25T10:00:00Z")
        }
        return time
    }
}

/// A period that ends now, in the contract's words.
enum UsageRange: String, CaseIterable {
    case day = "1d"
    case week = "7d"
    case month = "30d"
    case quarter = "90d"
    case yearToDate = "ytd"
    case all

    /// Where it begins: with a whole day, today's included; `1d` with a whole hour.
    /// - Parameter now: milliseconds since 1970.
    /// - Returns: nil for the beginning.
    func start(at now: Int64) -> Int64? {
        let (hour, day) = (UsagePeriod.hour.length, UsagePeriod.day.length)
        let today = now / day * day
        return switch self {
        case .day: now / hour * hour - 23 * hour
        case .week: today - 6 * day
        case .month: today - 29 * day
        case .quarter: today - 89 * day
        case .yearToDate: ISOTime.milliseconds(from: "\(ISOTime.string(now).prefix(4))-01-01")
        case .all: nil
        }
    }
}

extension UsageSlice {
    /// All models of a period together, oldest first.
    static func sumsByStart(_ slices: [UsageSlice]) -> [(start: Int64, totals: UsageTotals)] {
        var sums: [(start: Int64, totals: UsageTotals)] = []
        for slice in slices {
            if sums.last?.start != slice.start { sums.append((slice.start, UsageTotals())) }
            sums[sums.count - 1].totals.add(slice.totals)
        }
        return sums
    }
}
