/// An amount of money in billionths of a US dollar.
///
/// Whole numbers, because sums of many small costs must be exact. Sums saturate at the bounds of the type, nine billion
/// dollars.
public struct NanoDollars: Sendable, Hashable, Comparable {
    public var value: Int64

    public init(_ value: Int64) { self.value = value }

    /// Rounded to the nearest billionth; nil for what is no amount: infinite, not a number, beyond the type.
    public init?(dollars: Double) {
        let billionths = (dollars * 1e9).rounded()
        guard billionths.isFinite, let value = Int64(exactly: billionths) else { return nil }
        self.value = value
    }

    public static let zero = NanoDollars(0)

    public var dollars: Double { Double(value) / 1e9 }

    public static func < (left: NanoDollars, right: NanoDollars) -> Bool { left.value < right.value }

    public static func + (left: NanoDollars, right: NanoDollars) -> NanoDollars {
        let (sum, isOverflow) = left.value.addingReportingOverflow(right.value)
        return NanoDollars(isOverflow ? (left.value < 0 ? .min : .max) : sum)
    }

    public static func - (left: NanoDollars, right: NanoDollars) -> NanoDollars {
        let (difference, isOverflow) = left.value.subtractingReportingOverflow(right.value)
        return NanoDollars(isOverflow ? (left.value < 0 ? .min : .max) : difference)
    }

    public static func += (left: inout NanoDollars, right: NanoDollars) { left = left + right }

    public static func -= (left: inout NanoDollars, right: NanoDollars) { left = left - right }
}
