/// Times as text, in UTC.
public enum ISOTime {
    /// `2026-02-25T10:00:00.000Z`.
    /// - Parameter milliseconds: since 1970.
    public static func string(_ milliseconds: Int64) -> String {
        let moment = Moment(milliseconds)
        return "\(padded(moment.year, 4))-\(padded(moment.month, 2))-\(padded(moment.day, 2))"
            + "T\(moment.time).\(padded(moment.rest % 1000, 3))Z"
    }

    /// `25-02-2026 10:00:00`.
    /// - Parameter milliseconds: since 1970.
    public static func compact(_ milliseconds: Int64) -> String {
        let moment = Moment(milliseconds)
        return "\(padded(moment.day, 2))-\(padded(moment.month, 2))-\(padded(moment.year, 4)) \(moment.time)"
    }

    private struct Moment {
        let year: Int64
        let month: Int64
        let day: Int64
        /// Milliseconds since midnight.
        let rest: Int64

        /// The civil date of a day number, with years counted from March so that the leap day comes last.
        init(_ milliseconds: Int64) {
            let days: Int64
            (days, rest) = milliseconds.quotientAndRemainder(dividingBy: 86_400_000)
            let shifted = days + 719_468
            let era = shifted / 146_097
            let dayOfEra = shifted - era * 146_097
            let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
            let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
            let monthFromMarch = (5 * dayOfYear + 2) / 153
            day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
            month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
            year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        }

        var time: String {
            "\(padded(rest / 3_600_000, 2)):\(padded(rest / 60000 % 60, 2)):\(padded(rest / 1000 % 60, 2))"
        }
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
