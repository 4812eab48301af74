public import OmniCore
import OmniJSON

extension PriceTable {
    /// - Parameter json: an object whose `prices` are, by provider and model, dollars for a million tokens.
    /// - Throws: ``CatalogError`` that names the first thing wrong.
    public init(json: [UInt8]) throws(CatalogError) {
        self.init()
        do {
            guard let prices = try JSONFields(JSONValue(parsing: json)).nested("prices") else {
                throw CatalogError("the price table has no object 'prices'")
            }
            for (provider, models) in prices.members {
                for (model, value) in try JSONFields(models, path: provider).members {
                    guard self[ProviderID(provider), model] == nil else {
                        throw CatalogError("'\(provider)/\(model)' has two prices")
                    }
                    var row = PriceRow()
                    try row.merge(JSONFields(value, path: "\(provider)/\(model)"))
                    self[ProviderID(provider), model] = row
                }
            }
        } catch let error as CatalogError {
            throw error
        } catch {
            throw CatalogError("the price table cannot be read: \(error)")
        }
    }
}

extension ProviderCatalog {
    /// - Parameter json: an object whose `file_names` are ids of providers by the names that price files have for them.
    /// - Throws: ``CatalogError`` for a provider that is not in the catalogue.
    func priceFileNames(json: [UInt8]) throws(CatalogError) -> [String: ProviderID] {
        var names: [String: ProviderID] = [:]
        do {
            for (name, id) in try JSONFields(JSONValue(parsing: json)).nested("file_names")?.members ?? [] {
                guard let text = id.string, let provider = self[text], provider.id.rawValue == text else {
                    throw CatalogError("the name '\(name)' leads to no provider")
                }
                names[name] = provider.id
            }
        } catch let error as CatalogError {
            throw error
        } catch {
            throw CatalogError("the price table cannot be read: \(error)")
        }
        return names
    }
}
