/// What a model's tokens cost, each kind in billionths of a dollar for a million tokens; nil is unknown.
public struct TokenPrice: Sendable, Hashable {
    public var input: Int64?
    public var cacheRead: Int64?
    public var cacheWrite: Int64?
    public var output: Int64?
    public var reasoning: Int64?

    /// - Returns: nil when no kind has a price.
    public init?(_ row: PriceRow) {
        guard row.hasTokenPrice else { return nil }
        input = Self.whole(row.input)
        cacheRead = Self.whole(row.cached ?? row.input)
        cacheWrite = Self.whole(row.cacheCreation ?? row.input)
        output = Self.whole(row.output)
        reasoning = Self.whole(row.reasoning ?? row.output)
    }

    private static func whole(_ dollars: Double?) -> Int64? { dollars.flatMap { NanoDollars(dollars: $0)?.value } }

    /// The cost of five disjoint counts, rounded once, half up.
    ///
    /// - Returns: nil when tokens of a kind without a price were used: unknown is something else than free.
    public func cost(input: Int, cacheRead: Int, cacheWrite: Int, output: Int, reasoning: Int) -> NanoDollars? {
        var sum: Int128 = 0
        func add(_ count: Int, _ price: Int64?) -> Bool {
            guard count > 0 else { return true }
            guard let price else { return false }
            sum += Int128(count) * Int128(price)
            return true
        }
        guard add(input, self.input), add(cacheRead, self.cacheRead), add(cacheWrite, self.cacheWrite),
            add(output, self.output), add(reasoning, self.reasoning)
        else { return nil }
        return NanoDollars(Int64(clamping: (sum + 500_000) / 1_000_000))
    }
}
