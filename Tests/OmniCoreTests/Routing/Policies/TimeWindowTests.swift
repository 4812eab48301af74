import OmniCore
import Testing

@Suite struct TimeWindowTests {
    private static func wall(_ text: String) throws -> Int64 { try #require(ISOTime.milliseconds(from: text)) }

    @Test(
        arguments: [
            // 2026-02-25 is a Wednesday.
            (TimeWindow(), "2026-02-25T00:00Z", true), (TimeWindow(), "2026-02-25T23:59Z", true),
            (TimeWindow(weekdays: [3], start: 540, end: 1020), "2026-02-25T09:00Z", true),
            (TimeWindow(weekdays: [3], start: 540, end: 1020), "2026-02-25T08:59Z", false),
            (TimeWindow(weekdays: [3], start: 540, end: 1020), "2026-02-25T17:00Z", false),
            (TimeWindow(weekdays: [3], start: 540, end: 1020), "2026-02-26T09:00Z", false),
            (TimeWindow(weekdays: [0, 6]), "2026-02-28T12:00Z", true),
            (TimeWindow(weekdays: [0, 6]), "2026-03-01T12:00Z", true),
            (TimeWindow(weekdays: [0, 6]), "2026-03-02T00:00Z", false),
            // From Friday evening into Saturday morning.
            (TimeWindow(weekdays: [5], start: 1320, end: 360), "2026-02-27T22:00Z", true),
            (TimeWindow(weekdays: [5], start: 1320, end: 360), "2026-02-28T05:59Z", true),
            (TimeWindow(weekdays: [5], start: 1320, end: 360), "2026-02-28T06:00Z", false),
            (TimeWindow(weekdays: [5], start: 1320, end: 360), "2026-02-28T22:00Z", false),
            (TimeWindow(weekdays: [5], start: 1320, end: 360), "2026-02-27T05:00Z", false),
            // Equal ends are a whole day.
            (TimeWindow(weekdays: [3], start: 600, end: 600), "2026-02-26T09:59Z", true),
            (TimeWindow(weekdays: [3], start: 600, end: 600), "2026-02-25T09:59Z", false),
            // Nine in the morning of Tokyo is midnight in UTC.
            (TimeWindow(weekdays: [3], start: 540, end: 600, zoneOffset: 540), "2026-02-25T00:30Z", true),
            (TimeWindow(weekdays: [3], start: 540, end: 600, zoneOffset: 540), "2026-02-25T09:30Z", false),
            (TimeWindow(weekdays: [2], start: 1380, end: 1440, zoneOffset: -60), "2026-02-25T00:30Z", true),
            // Before 1970, and a Thursday.
            (TimeWindow(weekdays: [4]), "1970-01-01T00:00Z", true),
            (TimeWindow(weekdays: [3]), "1969-12-31T23:59Z", true),
        ] as [(TimeWindow, String, Bool)])
    func opens(window: TimeWindow, time: String, expected: Bool) throws {
        #expect(window.isOpen(at: try Self.wall(time)) == expected)
    }

    @Test func absurdTimesDoNotTrap() {
        for wall in [Int64.min, .max] { _ = TimeWindow(weekdays: [1], zoneOffset: .max / 2).isOpen(at: wall) }
        #expect(TimeWindow().isOpen(at: .max))
    }
}
