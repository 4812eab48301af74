import Testing

@testable import OmniStore

/// Periods taken apart: every moment of them once, as much as can be by days.
@Suite struct UsageSpanTests {
    private static let hour: Int64 = 3_600_000

    private static func pieces(_ span: UsageSpan) -> [Range<Int64>] {
        let days = span.days.isEmpty ? [] : [span.days.lowerBound * 24 * hour..<span.days.upperBound * 24 * hour]
        let hours = span.hours.map { $0.lowerBound * hour..<$0.upperBound * hour }
        return (days + hours + span.rest).sorted { $0.lowerBound < $1.lowerBound }
    }

    @Test func coversEachMomentOnce() {
        var random = SystemRandomNumberGenerator()
        let units: [Int64] = [1, Self.hour, 24 * Self.hour]
        for _ in 0..<2000 {
            // Ends on whole hours and days must come up too.
            let unit = units[Int.random(in: 0..<units.count, using: &random)]
            let from = Int64.random(in: 0..<Self.hour * 100, using: &random) / unit * unit
            let to = from + max(1, Int64.random(in: 1..<Self.hour * 100, using: &random) / unit) * unit
            let span = UsageSpan(from: from, to: to)
            let pieces = Self.pieces(span)
            #expect(pieces.first?.lowerBound == from && pieces.last?.upperBound == to)
            for (left, right) in zip(pieces, pieces.dropFirst()) { #expect(left.upperBound == right.lowerBound) }
            #expect(span.rest.allSatisfy { $0.count < Self.hour })
        }
    }

    @Test func aYearIsDays() {
        let day = 24 * Self.hour
        let span = UsageSpan(from: 10 * day, to: 375 * day)
        #expect(span.days == 10..<375 && span.hours.isEmpty && span.rest.isEmpty)
        #expect(UsageSpan(from: nil, to: nil).hours.isEmpty && UsageSpan(from: nil, to: nil).rest.isEmpty)
    }

    @Test func hoursWithLostRequestsAreTakenWhole() {
        let span = UsageSpan(from: Self.hour + 5, to: 3 * Self.hour + 5, incompleteBefore: 2 * Self.hour)
        #expect(span.hours == [1..<3] && span.rest == [3 * Self.hour..<3 * Self.hour + 5])
        #expect(UsageSpan(from: 5, to: 10, incompleteBefore: 1).hours == [0..<1])
        #expect(UsageSpan(from: 5, to: 10, incompleteBefore: 0).rest == [5..<10])
    }
}
