import Testing

@testable import OmniCore

@Suite struct ResetHintsTests {
    /// 1994-11-06T08:49:37Z, the date of the examples in RFC 9110.
    private static let example: Int64 = 784_111_777_000

    @Test(
        arguments: [
            ("0", 0), ("20", 20), ("1.2", 2), ("0.001", 1), ("99999999999999999999", 34_560_000),
            ("-5", nil), ("", nil), ("soon", nil), ("nan", nil), ("inf", nil), ("-inf", nil), ("20 seconds", nil),
            (nil, nil),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 0), ("Sun, 06 Nov 1994 08:49:57 GMT", 20),
            ("Mon, 07 Nov 1994 08:49:37 GMT", 86400),
            ("Sun, 06 Nov 1994 08:49:36 GMT", 0), ("Sat, 01 Jan 1994 00:00:00 GMT", 0),
            ("Sun, 31 Dec 1995 08:49:37 GMT", 34_560_000),
            ("Sun, 06 Nov 1994 08:49:37 CET", nil), ("Sun, 06 Nox 1994 08:49:37 GMT", nil),
            ("Sun, 06 Nov 1994 08:49 GMT", nil),
            ("Sunday, 06-Nov-94 08:49:37 GMT", nil), ("Sun, xx Nov 1994 08:49:37 GMT", nil),
        ] as [(String?, Int?)])
    func readsRetryAfter(value: String?, expected: Int?) {
        #expect(ResetHints.retryAfterSeconds(value, now: Self.example) == expected)
    }

    @Test func aFractionOfASecondIsRoundedUp() {
        #expect(ResetHints.retryAfterSeconds("Sun, 06 Nov 1994 08:49:38 GMT", now: Self.example + 1) == 1)
    }

    @Test(arguments: [("Thu, 29 Feb 1996 08:49:37 GMT", 825_583_777), ("Thu, 01 Jan 1970 00:00:00 GMT", 0)])
    func leapDaysCount(value: String, expected: Int64) {
        #expect(HTTPDate.seconds(value) == expected)
    }

    /// Whatever an upstream's header holds, the process lives; run apart, so that a trap shows as a failure.
    @Test func absurdValuesDoNotEndTheProcess() async {
        await #expect(processExitsWith: .success) {
            let values = [
                "Sun, 06 Nov 999999999999999999 08:49:37 GMT", "Sun, 9223372036854775807 Nov 1994 08:49:37 GMT",
                "Sun, 06 Nov 1994 9223372036854775807:49:37 GMT", "Sun, -9223372036854775808 Jan 0 0:0:0 GMT",
                "Sun, 06 Nov 9223372036854775807 08:49:37 GMT", "Sun, 06 Nov 1994 08:9223372036854775807:37 GMT",
                String(repeating: "9", count: 400), "9223372036854775807h", "1e400", ".", "..s", "9999-12-31T23:59:59Z",
            ]
            for value in values {
                for now in [Int64.min, 0, .max] {
                    _ = ResetTime.retryAfter(value, now: now)
                    _ = ResetTime.reset(value, now: now)
                    _ = ResetTime.milliseconds(value)
                }
            }
        }
    }

    /// In milliseconds.
    @Test(
        arguments: [
            ("2m59.56s", 179_560), ("7.66s", 7660), ("1h2m3s4ms", 3_723_004), ("6m0s", 360_000), ("350ms", 350),
            ("1d", 86_400_000), ("30", 30000), ("0", 0), ("0.5", 500), ("784111797", 784_111_797_000 / 1),
            ("1000000000", 215_888_223_000), ("784111797000", 20000), ("1994-11-06T08:50:37Z", 60000),
            ("1994-11-06T09:50:37+01:00", 60000), ("1994-11-06T08:49:00Z", 0), ("Sun, 06 Nov 1994 08:49:57 GMT", 20000),
            ("soon", nil), ("", nil), ("5x", nil), ("m", nil), ("-5s", nil), ("1h2", nil),
        ] as [(String, UInt64?)])
    func readsResets(value: String, expected: UInt64?) {
        let longest = ResetTime.longest / 1_000_000
        let read = ResetTime.reset(value, now: Self.example).map { $0 / 1_000_000 }
        #expect(read == expected.map { min($0, longest) })
    }

    struct Case: CustomTestStringConvertible {
        var name: String
        var headers: [(name: String, value: String)]
        /// Seconds.
        var wait: UInt64?
        var body: UInt64?
        var isRateLimit = true
        var testDescription: String { name }
    }

    @Test(arguments: [
        Case(name: "nothing", headers: [("content-type", "text/plain")], wait: nil),
        Case(name: "seconds", headers: [("retry-after", "20")], wait: 20),
        Case(name: "milliseconds win", headers: [("retry-after", "20"), ("retry-after-ms", "3000")], wait: 3),
        Case(name: "in any order", headers: [("retry-after-ms", "3000"), ("retry-after", "20")], wait: 3),
        Case(name: "unreadable", headers: [("retry-after", "soon")], wait: nil),
        Case(name: "the body", headers: [("x-ratelimit-reset", "9")], wait: 4, body: 4),
        Case(name: "headers before the body", headers: [("retry-after", "20")], wait: 20, body: 4),
        Case(
            name: "the exhausted allowance",
            headers: [
                ("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "12s"),
                ("x-ratelimit-remaining-tokens", "500"), ("x-ratelimit-reset-tokens", "6m0s"),
            ], wait: 12),
        Case(
            name: "both exhausted",
            headers: [
                ("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "12s"),
                ("x-ratelimit-remaining-tokens", "0"), ("x-ratelimit-reset-tokens", "6m0s"),
            ], wait: 360),
        Case(
            name: "one reset for one allowance",
            headers: [
                ("x-ratelimit-limit", "50"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "784111837000"),
            ],
            wait: 60),
        Case(
            name: "none exhausted",
            headers: [("x-ratelimit-remaining-requests", "5"), ("x-ratelimit-reset-requests", "12s")], wait: nil),
        Case(
            name: "Anthropic's input tokens",
            headers: [
                ("anthropic-ratelimit-input-tokens-remaining", "0"),
                ("anthropic-ratelimit-input-tokens-reset", "1994-11-06T08:50:07Z"),
            ], wait: 30),
        Case(name: "a window of a subscription", headers: [("anthropic-ratelimit-unified-reset", "3600")], wait: 3600),
        Case(
            name: "allowances say nothing of a 503", headers: [("x-ratelimit-reset", "9")], wait: nil,
            isRateLimit: false),
        Case(name: "a 503 may say when", headers: [("retry-after", "9")], wait: 9, isRateLimit: false),
    ])
    func theBestSourceDecides(_ expected: Case) {
        let hints = ResetHints(headers: expected.headers, now: Self.example)
        let wait = hints.wait(isRateLimit: expected.isRateLimit, body: expected.body.map { $0 * 1_000_000_000 })
        #expect(wait.map { $0 / 1_000_000_000 } == expected.wait)
    }

    @Test func allowancesAreRead() {
        let headers: [(name: String, value: String)] = [
            ("x-ratelimit-limit-requests", "60"), ("x-ratelimit-remaining-requests", "59"),
            ("x-ratelimit-reset-requests", "1s"), ("x-ratelimit-limit-tokens", "150000"),
            ("x-ratelimit-remaining-tokens", "149984"), ("x-ratelimit-reset-tokens", "6m0s"),
        ]
        let hints = ResetHints(headers: headers, now: 0)
        #expect(hints.requests == .init(limit: 60, remaining: 59, reset: 1_000_000_000))
        #expect(hints.tokens == .init(limit: 150_000, remaining: 149_984, reset: 360_000_000_000))
        #expect(hints.hasAllowances)
    }
}
