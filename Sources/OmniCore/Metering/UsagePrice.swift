import OmniTranslate

/// What a model costs, by whatever it is billed: tokens, other units, or requests.
///
/// A quantity that has a price of its own is charged by it alone: providers that bill an image also count its tokens, and
/// both together would be twice the price.
public struct UsagePrice: Sendable, Hashable {
    private var tokens: TokenPrice?
    /// In billionths of a dollar: for an image, a second and a search each, and for a million characters.
    private var image: Int64?
    private var images: [String: Int64] = [:]
    private var second: Int64?
    private var characters: Int64?
    private var search: Int64?
    private var request: NanoDollars?

    /// - Returns: nil when nothing has a price.
    public init?(_ row: PriceRow) {
        guard !row.isEmpty else { return nil }
        func whole(_ dollars: Double?) -> Int64? { dollars.flatMap { NanoDollars(dollars: $0)?.value } }
        tokens = TokenPrice(row)
        image = whole(row.image)
        images = row.images.compactMapValues { whole($0) }
        second = whole(row.audioSecond)
        characters = whole(row.characters)
        search = whole(row.search)
        request = row.request.flatMap { NanoDollars(dollars: $0) }
    }

    /// The cost of what a record says was used.
    ///
    /// - Returns: nil when something was used that has no price: unknown is something else than free.
    public func cost(of record: UsageRecord) -> NanoDollars? {
        var usage = Usage()
        usage.input = record.inputTokens
        usage.cacheRead = record.cacheReadTokens
        usage.cacheWrite = record.cacheWriteTokens
        usage.output = record.outputTokens
        usage.reasoning = record.reasoningTokens
        return cost(of: usage, billed: record.billed)
    }

    public func cost(of usage: Usage, billed: BilledQuantity?) -> NanoDollars? {
        guard let used = costOfUse(usage, billed: billed) else { return isByRequestOnly ? request : nil }
        return used + (request ?? .zero)
    }

    private func costOfUse(_ usage: Usage, billed: BilledQuantity?) -> NanoDollars? {
        if let billed, let price = price(of: billed) {
            let unit: Int128 = billed.unit == .character ? 1_000_000_000 : 1000
            return NanoDollars(
                Int64(clamping: (Int128(billed.thousandths) * Int128(price) + unit / 2) / unit))
        }
        let isCounted = usage.input + usage.cacheRead + usage.cacheWrite + usage.output + usage.reasoning > 0
        guard isCounted || billed == nil else { return nil }
        return tokens?.cost(
            input: usage.input, cacheRead: usage.cacheRead, cacheWrite: usage.cacheWrite, output: usage.output,
            reasoning: usage.reasoning)
    }

    private var isByRequestOnly: Bool {
        tokens == nil && image == nil && images.isEmpty && second == nil && characters == nil && search == nil
    }

    private func price(of billed: BilledQuantity) -> Int64? {
        switch billed.unit {
        case .image: price(ofImage: billed.variant)
        case .second: second
        case .character: characters
        case .search: search
        }
    }

    /// `hd/1024x1024` before `1024x1024` before any image.
    private func price(ofImage variant: String?) -> Int64? {
        guard let variant, !images.isEmpty else { return image }
        if let price = images[variant] { return price }
        guard let slash = variant.firstIndex(of: "/") else { return image }
        return images[String(variant[variant.index(after: slash)...])] ?? image
    }
}
