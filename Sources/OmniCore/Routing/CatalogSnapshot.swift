import OmniJSON
public import OmniTranslate

/// Everything routing needs to know, compiled once and never changed: a new configuration makes a new snapshot.
public final class CatalogSnapshot: Sendable {
    /// Whether inference needs a client key, by the stored settings.
    public let requiresClientKey: Bool
    /// The body of `GET /v1/models` for OpenAI clients.
    public let openAIModelList: [UInt8]
    /// The body of `GET /v1/models` for Anthropic clients.
    public let anthropicModelList: [UInt8]
    /// The body of `GET /v1beta/models`.
    public let geminiModelList: [UInt8]
    /// The body of `GET /api/tags`.
    public let ollamaModelList: [UInt8]

    private let routes: [String: ProviderRoute]
    private let aliases: [String: String]
    private let bareModels: [String: [BareModel]]
    private let keys: [[UInt8]: ClientKeyID]
    private let listed: [ModelListing]
    /// Prefixes of the catalogue that cannot be used, with the reason.
    private let excluded: [String: String]

    struct BareModel: Sendable {
        var prefix: String
        var id: String
        var isUsable: Bool
    }

    /// - Parameters:
    ///   - configuration: what the person configured.
    ///   - catalog: the providers known from the start.
    public init(configuration: RouterConfiguration, catalog: ProviderCatalog) {
        let compiled = RouteCompiler(configuration: configuration, catalog: catalog).compile()
        routes = compiled.routes
        bareModels = compiled.bareModels
        excluded = catalog.excluded
        var aliases: [String: String] = [:]
        for alias in configuration.aliases { aliases[alias.alias] = alias.model }
        self.aliases = aliases
        var keys: [[UInt8]: ClientKeyID] = [:]
        for key in configuration.clientKeys where key.isActive && key.revokedAt == nil { keys[key.digest] = key.id }
        self.keys = keys
        requiresClientKey = configuration.settings.requireAPIKey ?? false
        listed = ModelListing.all(routes: compiled.ordered, aliases: configuration.aliases)
        openAIModelList = ModelListing.openAIList(listed)
        anthropicModelList = ModelListing.anthropicList(listed)
        geminiModelList = ModelListing.geminiList(listed)
        ollamaModelList = ModelListing.ollamaList(listed)
    }

    /// The client key whose secret has this SHA-256 digest; nil when none is valid.
    public func clientKey(digest: [UInt8]) -> ClientKeyID? { keys[digest] }

    /// One model of the list as its dialect shows it; nil when it is not listed.
    public func listedModel(_ id: String, for format: WireFormat) -> [UInt8]? {
        listed.first { $0.id == id }.map { $0.body(for: format) }
    }

    /// Finds the targets of a model name: alias, node prefix, provider prefix, then bare name.
    /// - Parameter clientFormat: what the client speaks; upstreams that know several formats are addressed in it.
    /// - Throws: a fault of kind notFound, with near matches, or invalidRequest when the name fits several providers.
    public func plan(model name: String, clientFormat: WireFormat) throws(UpstreamFault) -> RoutePlan {
        var resolved = name
        var seen: Set<String> = []
        // An alias may name another one; a circle is cut where it closes.
        while let next = aliases[resolved], seen.insert(resolved).inserted, seen.count <= 5 { resolved = next }
        if let slash = resolved.firstIndex(of: "/") {
            let prefix = resolved[..<slash].lowercased()
            let model = String(resolved[resolved.index(after: slash)...])
            if let route = routes[prefix], !model.isEmpty {
                return try plan(route, model: model, requested: name, clientFormat: clientFormat)
            }
            if let reason = excluded[prefix] {
                throw UpstreamFault(
                    .notFound, message: "the provider '\(prefix)' cannot be used: \(reason)", code: "model_not_found",
                    parameter: "model")
            }
        }
        let candidates = bareModels[resolved.lowercased()] ?? []
        let usable = candidates.filter(\.isUsable)
        if let only = usable.first ?? candidates.first, usable.count == 1 || candidates.count == 1,
            let route = routes[only.prefix]
        {
            return try plan(route, model: only.id, requested: name, clientFormat: clientFormat)
        }
        if usable.count > 1 {
            let choices = usable.prefix(3).map { "'\($0.prefix)/\($0.id)'" }.joined(separator: ", ")
            throw UpstreamFault(
                .invalidRequest, message: "the model '\(name)' is offered by several providers: write \(choices)",
                code: "ambiguous_model", parameter: "model")
        }
        // Known, but nobody has an account for it: the plan says so.
        if let first = candidates.first, let route = routes[first.prefix] {
            return try plan(route, model: first.id, requested: name, clientFormat: clientFormat)
        }
        throw unknownModel(name)
    }

    private func plan(
        _ route: ProviderRoute, model: String, requested: String, clientFormat: WireFormat
    ) throws(UpstreamFault) -> RoutePlan {
        if route.isClosedList, route.modelID(matching: model) == nil { throw unknownModel(requested) }
        let targets = route.targets(model: model, clientFormat: clientFormat)
        guard !targets.isEmpty else {
            let advice = route.restriction ?? "add one under /api/providers"
            throw UpstreamFault(
                .notFound, message: "no active connection for provider '\(route.prefix)': \(advice)",
                code: "no_connection", parameter: "model")
        }
        return RoutePlan(targets: targets, requestedModel: requested)
    }

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

    /// Why a name can never be served; nil when it can, now or once its provider has an account.
    public func objection(to name: String) -> String? {
        do throws(UpstreamFault) {
            _ = try plan(model: name, clientFormat: .openAIChat)
            return nil
        } catch {
            return error.code == "no_connection" ? nil : error.message
        }
    }

    /// The fault for a name that leads nowhere, with up to three names that come near it.
    public func unknownModel(_ name: String) -> UpstreamFault {
        let near = NearMatches.find(name, among: listed.map(\.id))
        let hint =
            near.isEmpty
            ? "GET /v1/models lists what there is"
            : "did you mean " + near.map { "'\($0)'" }.joined(separator: " or ") + "?"
        return UpstreamFault(
            .notFound, message: "the model '\(name.prefix(200))' does not exist; \(hint)", code: "model_not_found",
            parameter: "model")
    }
}
