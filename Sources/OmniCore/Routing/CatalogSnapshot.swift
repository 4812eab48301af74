import OmniJSON
public import OmniTranslate
import Synchronization

/// Everything routing needs to know, compiled once and never changed: a new configuration makes a new snapshot.
public final class CatalogSnapshot: Sendable {
    /// Whether inference needs a client key, by the stored settings.
    public let requiresClientKey: Bool
    /// Whether lists of models need one in any case.
    public let requiresKeyForModels: Bool
    /// The body of `GET /v1/models` for OpenAI clients.
    public let openAIModelList: [UInt8]
    /// The body of `GET /v1/models` for Anthropic clients.
    public let anthropicModelList: [UInt8]
    /// The body of `GET /v1beta/models`.
    public let geminiModelList: [UInt8]
    /// The body of `GET /api/tags`.
    public let ollamaModelList: [UInt8]

    let routes: [String: ProviderRoute]
    let aliases: [String: String]
    let patterns: WildcardAliases
    /// Active ones by name.
    let combos: [String: Combo]
    /// Rises from snapshot to snapshot of a process.
    let serial = CatalogSnapshot.made.add(1, ordering: .relaxed).newValue
    private static let made = Atomic<UInt64>(0)
    /// Those at rest too.
    let allCombos: [Combo]
    /// What is in force for each account.
    let accountOptions: [(connection: ConnectionID, options: AccountOptions)]
    let routing: RoutingSettings
    let prices: [String: ModelPrice]
    /// What use costs, by `provider/model` in lower case.
    let usagePrices: [String: UsagePrice]
    /// By kind and lower-case id.
    let bareModels: [String: [String: [BareModel]]]
    /// Models that do not chat, by what they are for.
    let listedOthers: [ModelPurpose: [ModelListing]]
    private let keys: [[UInt8]: ClientKeyID]
    /// Of keys that may not use everything.
    let allowances: [ClientKeyID: KeyAllowance]
    /// What a person decided about requests.
    public let policies: PolicyEvaluator
    /// nil when requests stay as they are.
    public let shaping: RequestShaping?
    /// nil when everybody may call.
    public let addressFilter: AddressFilter?
    let listed: [ModelListing]
    /// Prefixes of the catalogue that cannot be used, with the reason.
    let excluded: [String: String]

    struct BareModel: Sendable {
        var prefix: String
        var id: String
        var isUsable: Bool
    }

    /// - Parameters:
    ///   - configuration: what the person configured.
    ///   - catalog: the providers known from the start.
    ///   - prices: by `provider/model` in lower case; they replace those of the catalog and the configuration.
    public init(
        configuration: RouterConfiguration, catalog: ProviderCatalog, prices: [String: ModelPrice] = [:]
    ) {
        let compiled = RouteCompiler(configuration: configuration, catalog: catalog).compile()
        routes = compiled.routes
        bareModels = compiled.bareModels
        var others: [ModelPurpose: [ModelListing]] = [:]
        for purpose in ModelPurpose.allCases where purpose != .chat {
            others[purpose] = ModelListing.models(for: purpose, of: compiled.ordered)
        }
        listedOthers = others
        excluded = catalog.excluded.merging(RouteCompiler.blockedPrefixes(configuration, catalog)) { $1 }
        requiresKeyForModels = configuration.general.requiresKeyForModels
        var aliases: [String: String] = [:]
        for alias in configuration.aliases where !WildcardAliases.isPattern(alias.alias) {
            aliases[alias.alias] = alias.model
        }
        self.aliases = aliases
        patterns = WildcardAliases(configuration.aliases)
        var combos: [String: Combo] = [:]
        for combo in configuration.combos where combo.isActive { combos[combo.name] = combo }
        self.combos = combos
        allCombos = configuration.combos
        accountOptions = compiled.ordered.flatMap(\.accounts).compactMap { account in
            account.connection.map { ($0, account.options) }
        }
        routing = configuration.routing
        let table = configuration.prices(over: catalog.prices)
        self.prices = table.modelPrices.merging(prices) { $1 }
        usagePrices = table.usagePrices
        var keys: [[UInt8]: ClientKeyID] = [:]
        var allowances: [ClientKeyID: KeyAllowance] = [:]
        for key in configuration.clientKeys where key.isActive && key.revokedAt == nil {
            keys[key.digest] = key.id
            if !key.limits.isUnlimited {
                allowances[key.id] = KeyAllowance(key.limits, routes: compiled.routes)
            }
        }
        self.keys = keys
        self.allowances = allowances
        policies = PolicyEvaluator(configuration.policies)
        shaping = configuration.shaping.isNothing ? nil : configuration.shaping
        addressFilter = configuration.addressFilter.isEnabled ? configuration.addressFilter : nil
        requiresClientKey = configuration.settings.requireAPIKey ?? false
        listed = ModelListing.all(
            routes: compiled.ordered, aliases: configuration.aliases, combos: configuration.combos)
        openAIModelList = ModelListing.openAIList(listed)
        anthropicModelList = ModelListing.anthropicList(listed)
        geminiModelList = ModelListing.geminiList(listed)
        ollamaModelList = ModelListing.ollamaList(listed)
    }

    /// The client key whose secret has this SHA-256 digest; nil when none is valid.
    public func clientKey(digest: [UInt8]) -> ClientKeyID? { keys[digest] }

    /// A model's name with the provider in front that its URL confines it to.
    /// - Throws: a fault of kind invalidRequest when the name is another provider's, notFound for an unknown provider.
    func confined(_ name: String, to provider: String?) throws(UpstreamFault) -> String {
        guard let provider else { return name }
        guard let route = routes[provider.lowercased()] else {
            throw UpstreamFault(
                .notFound, message: "the provider '\(provider.prefix(100))' does not exist", code: "unknown_provider")
        }
        guard let slash = name.firstIndex(of: "/"), let named = routes[name[..<slash].lowercased()] else {
            return "\(route.prefix)/\(name)"
        }
        guard named.provider == route.provider else {
            throw UpstreamFault(
                .invalidRequest, message: "the model '\(name.prefix(200))' is not one of provider '\(route.prefix)'",
                code: "provider_mismatch", parameter: "model")
        }
        return name
    }

    /// Whether a name means a model, alias, pattern or combo, served or not.
    public func means(_ name: String) -> Bool {
        do throws(UpstreamFault) {
            _ = try plan(model: name, clientFormat: .openAIChat)
            return true
        } catch {
            return error.code != "model_not_found"
        }
    }

    /// Why a name can never be served; nil when it can, now or once its provider has an account.
    public func objection(to name: String) -> String? {
        do throws(UpstreamFault) {
            _ = try plan(model: name, clientFormat: .openAIChat)
            return nil
        } catch {
            // A model that does something other than chat has endpoints of its own.
            return ["no_connection", "model_not_supported"].contains(error.code) ? nil : error.message
        }
    }

    /// The fault for a name that leads nowhere, with up to three names that come near it.
    /// - Parameter key: whose names these may be.
    public func unknownModel(_ name: String, for key: ClientKeyID? = nil) -> UpstreamFault {
        let near = NearMatches.find(name, among: listings(for: key).map(\.id))
        let hint =
            near.isEmpty
            ? "GET /v1/models lists what there is"
            : "did you mean " + near.map { "'\($0)'" }.joined(separator: " or ") + "?"
        return UpstreamFault(
            .notFound, message: "the model '\(name.prefix(200))' does not exist; \(hint)", code: "model_not_found",
            parameter: "model")
    }
}
