/// A period of time taken apart into whole days, whole hours and what is left, so that sums answer for most of it.
struct UsageSpan: Hashable {
    /// Numbers of whole days since 1970.
    var days: Range<Int64> = 0..<0
    /// Numbers of whole hours since 1970.
    var hours: [Range<Int64>] = []
    /// Milliseconds since 1970, shorter than an hour each.
    var rest: [Range<Int64>] = []

    private static let hour = SumTable.usageByHour.length
    /// No record is newer; a whole number of days.
    private static let horizon: Int64 = 86_400_000 * 1_000_000

    /// - Parameters:
    ///   - from: milliseconds since 1970, inclusive; nil for the beginning. to: exclusive; nil for ever.
    ///   - incompleteBefore: hours that begin before have lost requests and are taken whole.
    init(from: Int64?, to: Int64?, incompleteBefore: Int64 = 0) {
        let from = min(max(0, from ?? 0), Self.horizon)
        let to = min(max(from, to ?? Self.horizon), Self.horizon)
        guard from < to else { return }
        var first = (from + Self.hour - 1) / Self.hour
        var last = to / Self.hour
        if first > last {
            // Inside one hour.
            if last * Self.hour < incompleteBefore { hours = [last..<first] } else { rest = [from..<to] }
            return
        }
        if from < first * Self.hour {
            if (first - 1) * Self.hour < incompleteBefore { first -= 1 } else { rest.append(from..<first * Self.hour) }
        }
        if last * Self.hour < to {
            if last * Self.hour < incompleteBefore { last += 1 } else { rest.append(last * Self.hour..<to) }
        }
        days = (first + 23) / 24..<max((first + 23) / 24, last / 24)
        let pieces = days.isEmpty ? [first..<last] : [first..<days.lowerBound * 24, days.upperBound * 24..<last]
        hours = pieces.filter { !$0.isEmpty }
    }
}
