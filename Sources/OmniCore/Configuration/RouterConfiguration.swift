/// A name clients may use in place of a model.
public struct ModelAlias: Sendable, Hashable {
    /// An exact name, or a pattern in which `*` stands for any text and `?` for any character.
    public var alias: String
    /// `provider/model`, a combo or another alias.
    public var model: String

    public init(alias: String, model: String) {
        self.alias = alias
        self.model = model
    }

    public var isPattern: Bool { WildcardAliases.isPattern(alias) }
}

/// Stored settings of the router.
public struct RouterSettings: Sendable, Hashable {
    /// nil when the person never chose.
    public var requireAPIKey: Bool?
    /// Whether the management API needs a login.
    public var requireLogin: Bool

    public init(requireAPIKey: Bool? = nil, requireLogin: Bool = true) {
        self.requireAPIKey = requireAPIKey
        self.requireLogin = requireLogin
    }
}

/// Everything a person configured, as one value.
public struct RouterConfiguration: Sendable, Hashable {
    public var connections: [Connection]
    public var nodes: [ProviderNode]
    public var clientKeys: [ClientKey]
    public var aliases: [ModelAlias]
    public var settings: RouterSettings
    public var combos: [Combo]
    public var routing: RoutingSettings
    /// Prices a person set; they replace those of the catalogue.
    public var prices: PriceTable
    /// Prices of an imported file; they stand between those and what a person set.
    public var importedPrices = PriceTable()
    /// Models a person added to providers and nodes.
    public var customModels: [CustomModel] = []
    /// What may be used.
    public var limits: [LimitScope: UsageLimits] = [:]
    public var policies: [RouterPolicy] = []
    public var shaping = RequestShaping()
    public var addressFilter = AddressFilter()
    public var general = GeneralSettings()
    /// What a person says about OAuth providers, by id.
    public var oauth: [String: OAuthRegistration] = [:]

    public init(
        connections: [Connection] = [], nodes: [ProviderNode] = [], clientKeys: [ClientKey] = [],
        aliases: [ModelAlias] = [], settings: RouterSettings = RouterSettings(), combos: [Combo] = [],
        routing: RoutingSettings = RoutingSettings(), prices: PriceTable = PriceTable()
    ) {
        self.connections = connections
        self.nodes = nodes
        self.clientKeys = clientKeys
        self.aliases = aliases
        self.settings = settings
        self.combos = combos
        self.routing = routing
        self.prices = prices
    }
}
