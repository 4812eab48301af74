import GRDB
public import OmniCore
import OmniJSON

/// Policies, and what is decided about all requests.
extension SQLiteConfigurationStore {
    public func insertPolicy(_ policy: RouterPolicy) async throws {
        _ = try await change(
            "INSERT INTO policy (definition, id) VALUES (?, ?)",
            [StoredObject.text { policy.writeMembers(into: &$0) }, policy.id])
    }

    public func updatePolicy(_ policy: RouterPolicy) async throws -> Bool {
        try await change(
            "UPDATE policy SET definition = ? WHERE id = ?",
            [StoredObject.text { policy.writeMembers(into: &$0) }, policy.id])
    }

    public func deletePolicy(_ id: String) async throws -> Bool {
        try await change("DELETE FROM policy WHERE id = ?", [id])
    }

    public func updateShaping(_ shaping: RequestShaping) async throws {
        try await set("thinkingBudget", StoredObject.text { shaping.thinking.writeMembers(into: &$0) })
        try await set("systemPrompt", StoredObject.text { shaping.systemPrompt.writeMembers(into: &$0) })
    }

    public func updateAddressFilter(_ filter: AddressFilter) async throws {
        // Bans that are over are left out by whoever reads them.
        try await set("ipFilter", StoredObject.text { filter.writeMembers(into: &$0, at: 0) })
    }
}

extension RouterConfiguration {
    mutating func readRules(from database: Database) throws {
        policies = try Row.fetchAll(database, sql: "SELECT * FROM policy ORDER BY rowid").map { row in
            var policy = RouterPolicy(id: row["id"], name: "", action: .allow)
            do {
                try policy.merge(StoredObject.fields(row["definition"]))
            } catch let fault as FieldFault {
                // Left out it would let through what it refuses.
                throw StoreError(.database, "the database holds a policy '\(policy.id)' that cannot be read: \(fault)")
            }
            return policy
        }
        if let text = try SQLiteConfigurationStore.setting("thinkingBudget", in: database) {
            try shaping.thinking.merge(StoredObject.fields(text))
        }
        if let text = try SQLiteConfigurationStore.setting("systemPrompt", in: database) {
            try shaping.systemPrompt.merge(StoredObject.fields(text))
        }
        if let text = try SQLiteConfigurationStore.setting("general", in: database) {
            // Providers are stored by id, whether there are such still or not.
            try general.merge(StoredObject.fields(text)) { ProviderID($0) }
        }
        if let text = try SQLiteConfigurationStore.setting("ipFilter", in: database) {
            addressFilter = try AddressFilter(stored: StoredObject.fields(text), at: 0)
        }
    }
}
