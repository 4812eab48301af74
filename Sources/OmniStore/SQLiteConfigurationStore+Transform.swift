import GRDB
public import OmniCore

/// Changes that depend on what is stored.
extension SQLiteConfigurationStore {
    public func transform<Result: Sendable>(
        _ change: @escaping @Sendable (inout RouterConfiguration) throws -> Result
    ) async throws -> Result {
        let reading = reading
        do {
            // A write transaction from its beginning: nobody else, of this process or another, writes until it ends.
            return try await pool.write { database in
                let before = try reading(database)
                var after = before
                let result = try change(&after)
                try Self.save(after, over: before, in: database)
                return result
            }
        } catch let error as DatabaseError where error.extendedResultCode == .SQLITE_CONSTRAINT_UNIQUE {
            throw ConfigurationConflict(field: error.takenColumn)
        }
    }

    private static func save(
        _ after: RouterConfiguration, over before: RouterConfiguration, in database: Database
    ) throws {
        if after.settings != before.settings {
            try set("requireAPIKey", after.settings.requireAPIKey.map { $0 ? "true" : "false" }, in: database)
            try set("requireLogin", after.settings.requireLogin ? "true" : "false", in: database)
        }
        if after.routing != before.routing { try set("routing", after.routing.stored, in: database) }
        if after.general != before.general {
            try set(
                "general", StoredObject.text { after.general.writeMembers(into: &$0) { $0.rawValue } }, in: database)
        }
        if after.shaping != before.shaping {
            let shaping = after.shaping
            try set(
                "thinkingBudget", StoredObject.text { shaping.thinking.writeMembers(into: &$0) }, in: database)
            try set(
                "systemPrompt", StoredObject.text { shaping.systemPrompt.writeMembers(into: &$0) }, in: database)
        }
        if after.addressFilter != before.addressFilter {
            let filter = after.addressFilter
            try set("ipFilter", StoredObject.text { filter.writeMembers(into: &$0, at: 0) }, in: database)
        }
        try save(aliases: after.aliases, over: before.aliases, in: database)
        try save(combos: after.combos, over: before.combos, in: database)
    }

    private static func save(aliases: [ModelAlias], over old: [ModelAlias], in database: Database) throws {
        let names = Set(aliases.map(\.alias))
        for alias in old where !names.contains(alias.alias) {
            try database.execute(sql: "DELETE FROM alias WHERE alias = ?", arguments: [alias.alias])
        }
        let known = Set(old)
        for alias in aliases where !known.contains(alias) {
            try database.execute(
                sql:
                    "INSERT INTO alias (alias, model) VALUES (?, ?) ON CONFLICT (alias) DO UPDATE SET model = excluded.model",
                arguments: [alias.alias, alias.model])
        }
    }

    private static func save(combos: [Combo], over old: [Combo], in database: Database) throws {
        let before = Dictionary(old.map { ($0.id, $0) }) { $1 }
        let kept = Set(combos.map(\.id))
        // First, since another may take the name of one that goes.
        for combo in old where !kept.contains(combo.id) {
            try database.execute(sql: "DELETE FROM combo WHERE id = ?", arguments: [combo.id.rawValue])
        }
        for combo in combos where before[combo.id] != combo {
            let sql =
                before[combo.id] == nil
                ? "INSERT INTO combo (name, definition, isActive, createdAt, updatedAt, id) VALUES (?, ?, ?, ?, ?, ?)"
                : "UPDATE combo SET name = ?, definition = ?, isActive = ?, createdAt = ?, updatedAt = ? WHERE id = ?"
            try database.execute(sql: sql, arguments: combo.arguments)
        }
    }

    private static func set(_ name: String, _ value: String?, in database: Database) throws {
        guard let value else {
            return try database.execute(sql: "DELETE FROM setting WHERE name = ?", arguments: [name])
        }
        try database.execute(
            sql:
                "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            arguments: [name, value])
    }
}

extension DatabaseError {
    /// The last column of the constraint that was violated: SQLite says `UNIQUE constraint failed: combo.name`.
    fileprivate var takenColumn: String { message?.split(separator: ".").last.map(String.init) ?? "name" }
}
