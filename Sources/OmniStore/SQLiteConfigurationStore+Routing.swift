import GRDB
public import OmniCore
import OmniJSON

/// Combos, prices and the settings of routing.
extension SQLiteConfigurationStore {
    public func insertCombo(_ combo: Combo) async throws {
        _ = try await change(
            "INSERT INTO combo (name, definition, isActive, createdAt, updatedAt, id) VALUES (?, ?, ?, ?, ?, ?)",
            combo.arguments)
    }

    public func updateCombo(_ combo: Combo) async throws -> Bool {
        try await change(
            "UPDATE combo SET name = ?, definition = ?, isActive = ?, createdAt = ?, updatedAt = ? WHERE id = ?",
            combo.arguments)
    }

    public func deleteCombo(_ id: ComboID) async throws -> Bool {
        try await change("DELETE FROM combo WHERE id = ?", [id.rawValue])
    }

    public func changePrices(_ changes: [PriceChange]) async throws {
        try await pool.write { database in
            for change in changes {
                try database.execute(
                    sql: "DELETE FROM price WHERE provider = ? AND model = ?",
                    arguments: [change.provider.rawValue, change.model])
                guard !change.row.isEmpty else { continue }
                var writer = JSONWriter()
                change.row.write(into: &writer)
                try database.execute(
                    sql: "INSERT INTO price (provider, model, prices) VALUES (?, ?, ?)",
                    arguments: [
                        change.provider.rawValue, change.model, String(decoding: writer.bytes, as: UTF8.self),
                    ])
            }
        }
    }

    public func removePrices(provider: ProviderID?, model: String?) async throws {
        _ = try await change(
            "DELETE FROM price WHERE (?1 IS NULL OR provider = ?1) AND (?2 IS NULL OR model = ?2)",
            [provider?.rawValue, model])
    }

    public func updateRouting(_ settings: RoutingSettings) async throws { try await set("routing", settings.stored) }
}
