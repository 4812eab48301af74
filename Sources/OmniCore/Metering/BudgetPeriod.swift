/// How long money may be spent before the count begins anew, by the calendar.
public enum BudgetPeriod: String, Sendable, Hashable, CaseIterable {
    case daily, weekly, monthly
    /// It never begins anew.
    case total

    /// The period that holds a moment.
    ///
    /// Weeks begin on Monday.
    /// - Parameters:
    ///   - now: milliseconds since 1970.
    ///   - offset: minutes by which the calendar is ahead of UTC.
    /// - Returns: milliseconds since 1970, the end exclusive; a total has no end.
    public func bounds(at now: Int64, offset: Int) -> (start: Int64, end: Int64) {
        let shift = Int64(offset) * 60_000
        let day = (now + shift).flooredQuotient(Self.day)
        let (first, last): (Int64, Int64)
        switch self {
        case .total: return (0, .max)
        case .daily: (first, last) = (day, day + 1)
        case .weekly:
            // The first day of 1970 was a Thursday.
            let monday = (day + 3).flooredQuotient(7) * 7 - 3
            (first, last) = (monday, monday + 7)
        case .monthly: (first, last) = ISOTime.month(ofDay: day)
        }
        return (first * Self.day - shift, last * Self.day - shift)
    }

    private static let day: Int64 = 86_400_000
}

extension Int64 {
    /// Rounded down, also below zero.
    fileprivate func flooredQuotient(_ divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
