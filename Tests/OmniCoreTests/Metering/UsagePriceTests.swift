import OmniTranslate
import Testing

@testable import OmniCore

/// What requests cost that are billed by more than tokens.
@Suite struct UsagePriceTests {
    private static func price(_ set: (inout PriceRow) -> Void) throws -> UsagePrice {
        var row = PriceRow()
        set(&row)
        return try #require(UsagePrice(row))
    }

    private static let tokens: Usage = {
        var usage = Usage()
        usage.input = 1_000_000
        usage.output = 1_000_000
        return usage
    }()

    @Test(
        arguments: [
            (nil, 0.04), ("hd/1792x1024", 0.12), ("standard/1024x1024", 0.05), ("1024x1024", 0.05),
            ("hd/512x512", 0.04), ("auto", 0.04),
        ] as [(String?, Double)])
    func imagesBySizeAndQuality(variant: String?, dollars: Double) throws {
        let price = try Self.price {
            $0.image = 0.04
            $0.images = ["hd/1792x1024": 0.12, "1024x1024": 0.05]
        }
        let billed = BilledQuantity(.image, count: 3, variant: variant)
        #expect(price.cost(of: Usage(), billed: billed) == NanoDollars(dollars: dollars * 3))
    }

    @Test func partsOfSecondsAndFewCharactersAreRoundedOnce() throws {
        let price = try Self.price {
            $0.audioSecond = 0.0001
            $0.characters = 15
            $0.search = 0.002
        }
        #expect(price.cost(of: Usage(), billed: BilledQuantity(.second, thousandths: 1500)) == NanoDollars(150_000))
        // 15,000 billionths a character.
        #expect(price.cost(of: Usage(), billed: BilledQuantity(.character, count: 7)) == NanoDollars(105_000))
        #expect(price.cost(of: Usage(), billed: BilledQuantity(.search, count: 2)) == NanoDollars(4_000_000))
    }

    @Test func whatHasItsOwnPriceIsNotChargedByTokensToo() throws {
        let both = try Self.price {
            $0.input = 1
            $0.output = 2
            $0.image = 0.04
        }
        #expect(both.cost(of: Self.tokens, billed: BilledQuantity(.image, count: 1)) == NanoDollars(dollars: 0.04))
        #expect(both.cost(of: Self.tokens, billed: nil) == NanoDollars(dollars: 3))
        #expect(both.cost(of: Self.tokens, billed: BilledQuantity(.second, count: 1)) == NanoDollars(dollars: 3))
    }

    @Test func whatHasNoPriceIsUnknown() throws {
        let tokens = try Self.price { $0.input = 1 }
        #expect(tokens.cost(of: Usage(), billed: BilledQuantity(.image, count: 1)) == nil)
        let image = try Self.price { $0.image = 0.04 }
        #expect(image.cost(of: Self.tokens, billed: nil) == nil)
        #expect(UsagePrice(PriceRow()) == nil)
    }

    @Test func aPriceOfRequestsIsAddedOrStandsAlone() throws {
        let alone = try Self.price { $0.request = 0.005 }
        #expect(alone.cost(of: Self.tokens, billed: nil) == NanoDollars(dollars: 0.005))
        let added = try Self.price {
            $0.input = 1
            $0.output = 1
            $0.request = 0.005
        }
        #expect(added.cost(of: Self.tokens, billed: nil) == NanoDollars(dollars: 2.005))
        let unknown = try Self.price {
            $0.input = 1
            $0.request = 0.005
        }
        #expect(unknown.cost(of: Self.tokens, billed: nil) == nil)
    }

    @Test func noQuantityIsLargeEnoughToOverflow() throws {
        let dear = try Self.price { $0.search = 1_000_000 }
        let billed = BilledQuantity(.search, count: .max)
        #expect(billed.thousandths == .max)
        #expect(dear.cost(of: Usage(), billed: billed) == NanoDollars(.max))
        #expect(BilledQuantity(.image, count: -1).thousandths == 0)
    }
}
