import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

extension ManagementAPI {
    var pricingRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/pricing", .read, .showPrices, showPrices),
            ManagementRoute(.get, "/api/pricing/defaults", .read, .showKnownPrices, showKnownPrices),
            ManagementRoute(.patch, "/api/pricing", .write, .addPrices, addPrices),
            ManagementRoute(.post, "/api/pricing", .write, .addPrices, addPrices),
            ManagementRoute(.put, "/api/pricing", .write, .replacePrices, replacePrices),
            ManagementRoute(.delete, "/api/pricing", .write, .resetPrices, resetPrices),
            ManagementRoute(.get, "/api/pricing/import", .read, .showPriceImport, showPriceImport),
            ManagementRoute(
                .post, "/api/pricing/import", .write, .importPrices, maximumBody: PriceFile.maximumBytes, importPrices
            ),
            ManagementRoute(.delete, "/api/pricing/import", .write, .removePriceImport, removePriceImport),
        ]
    }

    /// Prices in force: those of the catalogue, of an imported file, and what a person set.
    ///
    /// Models that are not there have no known price.
    private func showPrices(_ call: ManagementRequest) async throws -> ManagementResponse {
        try await prices()
    }

    private func showKnownPrices(_ call: ManagementRequest) async throws -> ManagementResponse {
        let names = ProviderNames(nodes: [], catalog: dependencies.catalog)
        return ManagementResponse { [prices = dependencies.catalog.prices] in $0.prices(prices, names: names) }
    }

    private func addPrices(_ call: ManagementRequest) async throws -> ManagementResponse {
        try await changePrices(call, replacesRows: false)
    }

    private func replacePrices(_ call: ManagementRequest) async throws -> ManagementResponse {
        try await changePrices(call, replacesRows: true)
    }

    /// - Parameter replacesRows: whether members of a model that are not sent are taken back.
    private func changePrices(_ call: ManagementRequest, replacesRows: Bool) async throws -> ManagementResponse {
        let configuration = try await dependencies.store.load()
        let names = ProviderNames(nodes: configuration.nodes, catalog: dependencies.catalog)
        var changes: [PriceChange] = []
        for (name, models) in try call.body.fields.members {
            let provider = try names.id(of: name, path: name)
            for (model, value) in try JSONFields(models, path: name).members {
                guard !model.isEmpty, model.utf8.count <= 400 else {
                    throw FieldFault(name, "names of models have 1 to 400 bytes")
                }
                var row = replacesRows ? PriceRow() : configuration.prices[provider, model] ?? PriceRow()
                try row.merge(JSONFields(value, path: "\(name).\(model)"))
                changes.append(PriceChange(provider: provider, model: model, row: row))
            }
        }
        if !changes.isEmpty {
            try await dependencies.store.changePrices(changes)
            try await dependencies.publish()
        }
        return try await prices()
    }

    /// Takes back what was set for a model (`provider` and `model`), a provider (`provider`) or everything (neither).
    private func resetPrices(_ call: ManagementRequest) async throws -> ManagementResponse {
        let names = ProviderNames(nodes: try await dependencies.store.load().nodes, catalog: dependencies.catalog)
        let model = call.query("model").flatMap { $0.isEmpty ? nil : $0 }
        let provider = call.query("provider").flatMap { $0.isEmpty ? nil : $0 }
        // Everything would be reset in place of one model.
        if model != nil, provider == nil { throw ManagementError.invalid("provider", "required with 'model'") }
        let id = try provider.map { try names.id(of: $0, path: "provider") }
        try await dependencies.store.removePrices(provider: id, model: model)
        try await dependencies.publish()
        return try await prices()
    }

    private func prices() async throws -> ManagementResponse {
        let configuration = try await dependencies.store.load()
        let names = ProviderNames(nodes: configuration.nodes, catalog: dependencies.catalog)
        let prices = configuration.prices(over: dependencies.catalog.prices)
        return ManagementResponse { $0.prices(prices, names: names) }
    }
}

extension JSONWriter {
    fileprivate mutating func prices(_ table: PriceTable, names: ProviderNames) {
        beginObject()
        for (name, models) in table.rows.map({ (names.name(of: $0), $1) }).sorted(by: { $0.0 < $1.0 }) {
            key(JSONText(name))
            beginObject()
            for (model, row) in models.sorted(by: { $0.key < $1.key }) {
                key(JSONText(model))
                row.write(into: &self)
            }
            endObject()
        }
        endObject()
    }
}
