import OmniJSON

/// `created_at`: times as RFC 3339 writes them, without a calendar library.
enum OllamaTime {
    /// - Parameter seconds: since 1970; negative ones count as 1970.
    /// - Returns: `2026-09-21T10:00:00.000000000Z`, which needs no escaping in JSON.
    static func text(ofSeconds seconds: Int) -> JSONText {
        let seconds = min(max(0, seconds), 253_402_300_799)
        let (year, month, day) = date(ofDay: seconds / 86400)
        let time = seconds % 86400
        var bytes: [UInt8] = []
        bytes.reserveCapacity(30)
        append(year, digits: 4, to: &bytes)
        for (separator, value) in [
            ("-", month), ("-", day), ("T", time / 3600), (":", time / 60 % 60), (":", time % 60),
        ] as [(StaticString, Int)] {
            bytes.write(separator)
            append(value, digits: 2, to: &bytes)
        }
        bytes.write(".000000000Z")
        return JSONText(escaped: bytes[...])
    }

    /// - Returns: whole seconds since 1970; nil for what is no RFC 3339 time or lies before 1970.
    static func seconds(in text: JSONText) -> Int? {
        let bytes = Array(text.escaped)
        guard bytes.count >= 20, let year = number(bytes[0..<4]), let month = number(bytes[5..<7]),
            let day = number(bytes[8..<10]), let hour = number(bytes[11..<13]), let minute = number(bytes[14..<16]),
            let second = number(bytes[17..<19]), (1...12).contains(month), (1...31).contains(day), year >= 1970
        else { return nil }
        guard let offset = offset(in: bytes[19...]) else { return nil }
        let seconds = self.day(of: year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset
        return seconds >= 0 ? seconds : nil
    }

    /// What stands after the seconds: a fraction, which is skipped, and `Z` or `+hh:mm`.
    private static func offset(in rest: ArraySlice<UInt8>) -> Int? {
        var rest = rest
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            while let digit = rest.first, digit &- UInt8(ascii: "0") < 10 { rest = rest.dropFirst() }
        }
        if rest.count == 1 { return rest.first == UInt8(ascii: "Z") || rest.first == UInt8(ascii: "z") ? 0 : nil }
        guard rest.count == 6, let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"),
            let hours = number(rest.dropFirst().prefix(2)), let minutes = number(rest.suffix(2))
        else { return nil }
        let offset = hours * 3600 + minutes * 60
        return sign == UInt8(ascii: "+") ? offset : -offset
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        var value = 0
        for byte in digits {
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value * 10 + Int(digit)
        }
        return value
    }

    private static func append(_ value: Int, digits: Int, to bytes: inout [UInt8]) {
        var divisor = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }

    // MARK: Gregorian calendar

    private static func isLeap(_ year: Int) -> Bool {
        year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
    }

    /// Days before the first of January, counted from 1970.
    private static func firstDay(of year: Int) -> Int {
        let before = year - 1
        return 365 * (year - 1970) + (before / 4 - before / 100 + before / 400) - 477
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func day(of year: Int, _ month: Int, _ day: Int) -> Int {
        var days = firstDay(of: year)
        for earlier in 1..<month { days += Self.days(in: earlier, of: year) }
        return days + day - 1
    }

    private static func date(ofDay day: Int) -> (year: Int, month: Int, day: Int) {
        // 146,097 days in 400 years: never a year too late, so one look ahead finds it.
        var year = 1970 + day * 400 / 146_097
        while firstDay(of: year) > day { year -= 1 }
        while firstDay(of: year + 1) <= day { year += 1 }
        var rest = day - firstDay(of: year)
        var month = 1
        while rest >= days(in: month, of: year) {
            rest -= days(in: month, of: year)
            month += 1
        }
        return (year, month, rest + 1)
    }
}
