import GRDB
import OmniCore
import OmniJSON

/// Writes what two configurations differ in, as far as synchronising changes it.
struct ConfigurationDifference {
    let old: RouterConfiguration
    let new: RouterConfiguration
    let box: SecretBox

    func write(to database: Database) throws {
        try writeNamed(to: database)
        try write(old.policies, new.policies, id: \.id, from: "policy", in: database) { policy in
            ["definition": StoredObject.text { policy.writeMembers(into: &$0) }]
        }
        try write(old.aliases, new.aliases, id: \.alias, idColumn: "alias", from: "alias", in: database) { alias in
            ["model": alias.model]
        }
        try writeCatalogue(to: database)
        try writeLimits(to: database)
        try writeSettings(to: database)
        for id in Set(old.oauth.keys).union(new.oauth.keys) where old.oauth[id] != new.oauth[id] {
            try database.execute(sql: "DELETE FROM oauthProvider WHERE id = ?", arguments: [id])
            guard let registration = new.oauth[id] else { continue }
            let text = StoredObject.text { registration.writeMembers(into: &$0, showsSecret: true) }
            try database.execute(
                sql: "INSERT INTO oauthProvider (id, registration) VALUES (?, ?)", arguments: [id, try box.seal(text)])
        }
    }

    /// Things that have an id, and a name that no other may have.
    private func writeNamed(to database: Database) throws {
        // Of several that swap their names the first would be refused.
        let renamed: [(table: String, column: String, ids: [String])] = [
            ("node", "prefix", changed(old.nodes, new.nodes, id: \.id.rawValue, \.prefix)),
            ("combo", "name", changed(old.combos, new.combos, id: \.id.rawValue, \.name)),
            ("connection", "name", changed(old.connections, new.connections, id: \.id.rawValue, \.name)),
        ]
        try remove(old.nodes, new.nodes, id: \.id.rawValue, from: "node", in: database)
        try remove(old.combos, new.combos, id: \.id.rawValue, from: "combo", in: database)
        try remove(old.connections, new.connections, id: \.id.rawValue, from: "connection", in: database)
        for (table, column, ids) in renamed {
            for id in ids {
                try database.execute(
                    sql: "UPDATE \(table) SET \(column) = ? WHERE id = ?", arguments: ["\u{1}\(id)", id])
            }
        }
        try write(old.nodes, new.nodes, id: \.id.rawValue, from: "node", in: database) { node in
            [
                "name": node.name, "prefix": node.prefix, "type": node.type.rawValue, "apiType": node.apiType?.rawValue,
                "baseURL": node.baseURL, "createdAt": node.createdAt, "updatedAt": node.updatedAt,
            ]
        }
        try write(old.combos, new.combos, id: \.id.rawValue, from: "combo", in: database) { combo in
            [
                "name": combo.name, "definition": StoredObject.text { combo.writeMembers(into: &$0) },
                "isActive": combo.isActive, "createdAt": combo.createdAt, "updatedAt": combo.updatedAt,
            ]
        }
        try write(old.connections, new.connections, id: \.id.rawValue, from: "connection", in: database, columns)
        try write(old.clientKeys, new.clientKeys, id: \.id.rawValue, from: "clientKey", in: database) { key in
            [
                "name": key.name, "digest": SQLiteConfigurationStore.blob(key.digest), "mask": key.mask,
                "isActive": key.isActive, "revokedAt": key.revokedAt, "createdAt": key.createdAt,
                "limits": StoredObject.text { key.limits.writeMembers(into: &$0) },
            ]
        }
    }

    /// Without the tokens of an OAuth account, which no other machine changes.
    private func columns(_ connection: Connection) throws -> [String: (any DatabaseValueConvertible)?] {
        [
            "provider": connection.provider.rawValue, "name": connection.name, "priority": connection.priority,
            "isActive": connection.isActive, "baseURL": connection.baseURL,
            "apiKey": try connection.credential?.apiKey.map { try box.seal($0) },
            "defaultModel": connection.defaultModel, "testStatus": connection.testStatus,
            "lastError": connection.lastError, "lastErrorAt": connection.lastErrorAt,
            "lastTestedAt": connection.lastTestedAt, "createdAt": connection.createdAt,
            "updatedAt": connection.updatedAt,
            "options": StoredObject.text { connection.options.writeMembers(into: &$0) },
        ]
    }

    private func writeCatalogue(to database: Database) throws {
        for model in old.customModels where !new.customModels.contains(model) {
            try database.execute(
                sql: "DELETE FROM customModel WHERE provider = ? AND model = ?",
                arguments: [model.provider.rawValue, model.id])
        }
        for model in new.customModels where !old.customModels.contains(model) {
            try database.execute(
                sql:
                    "INSERT INTO customModel (provider, model, definition, createdAt, updatedAt) VALUES (?, ?, ?, ?, ?)",
                arguments: [
                    model.provider.rawValue, model.id, StoredObject.text { model.writeMembers(into: &$0) },
                    model.createdAt, model.updatedAt,
                ])
        }
        guard old.prices != new.prices else { return }
        try database.execute(sql: "DELETE FROM price")
        for (provider, models) in new.prices.rows {
            for (model, row) in models {
                var writer = JSONWriter()
                row.write(into: &writer)
                try database.execute(
                    sql: "INSERT INTO price (provider, model, prices) VALUES (?, ?, ?)",
                    arguments: [provider.rawValue, model, String(decoding: writer.bytes, as: UTF8.self)])
            }
        }
    }

    private func writeLimits(to database: Database) throws {
        for scope in Set(old.limits.keys).union(new.limits.keys) where old.limits[scope] != new.limits[scope] {
            try database.execute(sql: "DELETE FROM usageLimit WHERE scope = ?", arguments: [scope.text])
            guard let limits = new.limits[scope], !limits.isEmpty else { continue }
            try database.execute(
                sql: "INSERT INTO usageLimit (scope, limits) VALUES (?, ?)",
                arguments: [scope.text, StoredObject.text { limits.writeMembers(into: &$0) }])
        }
    }

    private func writeSettings(to database: Database) throws {
        var texts: [String: String] = [:]
        if old.routing != new.routing { texts["routing"] = new.routing.stored }
        if old.shaping != new.shaping {
            texts["thinkingBudget"] = StoredObject.text { new.shaping.thinking.writeMembers(into: &$0) }
            texts["systemPrompt"] = StoredObject.text { new.shaping.systemPrompt.writeMembers(into: &$0) }
        }
        for (name, text) in texts {
            try database.execute(
                sql: """
                    INSERT INTO setting (name, value) VALUES (?, ?)
                    ON CONFLICT (name) DO UPDATE SET value = excluded.value
                    """, arguments: [name, text])
        }
    }

    // MARK: Rows

    private func changed<Entity>(
        _ old: [Entity], _ new: [Entity], id: KeyPath<Entity, String>, _ name: KeyPath<Entity, String>
    ) -> [String] {
        let names = Dictionary(old.map { ($0[keyPath: id], $0[keyPath: name]) }) { first, _ in first }
        return new.filter { entity in names[entity[keyPath: id]].map { $0 != entity[keyPath: name] } ?? false }
            .map { $0[keyPath: id] }
    }

    private func remove<Entity>(
        _ old: [Entity], _ new: [Entity], id: KeyPath<Entity, String>, idColumn: String = "id", from table: String,
        in database: Database
    ) throws {
        let kept = Set(new.map { $0[keyPath: id] })
        for entity in old where !kept.contains(entity[keyPath: id]) {
            try database.execute(
                sql: "DELETE FROM \(table) WHERE \(idColumn) = ?", arguments: [entity[keyPath: id]])
        }
    }

    /// Removes, changes and adds rows; those that stay keep their place in the order.
    private func write<Entity: Equatable>(
        _ old: [Entity], _ new: [Entity], id: KeyPath<Entity, String>, idColumn: String = "id", from table: String,
        in database: Database, _ columns: (Entity) throws -> [String: (any DatabaseValueConvertible)?]
    ) throws {
        try remove(old, new, id: id, idColumn: idColumn, from: table, in: database)
        let before = Dictionary(old.map { ($0[keyPath: id], $0) }) { first, _ in first }
        for entity in new where before[entity[keyPath: id]] != entity {
            let key = entity[keyPath: id]
            let values = try columns(entity).sorted { $0.key < $1.key }
            let names = values.map(\.key)
            var arguments = StatementArguments(values.map(\.value))
            arguments += [key]
            let sql =
                if before[key] == nil {
                    "INSERT INTO \(table) (\(names.joined(separator: ", ")), \(idColumn)) "
                        + "VALUES (\(names.map { _ in "?, " }.joined())?)"
                } else {
                    "UPDATE \(table) SET \(names.map { "\($0) = ?" }.joined(separator: ", ")) WHERE \(idColumn) = ?"
                }
            try database.execute(sql: sql, arguments: arguments)
        }
    }
}
