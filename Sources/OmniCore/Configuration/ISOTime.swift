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

    /// Reads a date, or a date and a time of day.
    ///
    /// The forms are `2026-02-25`, `2026-02-25T10:00`, `2026-02-25T10:00:00` and `2026-02-25T10:00:00.000`, those with a
    /// time also with `Z` or an offset such as `+01:00` behind it. Without one, UTC is meant.
    /// - Returns: milliseconds since 1970, digits beyond them cut off; nil when the text is no such time.
    public static func milliseconds(from text: String) -> Int64? {
        var reader = Reader(text)
        guard let year = reader.number(digits: 4), year > 0, reader.skip("-"),
            let month = reader.number(digits: 2), (1...12).contains(month), reader.skip("-"),
            let day = reader.number(digits: 2), (1...length(ofMonth: month, year: year)).contains(day)
        else { return nil }
        let midnight = days(year: year, month: month, day: day) * 86_400_000
        if reader.isAtEnd { return midnight }
        guard reader.skip("T") || reader.skip("t") || reader.skip(" "), let time = reader.time(),
            let offset = reader.offset(), reader.isAtEnd
        else { return nil }
        return midnight + time - offset
    }

    /// The month that holds a day.
    ///
    /// Days are numbered from the first one of 1970.
    /// - Returns: its first day and that of the next month.
    static func month(ofDay day: Int64) -> (first: Int64, next: Int64) {
        let moment = Moment(day * 86_400_000)
        let isLast = moment.month == 12
        return (
            days(year: moment.year, month: moment.month, day: 1),
            days(year: isLast ? moment.year + 1 : moment.year, month: isLast ? 1 : moment.month + 1, day: 1)
        )
    }

    private static func length(ofMonth month: Int64, year: Int64) -> Int64 {
        let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
        return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][Int(month - 1)]
    }

    /// Days since 1970, with years counted from March so that the leap day comes last.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = year / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// Takes a text apart from its beginning.
    private struct Reader {
        private var rest: Substring.UTF8View

        init(_ text: String) { rest = Substring(text).utf8 }

        var isAtEnd: Bool { rest.isEmpty }

        mutating func skip(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest = rest.dropFirst()
            return true
        }

        mutating func number(digits count: Int) -> Int64? {
            let digits = rest.prefix(count)
            guard digits.count == count, digits.allSatisfy(Self.isDigit) else { return nil }
            rest = rest.dropFirst(count)
            return digits.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
        }

        /// Milliseconds since midnight.
        mutating func time() -> Int64? {
            guard let hour = number(digits: 2), hour < 24, skip(":"), let minute = number(digits: 2), minute < 60
            else { return nil }
            var milliseconds = (hour * 60 + minute) * 60_000
            guard skip(":") else { return milliseconds }
            guard let second = number(digits: 2), second < 60 else { return nil }
            milliseconds += second * 1000
            guard skip(".") else { return milliseconds }
            let fraction = rest.prefix(while: Self.isDigit)
            guard !fraction.isEmpty else { return nil }
            rest = rest.dropFirst(fraction.count)
            var unit: Int64 = 100
            for digit in fraction.prefix(3) {
                milliseconds += Int64(digit - UInt8(ascii: "0")) * unit
                unit /= 10
            }
            return milliseconds
        }

        /// Milliseconds by which the zone is ahead of UTC.
        mutating func offset() -> Int64? {
            if isAtEnd || skip("Z") || skip("z") { return 0 }
            let isAhead = skip("+")
            guard isAhead || skip("-"), let hour = number(digits: 2), hour < 24 else { return nil }
            _ = skip(":")
            guard let minute = number(digits: 2), minute < 60 else { return nil }
            return (hour * 60 + minute) * (isAhead ? 60_000 : -60_000)
        }

        private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    }

    private struct Moment {
        let year: Int64
        let month: Int64
        let day: Int64
        /// Milliseconds since midnight.
        let rest: Int64

        /// The civil date of a day number, with years counted from March so that the leap day comes last.
        init(_ milliseconds: Int64) {
            var (days, rest) = milliseconds.quotientAndRemainder(dividingBy: 86_400_000)
            if rest < 0 {
                rest += 86_400_000
                days -= 1
            }
            self.rest = rest
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
