import OmniCore
import Testing

@Suite struct ISOTimeTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1, "1970-01-01T00:00:00.001Z"), (86_399_999, "1970-01-01T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"), (951_868_800_000, "2000-03-01T00:00:00.000Z"),
            (1_709_164_800_000, "2024-02-29T00:00:00.000Z"), (1_735_689_599_999, "2024-12-31T23:59:59.999Z"),
            (1_735_689_600_000, "2025-01-01T00:00:00.000Z"), (1_772_013_600_000, "2026-02-25T10:00:00.000Z"),
            // 2100 is no leap year.
            (4_107_542_399_000, "2100-02-28T23:59:59.000Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (-1, "1969-12-31T23:59:59.999Z"), (-86_400_000, "1969-12-31T00:00:00.000Z"),
        ] as [(Int64, String)])
    func writesUTC(milliseconds: Int64, expected: String) {
        #expect(ISOTime.string(milliseconds) == expected)
    }

    @Test func textSortsAsTimeDoes() {
        let times = stride(from: Int64(0), to: 4_200_000_000_000, by: 86_400_000 * 13 + 12_345).map(ISOTime.string)
        #expect(times == times.sorted())
        #expect(times.allSatisfy { $0.utf8.count == 24 })
    }
}
