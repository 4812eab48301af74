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
