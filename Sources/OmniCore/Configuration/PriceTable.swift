/// What a model costs, in dollars for a million tokens.
public struct ModelPrice: Sendable, Hashable {
    public var input: Double
    public var output: Double

    public init(input: Double, output: Double) {
        self.input = input
        self.output = output
    }
}

/// The prices of one model as far as they are known, in dollars; those of tokens for a million.
///
/// What is nil is unknown, which is something else than free.
public struct PriceRow: Sendable, Hashable {
    /// Input tokens that came from no cache.
    public var input: Double?
    public var output: Double?
    /// Input tokens read from a cache; where unknown, they are input.
    public var cached: Double?
    /// Where unknown, reasoning is output, as nearly all providers bill it.
    public var reasoning: Double?
    /// Input tokens written to a cache; where unknown, they are input.
    public var cacheCreation: Double?
    /// An image, where ``images`` says nothing else.
    public var image: Double?
    /// Images by `quality/size` (`hd/1024x1024`), or by `size` for all qualities.
    public var images: [String: Double] = [:]
    /// A second of sound that is heard.
    public var audioSecond: Double?
    /// A million characters that are spoken.
    public var characters: Double?
    /// A search, as services that rank documents bill it.
    public var search: Double?
    /// A request, on top of everything else.
    public var request: Double?

    public init(
        input: Double? = nil, output: Double? = nil, cached: Double? = nil, reasoning: Double? = nil,
        cacheCreation: Double? = nil
    ) {
        self.input = input
        self.output = output
        self.cached = cached
        self.reasoning = reasoning
        self.cacheCreation = cacheCreation
    }

    public var isEmpty: Bool { self == PriceRow() }

    /// What is left when tokens are not billed.
    public var withoutTokenPrices: PriceRow {
        var row = self
        (row.input, row.output, row.cached, row.reasoning, row.cacheCreation) = (nil, nil, nil, nil, nil)
        return row
    }

    var hasTokenPrice: Bool {
        input != nil || output != nil || cached != nil || reasoning != nil || cacheCreation != nil
    }

    /// What routing compares; nil unless both sides of a conversation have a price.
    public var modelPrice: ModelPrice? {
        guard let input, let output else { return nil }
        return ModelPrice(input: input, output: output)
    }

    /// Member by member.
    public func overridden(by other: PriceRow) -> PriceRow {
        var row = PriceRow(
            input: other.input ?? input, output: other.output ?? output, cached: other.cached ?? cached,
            reasoning: other.reasoning ?? reasoning, cacheCreation: other.cacheCreation ?? cacheCreation)
        row.image = other.image ?? image
        row.images = images.merging(other.images) { $1 }
        row.audioSecond = other.audioSecond ?? audioSecond
        row.characters = other.characters ?? characters
        row.search = other.search ?? search
        row.request = other.request ?? request
        return row
    }
}

/// Prices by provider and model; the case of a model's name does not matter.
public struct PriceTable: Sendable, Hashable {
    public private(set) var rows: [ProviderID: [String: PriceRow]] = [:]
    /// Names as the rows have them, by their lower-case form.
    private var names: [ProviderID: [String: String]] = [:]

    public init() {}

    /// The row of a model; setting an empty one removes it.
    public subscript(_ provider: ProviderID, _ model: String) -> PriceRow? {
        get { names[provider]?[model.lowercased()].flatMap { rows[provider]?[$0] } }
        set {
            let key = model.lowercased()
            let name = names[provider]?[key] ?? model
            let row = newValue.flatMap { $0.isEmpty ? nil : $0 }
            rows[provider, default: [:]][name] = row
            names[provider, default: [:]][key] = row == nil ? nil : name
            if rows[provider]?.isEmpty ?? false {
                rows[provider] = nil
                names[provider] = nil
            }
        }
    }

    /// This table with the rows of another one in the place of its own, each as a whole.
    public func replaced(by other: PriceTable) -> PriceTable {
        var table = self
        for (provider, models) in other.rows {
            for (model, row) in models { table[provider, model] = row }
        }
        return table
    }

    /// This table with what another one sets, member by member.
    public func overridden(by other: PriceTable) -> PriceTable {
        var table = self
        for (provider, models) in other.rows {
            for (model, row) in models {
                table[provider, model] = (table[provider, model] ?? PriceRow()).overridden(by: row)
            }
        }
        return table
    }

    /// By `provider/model` in lower case, the models whose price is known.
    public var modelPrices: [String: ModelPrice] {
        var prices: [String: ModelPrice] = [:]
        for (provider, models) in rows {
            for (model, row) in models {
                if let price = row.modelPrice { prices["\(provider.rawValue)/\(model)".lowercased()] = price }
            }
        }
        return prices
    }
}

extension PriceTable {
    /// By `provider/model` in lower case.
    var usagePrices: [String: UsagePrice] {
        var prices: [String: UsagePrice] = [:]
        for (provider, models) in rows {
            for (model, row) in models { prices["\(provider.rawValue)/\(model)".lowercased()] = UsagePrice(row) }
        }
        return prices
    }
}

/// A row of a price table that is set, or taken away when it is empty.
public struct PriceChange: Sendable, Hashable {
    public var provider: ProviderID
    public var model: String
    public var row: PriceRow

    public init(provider: ProviderID, model: String, row: PriceRow) {
        self.provider = provider
        self.model = model
        self.row = row
    }
}
