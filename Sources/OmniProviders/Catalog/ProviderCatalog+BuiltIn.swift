public import OmniCore
import OmniJSON
import OmniTranslate

extension ProviderCatalog {
    /// The simulator and the providers whose interfaces are public, from `catalog.json`; prices from `pricing.json`,
    /// OAuth providers from `oauth.json`.
    ///
    /// Parsed once, on first use; it takes well under a millisecond.
    public static let builtIn: ProviderCatalog = {
        do {
            var catalog = try ProviderCatalog(json: PackageResources.catalog_json)
            catalog.prices = try PriceTable(json: PackageResources.pricing_json)
            catalog.oauth = try oauthRegistrations(json: PackageResources.oauth_json)
            catalog.priceFileNames = try catalog.priceFileNames(json: PackageResources.pricing_json)
            return catalog
        } catch {
            preconditionFailure("the files are part of the binary and tested: \(error)")
        }
    }()

    /// - Parameter json: an object with `providers` (an array) and `excluded` (an object of prefixes and reasons).
    /// - Throws: ``CatalogError`` that names the first thing wrong.
    public init(json: [UInt8]) throws(CatalogError) {
        let root: JSONValue
        do throws(JSONError) {
            root = try JSONValue(parsing: json)
        } catch {
            throw CatalogError("the catalog is not valid JSON: \(error)")
        }
        guard let entries = root["providers"], entries.kind == .array else {
            throw CatalogError("the catalog has no array 'providers'")
        }
        var providers = [ProviderDescription.simulator]
        var names = CatalogNames()
        try names.claim(by: ProviderDescription.simulator)
        for entry in entries.elements {
            let provider = try ProviderDescription(entry: entry)
            try names.claim(by: provider)
            providers.append(provider)
        }
        var excluded: [String: String] = [:]
        if let reasons = root["excluded"] {
            for member in reasons.members { excluded[member.name.string] = member.value.string ?? "" }
        }
        self.init(providers: providers, excluded: excluded)
    }
}

/// The names by which providers are reached; each leads to one of them.
private struct CatalogNames {
    private var owners: [String: ProviderID] = [:]

    mutating func claim(by provider: ProviderDescription) throws(CatalogError) {
        for name in [provider.id.rawValue] + provider.aliases {
            let isPlain = name.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
            guard isPlain, !name.isEmpty else {
                throw CatalogError("the name '\(name)' of '\(provider.id)' is not made of a-z, 0-9 and '-'")
            }
            if let owner = owners[name] {
                throw CatalogError("the name '\(name)' of '\(provider.id)' belongs to '\(owner)' already")
            }
            owners[name] = provider.id
        }
    }
}

/// Why a catalog cannot be used.
public struct CatalogError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}

extension ProviderDescription {
    fileprivate init(entry: JSONValue) throws(CatalogError) {
        guard let id = entry["id"]?.string, let name = entry["name"]?.string else {
            throw CatalogError("a provider lacks its id or name")
        }
        var format: WireFormat?
        if let written = entry["format"]?.string {
            guard let known = WireFormat(rawValue: written) else {
                throw CatalogError("the provider '\(id)' has the unknown format '\(written)'")
            }
            format = known
        }
        for field: StaticString in ["chat", "responses", "service", "models_url"] {
            guard let url = entry[field] else { continue }
            guard let text = url.string, UpstreamEndpoint(url: text) != nil else {
                throw CatalogError("the '\(field)' of '\(id)' is not a URL")
            }
        }
        let authentication = entry["auth"]
        var models: [ModelDescription] = []
        for model in entry["models"].map({ Array($0.elements) }) ?? [] {
            guard let modelID = model["id"]?.string else { throw CatalogError("a model of '\(id)' lacks its id") }
            var description = ModelDescription(
                id: modelID, name: model["name"]?.string ?? modelID, kind: model["kind"]?.string ?? "chat",
                contextWindow: model["context"]?.int, maxOutputTokens: model["output"]?.int)
            description.dimensions = model["dimensions"]?.int
            for name in model["capabilities"].map({ Array($0.elements) }) ?? [] {
                guard let capability = name.string.flatMap(ModelCapability.init(rawValue:)) else {
                    throw CatalogError("the model '\(modelID)' of '\(id)' has an unknown capability")
                }
                description.capabilities.insert(capability)
            }
            models.append(description)
        }
        self.init(
            id: ProviderID(id), aliases: entry["aliases"]?.elements.compactMap(\.string) ?? [], name: name,
            chatFormat: format, chatURL: entry["chat"]?.string, modelsURL: entry["models_url"]?.string,
            authentication: Authentication(
                header: authentication?["header"]?.string, prefix: authentication?["prefix"]?.string ?? "",
                queryParameter: authentication?["query"]?.string,
                isOptional: authentication?["optional"]?.bool ?? false),
            staticHeaders: entry["headers"]?.members.compactMap { header in
                header.value.string.map { (name: header.name.string, value: $0) }
            } ?? [],
            models: models, requiredConfiguration: entry["needs"]?.elements.compactMap(\.string) ?? [],
            restriction: entry["restricted"]?.string)
        responsesURL = entry["responses"]?.string
        kinds = Set(entry["kinds"]?.elements.compactMap(\.string) ?? [])
        serviceURL = entry["service"]?.string
        keyCheck = entry["key_check"]?.string
    }
}
