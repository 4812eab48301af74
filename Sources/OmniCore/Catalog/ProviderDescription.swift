public import OmniTranslate

/// A provider as the catalogue describes it.
public struct ProviderDescription: Sendable {
    public var id: ProviderID
    /// Short prefixes besides the id, such as `cc`.
    public var aliases: [String]
    public var name: String
    /// The format of its chat interface; nil for providers without chat.
    public var chatFormat: WireFormat?
    /// The chat operation's full URL, for Gemini the part of it before the model; nil where every connection must bring a
    /// base URL of its own.
    public var chatURL: String?
    /// The full URL of the Responses operation, where the provider has one beside Chat.
    public var responsesURL: String?
    /// The base URL of a provider that has services, but no chat.
    public var serviceURL: String?
    /// An operation of a provider without chat that answers only to a good key, as version and name: `v1/projects`.
    public var keyCheck: String?
    /// The full URL of the list of models.
    public var modelsURL: String?
    public var authentication: Authentication
    /// Headers the public interface itself demands.
    public var staticHeaders: [(name: String, value: String)]
    public var models: [ModelDescription]
    /// Values a connection must give besides its key, such as an account id.
    public var requiredConfiguration: [String]
    /// Why a connection needs a base URL of its own, and what else could serve; nil for public interfaces.
    public var restriction: String?
    /// Kinds of models it has, where it has but these and no chat; empty when that is not limited.
    public var kinds: Set<String> = []

    /// How the key is sent.
    public struct Authentication: Sendable, Hashable {
        public var header: String?
        /// What stands before the key, such as `Bearer `.
        public var prefix: String
        public var queryParameter: String?
        public var isOptional: Bool

        public init(header: String?, prefix: String = "", queryParameter: String? = nil, isOptional: Bool = false) {
            self.header = header
            self.prefix = prefix
            self.queryParameter = queryParameter
            self.isOptional = isOptional
        }
    }

    public init(
        id: ProviderID, aliases: [String] = [], name: String, chatFormat: WireFormat?, chatURL: String? = nil,
        modelsURL: String? = nil, authentication: Authentication,
        staticHeaders: [(name: String, value: String)] = [], models: [ModelDescription] = [],
        requiredConfiguration: [String] = [], restriction: String? = nil
    ) {
        self.id = id
        self.aliases = aliases
        self.name = name
        self.chatFormat = chatFormat
        self.chatURL = chatURL
        self.modelsURL = modelsURL
        self.authentication = authentication
        self.staticHeaders = staticHeaders
        self.models = models
        self.requiredConfiguration = requiredConfiguration
        self.restriction = restriction
    }
}

/// A model as the catalogue describes it.
public struct ModelDescription: Sendable, Hashable {
    public var id: String
    public var name: String
    /// What it does: `chat`, `embedding`, `image`, `audio` and so on.
    public var kind: String
    public var contextWindow: Int?
    public var maxOutputTokens: Int?
    /// How many numbers its embeddings have unless asked otherwise.
    public var dimensions: Int?
    /// As far as they are known: what is not in it may be there all the same.
    public var capabilities: Set<ModelCapability> = []

    public init(id: String, name: String, kind: String, contextWindow: Int? = nil, maxOutputTokens: Int? = nil) {
        self.id = id
        self.name = name
        self.kind = kind
        self.contextWindow = contextWindow
        self.maxOutputTokens = maxOutputTokens
    }
}

/// The providers known from the start.
public struct ProviderCatalog: Sendable {
    public var providers: [ProviderDescription]
    /// Prefixes that lead nowhere, with the reason.
    public var excluded: [String: String]
    /// What is known of prices from the start.
    public var prices: PriceTable
    /// What is known of OAuth providers from the start, by id.
    public var oauth: [String: OAuthRegistration] = [:]
    /// Providers by the names that price files of others have for them, where those are not their ids.
    public var priceFileNames: [String: ProviderID] = [:]

    public init(
        providers: [ProviderDescription] = [], excluded: [String: String] = [:], prices: PriceTable = PriceTable()
    ) {
        self.providers = providers
        self.excluded = excluded
        self.prices = prices
    }

    /// A provider by id or alias, whatever the case.
    public subscript(_ name: String) -> ProviderDescription? {
        let name = name.lowercased()
        return providers.first { $0.id.rawValue == name } ?? providers.first { $0.aliases.contains(name) }
    }
}
