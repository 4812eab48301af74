/// Counts of milliseconds from which quantiles can be told, exact below 16 and to an eighth above.
///
/// Each doubling has eight buckets; what takes longer than two hours counts as two hours.
struct SpreadHistogram: Sendable {
    private static let bucketCount = 16 + 8 * 19

    private(set) var count = 0
    private var sum = 0
    private var buckets = [UInt32](repeating: 0, count: SpreadHistogram.bucketCount)

    var average: Int { count == 0 ? 0 : sum / count }

    mutating func add(_ milliseconds: Int) {
        let value = max(0, milliseconds)
        buckets[Self.bucket(of: value)] &+= 1
        count += 1
        sum += min(value, 1 << 23)
    }

    mutating func add(_ other: SpreadHistogram) {
        for index in buckets.indices { buckets[index] &+= other.buckets[index] }
        count += other.count
        sum += other.sum
    }

    /// The largest value of the bucket that holds the quantile; 0 when nothing was counted.
    /// - Parameter share: between 0 and 1.
    func quantile(_ share: Double) -> Int {
        guard count > 0 else { return 0 }
        let rank = max(1, Int((share * Double(count)).rounded(.up)))
        var seen = 0
        for (index, number) in buckets.enumerated() {
            seen += Int(number)
            if seen >= rank { return Self.upperEnd(ofBucket: index) }
        }
        return Self.upperEnd(ofBucket: buckets.count - 1)
    }

    static func bucket(of value: Int) -> Int {
        guard value >= 16 else { return value }
        let exponent = Int.bitWidth - 1 - value.leadingZeroBitCount
        return min(bucketCount - 1, 16 + (exponent - 4) * 8 + (value >> (exponent - 3)) & 7)
    }

    static func upperEnd(ofBucket index: Int) -> Int {
        guard index >= 16 else { return index }
        let (octave, part) = (index - 16).quotientAndRemainder(dividingBy: 8)
        return ((9 + part) << (octave + 1)) - 1
    }
}
