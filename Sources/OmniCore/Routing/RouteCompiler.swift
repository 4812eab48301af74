import OmniTranslate

/// Turns a configuration and the catalogue into routes, once for each snapshot.
struct RouteCompiler {
    let configuration: RouterConfiguration
    let catalog: ProviderCatalog

    struct Compiled {
        /// By lower-case prefix: ids, aliases, node prefixes.
        var routes: [String: ProviderRoute] = [:]
        /// Each route once, in the order models are listed.
        var ordered: [ProviderRoute] = []
        /// By kind and lower-case id.
        var bareModels: [String: [String: [CatalogSnapshot.BareModel]]] = [:]
    }

    func compile() -> Compiled {
        var compiled = Compiled()
        let connections = Dictionary(grouping: configuration.connections.filter(\.isActive), by: \.provider)
            .mapValues {
                $0.sorted { ($0.priority, $0.createdAt, $0.id.rawValue) < ($1.priority, $1.createdAt, $1.id.rawValue) }
            }
        var named: [(names: [String], route: ProviderRoute)] = []
        let blocked = Set(configuration.general.blockedProviders)
        for node in configuration.nodes where !blocked.contains(ProviderID(node.id.rawValue)) {
            guard let route = route(node, connections: connections[ProviderID(node.id.rawValue)] ?? []) else {
                continue
            }
            named.append(([node.prefix, node.id.rawValue], route))
        }
        for provider in catalog.providers where !blocked.contains(provider.id) {
            guard let route = route(provider, connections: connections[provider.id] ?? []) else { continue }
            named.append(([provider.id.rawValue] + provider.aliases, route))
        }
        for (names, route) in named {
            for name in names where compiled.routes[name.lowercased()] == nil {
                compiled.routes[name.lowercased()] = route
            }
            compiled.ordered.append(route)
            for (kind, models) in [(ModelPurpose.chat.kind, route.models)] + Array(route.otherModels) {
                for model in models {
                    compiled.bareModels[kind, default: [:]][model.id.lowercased(), default: []].append(
                        bare(model, of: route))
                }
            }
        }
        return compiled
    }

    /// Why the names of providers that the owner has blocked lead nowhere.
    static func blockedPrefixes(_ configuration: RouterConfiguration, _ catalog: ProviderCatalog) -> [String: String] {
        let blocked = Set(configuration.general.blockedProviders)
        guard !blocked.isEmpty else { return [:] }
        let nodes = configuration.nodes.filter { blocked.contains(ProviderID($0.id.rawValue)) }
            .flatMap { [$0.prefix, $0.id.rawValue] }
        let providers = catalog.providers.filter { blocked.contains($0.id) }.flatMap { [$0.id.rawValue] + $0.aliases }
        return Dictionary((nodes + providers).map { ($0.lowercased(), "it is blocked in the settings") }) { $1 }
    }

    private func bare(_ model: ProviderRoute.ListedModel, of route: ProviderRoute) -> CatalogSnapshot.BareModel {
        CatalogSnapshot.BareModel(
            prefix: route.prefix.lowercased(), id: model.id, isUsable: !route.accounts.isEmpty)
    }

    /// Models by kind.
    private func listed(_ models: [ModelDescription]) -> [String: [ProviderRoute.ListedModel]] {
        Dictionary(grouping: models, by: \.kind).mapValues { models in
            models.map {
                ProviderRoute.ListedModel(
                    id: $0.id, name: $0.name, contextWindow: $0.contextWindow, maxOutputTokens: $0.maxOutputTokens,
                    dimensions: $0.dimensions)
            }
        }
    }

    private func route(_ node: ProviderNode, connections: [Connection]) -> ProviderRoute? {
        let format: WireFormat =
            switch node.type {
            case .openAICompatible: node.apiType == .responses ? .openAIResponses : .openAIChat
            case .anthropicCompatible: .anthropicMessages
            case .geminiCompatible: .gemini
            case .ollamaCompatible: .ollama
            }
        let accounts = connections.compactMap { connection -> ProviderRoute.Account? in
            guard let base = UpstreamEndpoint(url: connection.baseURL ?? node.baseURL) else { return nil }
            var headers: [(name: String, value: String)] = []
            var token: AccountToken?
            if let tokens = connection.credential?.tokens {
                guard let bearer = bearer(tokens, of: connection, after: headers) else { return nil }
                (headers, token) = bearer
            } else if let key = connection.credential?.apiKey, !key.isEmpty {
                switch format {
                case .anthropicMessages: headers.append(("x-api-key", key))
                case .gemini: headers.append(("x-goog-api-key", key))
                case .openAIChat, .openAIResponses, .ollama: headers.append(("authorization", "Bearer \(key)"))
                }
            }
            return ProviderRoute.Account(
                connection: connection.id, endpoint: base.chatOperation(format), headers: headers, token: token,
                options: options(connection))
        }
        let models = configuration.models(of: node)
        return ProviderRoute(
            provider: ProviderID(node.id.rawValue), prefix: node.prefix, format: format, isNative: false,
            accounts: accounts, models: listed(models)["chat"] ?? [],
            otherModels: listed(models).filter { $0.key != "chat" })
    }

    private func route(_ provider: ProviderDescription, connections: [Connection]) -> ProviderRoute? {
        // Services without chat are none of a dialect's; OpenAI's is the one their clients speak.
        guard let format = provider.chatFormat ?? (provider.serviceURL == nil ? nil : .openAIChat) else { return nil }
        let accounts: [ProviderRoute.Account] =
            if provider.isSimulator {
                [
                    ProviderRoute.Account(
                        connection: nil,
                        endpoint: UpstreamEndpoint(scheme: .simulator, host: "simulator", port: 0, path: "/"),
                        headers: [])
                ]
            } else {
                connections.compactMap { account(provider, format: format, connection: $0) }
            }
        let models = configuration.models(of: provider)
        return ProviderRoute(
            provider: provider.id, prefix: provider.id.rawValue, format: format,
            isNative: ["openai", "anthropic"].contains(provider.id.rawValue), accounts: accounts,
            models: listed(models)["chat"] ?? [], otherModels: listed(models).filter { $0.key != "chat" },
            isChatless: provider.chatFormat == nil, isClosedList: provider.isSimulator, kinds: provider.kinds,
            restriction: provider.restriction)
    }

    private func account(
        _ provider: ProviderDescription, format: WireFormat, connection: Connection
    ) -> ProviderRoute.Account? {
        // A URL with a placeholder, such as an account id, is complete only in a connection's own base URL. Gemini's
        // model is put in with each call.
        let publicURL = provider.chatURL.flatMap { url -> String? in
            let known = format == .gemini ? url.split(separator: "/models/{model}").first.map(String.init) ?? url : url
            return known.contains("{") ? nil : known
        }
        let isChatless = provider.chatFormat == nil
        // An own address that cannot be read must not send the key to the public one.
        let endpoint =
            if let own = connection.baseURL.map({ UpstreamEndpoint(url: $0) }) {
                isChatless ? own : own?.chatOperation(format)
            } else {
                (isChatless ? provider.serviceURL : publicURL).flatMap { UpstreamEndpoint(url: $0) }
            }
        guard var endpoint else { return nil }
        var headers = provider.staticHeaders.map { (name: $0.name.lowercased(), value: $0.value) }
        var token: AccountToken?
        if let tokens = connection.credential?.tokens {
            guard let bearer = bearer(tokens, of: connection, after: headers) else { return nil }
            (headers, token) = bearer
        } else if let key = connection.credential?.apiKey, !key.isEmpty {
            if let parameter = provider.authentication.queryParameter, provider.authentication.header == nil {
                endpoint.path += (endpoint.path.contains("?") ? "&" : "?") + "\(parameter)=\(key.percentEncoded)"
            } else {
                let header = provider.authentication.header ?? "authorization"
                headers.append((header.lowercased(), provider.authentication.prefix + key))
            }
        } else if !provider.authentication.isOptional {
            return nil
        }
        return ProviderRoute.Account(
            connection: connection.id, endpoint: endpoint, responses: responses(provider, connection: connection),
            headers: headers, token: token, options: options(connection))
    }

    /// The headers of an account that came by OAuth.
    /// - Returns: nil when it has no token that could be worth something.
    private func bearer(
        _ tokens: OAuthTokens, of connection: Connection, after headers: [(name: String, value: String)]
    ) -> (headers: [(name: String, value: String)], token: AccountToken)? {
        guard tokens.isUsable else { return nil }
        let presentation =
            connection.presentation ?? configuration.presentation(of: tokens, in: catalog)
        var headers = headers.filter { $0.name != presentation.header }
        for (name, value) in presentation.headers.sorted(by: { $0.key < $1.key }) {
            headers.append((name.lowercased(), value))
        }
        let token = AccountToken(tokens.accessToken, prefix: presentation.prefix, header: headers.count)
        headers.append((presentation.header, presentation.prefix + tokens.accessToken))
        return (headers, token)
    }

    /// The provider's own Responses interface; servers at addresses of one's own that imitate Chat rarely have it.
    private func responses(_ provider: ProviderDescription, connection: Connection) -> UpstreamEndpoint? {
        guard let url = provider.responsesURL, let own = UpstreamEndpoint(url: url) else { return nil }
        guard let base = connection.baseURL else { return own }
        let domain = own.host.split(separator: ".").suffix(2).joined(separator: ".")
        guard let endpoint = UpstreamEndpoint(url: base), endpoint.host.hasSuffix("." + domain) else { return nil }
        return endpoint.chatOperation(.openAIResponses)
    }

    /// A changed key or address makes another revision, within one process.
    private func options(_ connection: Connection) -> AccountOptions {
        var options = connection.options.limited(by: configuration.routing.resilience.defaults)
        var hasher = Hasher()
        // Renewed tokens are the same account's.
        if let tokens = connection.credential?.tokens {
            hasher.combine(tokens.issuer)
            hasher.combine(tokens.validSince)
        } else {
            hasher.combine(connection.credential)
        }
        hasher.combine(connection.baseURL)
        options.revision = UInt64(bitPattern: Int64(hasher.finalize())) | 1
        return options
    }
}

extension ProviderDescription {
    /// The id of the built-in provider that needs no account.
    public static let simulatorID = ProviderID("sim")

    /// Whether requests are answered inside this process.
    public var isSimulator: Bool { id == Self.simulatorID }
}
