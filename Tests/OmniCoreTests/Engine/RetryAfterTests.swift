import Testing

@testable import OmniCore

@Suite struct RetryAfterTests {
    /// 1994-11-06T08:49:37Z, the date of the examples in RFC 9110.
    private static let example: Int64 = 784_111_777_000

    @Test(
        arguments: [
            ("0", 0), ("20", 20), ("1.2", 2), ("0.001", 1), ("99999999999999999999", 1_000_000_000),
            ("-5", nil), ("", nil), ("soon", nil), ("nan", nil), ("inf", nil), ("-inf", nil), ("20 seconds", nil),
            (nil, nil),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 0), ("Sun, 06 Nov 1994 08:49:57 GMT", 20),
            ("Mon, 07 Nov 1994 08:49:37 GMT", 86400),
            ("Sun, 06 Nov 1994 08:49:36 GMT", 0), ("Sat, 01 Jan 1994 00:00:00 GMT", 0),
            ("Thu, 29 Feb 1996 08:49:37 GMT", 41_472_000),
            ("Sun, 06 Nov 1994 08:49:37 CET", nil), ("Sun, 06 Nox 1994 08:49:37 GMT", nil),
            ("Sun, 06 Nov 1994 08:49 GMT", nil),
            ("Sunday, 06-Nov-94 08:49:37 GMT", nil), ("Sun, xx Nov 1994 08:49:37 GMT", nil),
        ] as [(String?, Int?)])
    func reads(value: String?, expected: Int?) {
        #expect(RetryAfter.seconds(value, now: Self.example) == expected)
    }

    @Test func aFractionOfASecondIsRoundedUp() {
        #expect(RetryAfter.seconds("Sun, 06 Nov 1994 08:49:38 GMT", now: Self.example + 1) == 1)
    }

    /// Whatever an upstream's header holds, the process lives; run apart, so that a trap shows as a failure.
    @Test func absurdDatesDoNotEndTheProcess() async {
        await #expect(processExitsWith: .success) {
            let values = [
                "Sun, 06 Nov 999999999999999999 08:49:37 GMT", "Sun, 9223372036854775807 Nov 1994 08:49:37 GMT",
                "Sun, 06 Nov 1994 9223372036854775807:49:37 GMT", "Sun, -9223372036854775808 Jan 0 0:0:0 GMT",
                "Sun, 06 Nov 9223372036854775807 08:49:37 GMT", "Sun, 06 Nov 1994 08:9223372036854775807:37 GMT",
            ]
            for value in values { _ = RetryAfter.seconds(value, now: 0) }
        }
    }
}
