import OmniJSON

/// How long an upstream asks to be left alone, as far as the body of its error says so.
///
/// Many send no `retry-after`: Google has a detail for it, OpenAI and those that imitate it say it in words, and
/// subscriptions name the time at which their allowance is renewed.
enum RetryHint {
    /// What is longer is no hint but a mistake.
    private static let limit = Duration.seconds(31 * 86400)

    /// The span of a text such as `33s`, `1.5s`, `1m2.5s` or `20 seconds`, from its beginning.
    /// - Returns: nil when it begins with no number that has a unit of time, or is longer than a month.
    static func span(_ text: some StringProtocol) -> Duration? {
        var bytes = Array(text.utf8)[...]
        var nanoseconds: Int64 = 0
        var hasParts = false
        while let part = takePart(of: &bytes) {
            let (sum, overflows) = nanoseconds.addingReportingOverflow(part)
            guard !overflows else { return nil }
            nanoseconds = sum
            hasParts = true
        }
        return hasParts ? bounded(.nanoseconds(nanoseconds)) : nil
    }

    /// The span an error's words name: OpenAI's and Groq's "Please try again in 1m2.5s", Google's "Please retry in
    /// 33s", Azure's "Please retry after 20 seconds".
    static func inWords(_ message: String) -> Duration? {
        let words = message.lowercased()
        for phrase in ["try again in ", "retry in ", "retry after ", "try again after "] {
            var rest = words[...]
            while let found = rest.firstRange(of: phrase) {
                rest = rest[found.upperBound...]
                if let span = span(rest) { return span }
            }
        }
        return nil
    }

    /// The span until an allowance is renewed: `resets_in_seconds`, or `resets_at`, which is in seconds since 1970.
    /// - Parameter now: milliseconds since 1970; nil where there is no clock, and `resets_at` then says nothing.
    static func renewal(in error: JSONValue, now: Int64?) -> Duration? {
        if let seconds = error.present("resets_in_seconds")?.double { return span(seconds: seconds) }
        guard let now, let time = error.present("resets_at")?.double else { return nil }
        // A time that is past says nothing: clocks differ.
        let seconds = time - Double(now) / 1000
        return seconds > 0 ? span(seconds: seconds) : nil
    }

    /// The span of Google's `RetryInfo` among the details of an error.
    static func inDetails(_ details: [JSONValue]) -> Duration? {
        for detail in details {
            guard let type = detail["@type"]?.string, type.hasSuffix("google.rpc.RetryInfo"),
                let delay = detail["retryDelay"]?.string
            else { continue }
            return span(delay)
        }
        return nil
    }

    private static func span(seconds: Double) -> Duration? {
        // The bound comes first, for a number out of range cannot be converted.
        guard seconds >= 0, seconds <= 1e9 else { return nil }
        return bounded(.milliseconds(Int64((seconds * 1000).rounded(.up))))
    }

    private static func bounded(_ span: Duration) -> Duration? { span <= limit ? span : nil }

    /// Takes one number with its unit off the front.
    /// - Returns: nanoseconds.
    private static func takePart(of bytes: inout ArraySlice<UInt8>) -> Int64? {
        var rest = bytes.drop { $0 == UInt8(ascii: " ") }
        let whole = takeDigits(of: &rest)
        guard (1...9).contains(whole.count) else { return nil }
        var fraction: ArraySlice<UInt8> = []
        if rest.first == UInt8(ascii: ".") {
            var behind = rest.dropFirst()
            fraction = takeDigits(of: &behind)
            if !fraction.isEmpty { rest = behind }
        }
        rest = rest.drop { $0 == UInt8(ascii: " ") }
        let name = rest.prefix { $0 | 0x20 &- UInt8(ascii: "a") < 26 }
        guard let unit = unit(named: String(decoding: name, as: UTF8.self)) else { return nil }
        rest = rest.dropFirst(name.count)
        // Of the fraction nine digits matter, for there is nothing shorter than a nanosecond.
        var scale = unit
        let count = number(whole)
        guard count <= Int64(limit.components.seconds) * 1_000_000_000 / unit else { return nil }
        var nanoseconds = count * unit
        for digit in fraction.prefix(9) {
            scale /= 10
            nanoseconds += Int64(digit - UInt8(ascii: "0")) * scale
        }
        bytes = rest
        return nanoseconds
    }

    private static func takeDigits(of bytes: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let digits = bytes.prefix { $0 &- UInt8(ascii: "0") < 10 }
        bytes = bytes.dropFirst(digits.count)
        return digits
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64 {
        digits.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    }

    /// The nanoseconds of a unit as upstreams write it.
    private static func unit(named name: String) -> Int64? {
        switch name {
        case "ms", "millisecond", "milliseconds": 1_000_000
        case "s", "sec", "secs", "second", "seconds": 1_000_000_000
        case "m", "min", "mins", "minute", "minutes": 60_000_000_000
        case "h", "hr", "hrs", "hour", "hours": 3_600_000_000_000
        case "d", "day", "days": 86_400_000_000_000
        default: nil
        }
    }
}
