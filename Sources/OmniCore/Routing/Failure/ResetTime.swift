/// Reads how long to wait from the forms upstreams write it in.
enum ResetTime {
    /// No wait is believed to be longer: 400 days.
    static let longest: UInt64 = 400 * 86400 * 1_000_000_000

    /// `Retry-After`: seconds, also with a fraction, or an HTTP date.
    /// - Parameter now: milliseconds since 1970. - Returns: nanoseconds; nil when unreadable.
    static func retryAfter(_ value: String, now: Int64) -> UInt64? {
        if let seconds = decimal(value) { return nanoseconds(seconds) }
        return HTTPDate.seconds(value).map { until(milliseconds: $0 * 1000, now: now) }
    }

    /// `retry-after-ms`.
    static func milliseconds(_ value: String) -> UInt64? { decimal(value).flatMap { nanoseconds($0 / 1000) } }

    /// A reset in any form: `30`, `1700000000`, `1700000000000`, `2m59.56s`, `350ms`, RFC 3339 or an HTTP date.
    ///
    /// Plain numbers are seconds, unless they are so large that only a time since 1970 can be meant.
    static func reset(_ value: String, now: Int64) -> UInt64? {
        if let number = decimal(value) {
            if number >= 1e11 { return until(milliseconds: Int64(min(number, 1e15)), now: now) }
            if number >= 1e9 { return until(milliseconds: Int64(number * 1000), now: now) }
            return nanoseconds(number)
        }
        if let nanoseconds = duration(value) { return nanoseconds }
        if let moment = ISOTime.milliseconds(from: value) { return until(milliseconds: moment, now: now) }
        return HTTPDate.seconds(value).map { until(milliseconds: $0 * 1000, now: now) }
    }

    /// A duration of numbers with units, such as `1h2m3s4ms`, `7.66s`, `6m0s` or `1d`.
    static func duration(_ value: String) -> UInt64? {
        var total = 0.0
        var rest = Substring(value).utf8
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { (0x61...0x7A).contains($0 | 0x20) }
            rest = rest.dropFirst(unit.count)
            guard let number = decimal(String(Substring(digits))) else { return nil }
            switch String(Substring(unit)).lowercased() {
            case "d": total += number * 86400
            case "h": total += number * 3600
            case "m", "min": total += number * 60
            case "s", "sec": total += number
            case "ms": total += number / 1000
            case "us": total += number / 1_000_000
            case "ns": total += number / 1_000_000_000
            default: return nil
            }
        }
        return nanoseconds(total)
    }

    /// A number without sign, exponent or word such as `nan`.
    private static func decimal(_ value: String) -> Double? {
        guard !value.isEmpty, value.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }) else {
            return nil
        }
        return Double(value).flatMap { $0.isFinite ? $0 : nil }
    }

    private static func nanoseconds(_ seconds: Double) -> UInt64? {
        guard seconds.isFinite, seconds >= 0 else { return nil }
        let longest = Double(longest)
        return UInt64(min(seconds * 1e9, longest))
    }

    private static func until(milliseconds: Int64, now: Int64) -> UInt64 {
        let (wait, overflow) = milliseconds.subtractingReportingOverflow(now)
        guard !overflow, wait > 0 else { return 0 }
        return min(UInt64(wait).multipliedReportingOverflow(by: 1_000_000).partialValue, longest)
    }
}
