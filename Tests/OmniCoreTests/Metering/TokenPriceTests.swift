import OmniCore
import Testing

@Suite struct TokenPriceTests {
    private func price() throws -> TokenPrice {
        try #require(TokenPrice(PriceRow(input: 2.5, output: 10, cached: 0.0375, cacheCreation: 3.125)))
    }

    @Test("the five kinds are charged apart, reasoning as output where it has no price of its own")
    func kinds() throws {
        let cost = try price().cost(
            input: 1_000_000, cacheRead: 2_000_000, cacheWrite: 1_000_000, output: 100_000, reasoning: 50_000)
        #expect(cost == NanoDollars(dollars: 2.5 + 0.075 + 3.125 + 1 + 0.5))
    }

    @Test("a cost is rounded once, half up")
    func rounding() throws {
        let price = try price()
        // 37.5 billionths a token.
        #expect(price.cost(input: 0, cacheRead: 1, cacheWrite: 0, output: 0, reasoning: 0) == NanoDollars(38))
        #expect(price.cost(input: 0, cacheRead: 2, cacheWrite: 0, output: 0, reasoning: 0) == NanoDollars(75))
    }

    @Test("without a price for what was used the cost is unknown; for what was not used it does not matter")
    func unknown() throws {
        let inputOnly = try #require(TokenPrice(PriceRow(input: 0.02)))
        #expect(inputOnly.cost(input: 1000, cacheRead: 0, cacheWrite: 0, output: 1, reasoning: 0) == nil)
        #expect(
            inputOnly.cost(input: 1000, cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0) == NanoDollars(20_000))
        #expect(TokenPrice(PriceRow()) == nil)
    }

    @Test("free is a price")
    func free() throws {
        let free = try #require(TokenPrice(PriceRow(input: 0, output: 0)))
        #expect(free.cost(input: 5, cacheRead: 5, cacheWrite: 5, output: 5, reasoning: 5) == .zero)
    }

    @Test("no count is large enough to overflow")
    func saturation() throws {
        let dear = try #require(TokenPrice(PriceRow(input: 9_000_000_000)))
        #expect(
            dear.cost(input: .max, cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0) == NanoDollars(Int64.max))
        #expect(NanoDollars(.max) + NanoDollars(1) == NanoDollars(.max))
        #expect(NanoDollars(dollars: .infinity) == nil)
    }
}
