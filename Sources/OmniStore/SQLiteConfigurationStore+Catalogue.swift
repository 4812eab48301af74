import GRDB
public import OmniCore
import OmniJSON

/// Custom models and the prices of an imported file.
extension SQLiteConfigurationStore {
    static func loadCatalogue(into configuration: inout RouterConfiguration, from database: Database) throws {
        configuration.customModels = try Row.fetchAll(
            database, sql: "SELECT * FROM customModel ORDER BY createdAt, provider, model"
        ).map { try CustomModel(row: $0) }
        let prices = try Row.fetchCursor(database, sql: "SELECT * FROM importedPrice ORDER BY provider, model")
        while let row = try prices.next() {
            var price = PriceRow(
                input: row["input"], output: row["output"], cached: row["cached"], reasoning: row["reasoning"],
                cacheCreation: row["cacheCreation"])
            if let units = row["units"] as String? { try price.merge(StoredObject.fields(units)) }
            configuration.importedPrices[ProviderID(row["provider"] as String), row["model"] as String] = price
        }
    }

    public func setCustomModel(_ model: CustomModel) async throws {
        let definition = StoredObject.text { model.writeMembers(into: &$0) }
        _ = try await change(
            """
            INSERT INTO customModel (provider, model, definition, createdAt, updatedAt) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (provider, model) DO UPDATE SET model = excluded.model, definition = excluded.definition,
                updatedAt = excluded.updatedAt
            """, [model.provider.rawValue, model.id, definition, model.createdAt, model.updatedAt])
    }

    public func removeCustomModel(provider: ProviderID, id: String) async throws -> Bool {
        try await change("DELETE FROM customModel WHERE provider = ? AND model = ?", [provider.rawValue, id])
    }

    public func replaceImportedPrices(_ file: PriceFile?) async throws {
        var writer = JSONWriter()
        file?.report.write(into: &writer)
        let report = file == nil ? nil : String(decoding: writer.bytes, as: UTF8.self)
        try await pool.write { database in
            try database.execute(sql: "DELETE FROM importedPrice")
            try database.execute(sql: "DELETE FROM setting WHERE name = 'priceImport'")
            guard let file, let report else { return }
            let insert = try database.makeStatement(
                sql: "INSERT INTO importedPrice VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
            for (provider, models) in file.table.rows {
                for (model, row) in models {
                    try insert.execute(arguments: [
                        provider.rawValue, model, row.input, row.output, row.cached, row.reasoning, row.cacheCreation,
                        row.storedUnits,
                    ])
                }
            }
            try database.execute(
                sql: "INSERT INTO setting (name, value) VALUES ('priceImport', ?)", arguments: [report])
        }
    }

    public func priceImportReport() async throws -> String? { try await setting("priceImport") }
}

extension PriceRow {
    /// What has no column of its own, which most models have nothing of.
    fileprivate var storedUnits: String? {
        let others = withoutTokenPrices
        guard !others.isEmpty else { return nil }
        var writer = JSONWriter()
        others.write(into: &writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

extension CustomModel {
    fileprivate init(row: Row) throws {
        self.init(
            provider: ProviderID(row["provider"] as String), id: row["model"], createdAt: row["createdAt"],
            updatedAt: row["updatedAt"])
        do {
            // Members of a later version are left aside.
            try merge(StoredObject.fields(row["definition"]))
        } catch let fault as FieldFault {
            throw StoreError(.database, "the database holds a model '\(id)' that cannot be read: \(fault)")
        }
    }
}
