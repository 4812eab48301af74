import GRDB
public import OmniCore

/// The configuration in one SQLite file; secrets in it are encrypted.
public final class SQLiteConfigurationStore: ConfigurationStore, RoutingHealthStore {
    let pool: DatabasePool
    let box: SecretBox

    init(path: String, box: SecretBox) throws {
        self.box = box
        pool = try SQLiteFile.open(path, migrator: Self.migrator)
    }

    /// Append-only: a migration that was released is never changed.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 foundation") { database in
            try database.execute(
                sql: """
                    CREATE TABLE node (
                        id TEXT PRIMARY KEY, name TEXT NOT NULL, prefix TEXT NOT NULL UNIQUE, type TEXT NOT NULL,
                        apiType TEXT, baseURL TEXT NOT NULL, createdAt INTEGER NOT NULL, updatedAt INTEGER NOT NULL);
                    CREATE TABLE connection (
                        id TEXT PRIMARY KEY, provider TEXT NOT NULL, name TEXT NOT NULL, priority INTEGER NOT NULL,
                        isActive INTEGER NOT NULL, baseURL TEXT, apiKey TEXT, defaultModel TEXT,
                        testStatus TEXT NOT NULL, lastError TEXT, lastErrorAt INTEGER, lastTestedAt INTEGER,
                        createdAt INTEGER NOT NULL, updatedAt INTEGER NOT NULL, UNIQUE (provider, name));
                    CREATE TABLE clientKey (
                        id TEXT PRIMARY KEY, name TEXT NOT NULL, digest BLOB NOT NULL UNIQUE, mask TEXT NOT NULL,
                        isActive INTEGER NOT NULL, revokedAt INTEGER, createdAt INTEGER NOT NULL);
                    CREATE TABLE alias (alias TEXT PRIMARY KEY, model TEXT NOT NULL);
                    CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
                    CREATE TABLE session (
                        digest BLOB PRIMARY KEY, expiresAt INTEGER NOT NULL, createdAt INTEGER NOT NULL);
                    """)
        }
        // Objects as JSON where only the router itself reads what is in them.
        migrator.registerMigration("2 routing") { database in
            try database.execute(
                sql: """
                    ALTER TABLE connection ADD COLUMN options TEXT NOT NULL DEFAULT '{}';
                    CREATE TABLE combo (
                        id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, definition TEXT NOT NULL,
                        isActive INTEGER NOT NULL, createdAt INTEGER NOT NULL, updatedAt INTEGER NOT NULL);
                    CREATE TABLE price (
                        provider TEXT NOT NULL, model TEXT NOT NULL COLLATE NOCASE, prices TEXT NOT NULL,
                        PRIMARY KEY (provider, model));
                    """)
        }
        migrator.registerMigration("3 custom models and imported prices") { database in
            try database.execute(
                sql: """
                    CREATE TABLE customModel (
                        provider TEXT NOT NULL, model TEXT NOT NULL COLLATE NOCASE, definition TEXT NOT NULL,
                        createdAt INTEGER NOT NULL, updatedAt INTEGER NOT NULL, PRIMARY KEY (provider, model));
                    CREATE TABLE importedPrice (
                        provider TEXT NOT NULL, model TEXT NOT NULL COLLATE NOCASE, input REAL, output REAL, cached REAL,
                        reasoning REAL, cacheCreation REAL, PRIMARY KEY (provider, model));
                    """)
        }
        migrator.registerMigration("4 limits") { database in
            try database.execute(sql: "CREATE TABLE usageLimit (scope TEXT PRIMARY KEY, limits TEXT NOT NULL)")
        }
        migrator.registerMigration("5 policies") { database in
            try database.execute(
                sql: """
                    ALTER TABLE clientKey ADD COLUMN limits TEXT NOT NULL DEFAULT '{}';
                    CREATE TABLE policy (id TEXT PRIMARY KEY, definition TEXT NOT NULL);
                    """)
        }
        migrator.registerMigration("6 prices of other units") { database in
            try database.execute(sql: "ALTER TABLE importedPrice ADD COLUMN units TEXT")
        }
        migrator.registerMigration("7 oauth accounts") { database in
            try database.execute(
                sql: """
                    ALTER TABLE connection ADD COLUMN oauth TEXT;
                    CREATE TABLE oauthProvider (id TEXT PRIMARY KEY, registration TEXT NOT NULL);
                    """)
        }
        migrator.registerMigration("8 tokens and audit") { database in
            try database.execute(sql: administrationTables)
        }
        migrator.registerMigration("9 proxies") { try $0.execute(sql: Self.proxyTable) }
        migrator.registerMigration("10 evals", migrate: Self.addEvalSuites)
        migrator.registerMigration("11 sync") { database in
            try database.execute(sql: SyncSchema.tables)
        }
        return migrator
    }

    public func load() async throws -> RouterConfiguration { try await pool.read(reading) }

    /// Reads the whole configuration in a transaction of any kind.
    var reading: @Sendable (Database) throws -> RouterConfiguration {
        let box = box
        return { database in
            var configuration = RouterConfiguration(
                connections: try Row.fetchAll(database, sql: "SELECT * FROM connection ORDER BY createdAt, id")
                    .map { try Connection(row: $0, box: box) },
                nodes: try Row.fetchAll(database, sql: "SELECT * FROM node ORDER BY createdAt, id")
                    .map { try ProviderNode(row: $0) },
                clientKeys: try Row.fetchAll(database, sql: "SELECT * FROM clientKey ORDER BY createdAt, id")
                    .map { try ClientKey(row: $0) },
                aliases: try Row.fetchAll(database, sql: "SELECT * FROM alias ORDER BY alias")
                    .map { ModelAlias(alias: $0["alias"], model: $0["model"]) },
                settings: RouterSettings(
                    requireAPIKey: try Self.setting("requireAPIKey", in: database).map { $0 == "true" },
                    requireLogin: try Self.setting("requireLogin", in: database) != "false"),
                combos: try Row.fetchAll(database, sql: "SELECT * FROM combo ORDER BY name, id")
                    .map { try Combo(row: $0) },
                routing: try Self.setting("routing", in: database).map { try RoutingSettings(stored: $0) }
                    ?? RoutingSettings(),
                prices: try PriceTable(
                    rows: Row.fetchAll(database, sql: "SELECT * FROM price ORDER BY provider, model")))
            try Self.loadCatalogue(into: &configuration, from: database)
            configuration.limits = try Self.limits(Row.fetchAll(database, sql: "SELECT * FROM usageLimit"))
            try configuration.readRules(from: database)
            configuration.oauth = try Self.registrations(in: database, box: box)
            configuration.proxies = try Self.proxies(in: database, box: box)
            return configuration
        }
    }

    // MARK: Connections

    public func insertConnection(_ connection: Connection) async throws {
        _ = try await change(
            """
            INSERT INTO connection (provider, name, priority, isActive, baseURL, apiKey, defaultModel, testStatus,
                lastError, lastErrorAt, lastTestedAt, createdAt, updatedAt, options, id, oauth)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, try connection.arguments(box) + [connection.credential?.tokens?.sealed(box)])
    }

    public func updateConnection(_ connection: Connection) async throws -> Bool {
        let arguments = try connection.arguments(box)
        return try await change(
            """
            UPDATE connection SET provider = ?, name = ?, priority = ?, isActive = ?, baseURL = ?, apiKey = ?,
                defaultModel = ?, testStatus = ?, lastError = ?, lastErrorAt = ?, lastTestedAt = ?, createdAt = ?,
                updatedAt = ?, options = ? WHERE id = ?
            """, arguments)
    }

    public func deleteConnection(_ id: ConnectionID) async throws -> Bool {
        try await change("DELETE FROM connection WHERE id = ?", [id.rawValue])
    }

    // MARK: Nodes

    public func insertNode(_ node: ProviderNode) async throws {
        _ = try await change(
            "INSERT INTO node (name, prefix, type, apiType, baseURL, createdAt, updatedAt, id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            node.arguments)
    }

    public func updateNode(_ node: ProviderNode) async throws -> Bool {
        try await change(
            """
            UPDATE node SET name = ?, prefix = ?, type = ?, apiType = ?, baseURL = ?, createdAt = ?, updatedAt = ?
            WHERE id = ?
            """, node.arguments)
    }

    public func deleteNode(_ id: ProviderNodeID) async throws -> Bool {
        try await pool.write { database in
            try database.execute(sql: "DELETE FROM node WHERE id = ?", arguments: [id.rawValue])
            // Connections of a catalogue provider of that name are none of a node's.
            guard database.changesCount > 0 else { return false }
            for table in ["connection", "price", "customModel"] {
                try database.execute(sql: "DELETE FROM \(table) WHERE provider = ?", arguments: [id.rawValue])
            }
            return true
        }
    }

    // MARK: Client keys, aliases, settings

    public func insertClientKey(_ key: ClientKey) async throws {
        _ = try await change(
            """
            INSERT INTO clientKey (name, digest, mask, isActive, revokedAt, createdAt, limits, id)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """, key.arguments)
    }

    public func updateClientKey(_ key: ClientKey) async throws -> Bool {
        try await change(
            """
            UPDATE clientKey SET name = ?, digest = ?, mask = ?, isActive = ?, revokedAt = ?, createdAt = ?,
                limits = ? WHERE id = ?
            """, key.arguments)
    }

    public func setAlias(_ alias: ModelAlias) async throws {
        _ = try await change(
            "INSERT INTO alias (alias, model) VALUES (?, ?) ON CONFLICT (alias) DO UPDATE SET model = excluded.model",
            [alias.alias, alias.model])
    }

    public func removeAlias(_ alias: String) async throws -> Bool {
        try await change("DELETE FROM alias WHERE alias = ?", [alias])
    }

    public func updateSettings(_ settings: RouterSettings) async throws {
        try await set("requireAPIKey", settings.requireAPIKey.map { $0 ? "true" : "false" })
        try await set("requireLogin", settings.requireLogin ? "true" : "false")
    }

    // MARK: Access

    public func passwordHash() async throws -> String? { try await setting("passwordHash") }

    public func setPasswordHash(_ hash: String) async throws { try await set("passwordHash", hash) }

    public func routingHealth() async throws -> String? { try await setting("routingHealth") }

    public func setRoutingHealth(_ json: String) async throws { try await set("routingHealth", json) }

    public func setupTokenDigest() async throws -> [UInt8]? {
        try await setting("setupTokenDigest").flatMap { [UInt8](hexadecimal: $0) }
    }

    public func setSetupTokenDigest(_ digest: [UInt8]?) async throws {
        try await set("setupTokenDigest", digest?.hexadecimal)
    }

    // Compared by the database, not in constant time: an attacker cannot choose a digest, only what it is made of.
    public func spendSetupToken(digest: [UInt8]) async throws -> Bool {
        try await change("DELETE FROM setting WHERE name = 'setupTokenDigest' AND value = ?", [digest.hexadecimal])
    }

    public func sessionExpiry(digest: [UInt8]) async throws -> Int64? {
        try await pool.read { database in
            try Int64.fetchOne(
                database, sql: "SELECT expiresAt FROM session WHERE digest = ?", arguments: [Self.blob(digest)])
        }
    }

    public func removeSession(digest: [UInt8]) async throws {
        _ = try await change("DELETE FROM session WHERE digest = ?", [Self.blob(digest)])
    }

    public func removeAllSessions() async throws { _ = try await change("DELETE FROM session", []) }

    public func removeExpiredSessions(now: Int64) async throws {
        _ = try await change("DELETE FROM session WHERE expiresAt <= ?", [now])
    }

    // MARK: Statements

    /// - Throws: ``ConfigurationConflict`` when a name is taken.
    func change(_ sql: String, _ arguments: StatementArguments) async throws -> Bool {
        do {
            return try await pool.write { database in
                try database.execute(sql: sql, arguments: arguments)
                return database.changesCount > 0
            }
        } catch let error as DatabaseError where error.extendedResultCode == .SQLITE_CONSTRAINT_UNIQUE {
            // SQLite says `UNIQUE constraint failed: combo.name`, or several columns, the last one being the name.
            let column = error.message?.split(separator: ".").last.map(String.init) ?? "name"
            throw ConfigurationConflict(field: column)
        }
    }

    func setting(_ name: String) async throws -> String? {
        try await pool.read { database in try Self.setting(name, in: database) }
    }

    static func setting(_ name: String, in database: Database) throws -> String? {
        try String.fetchOne(database, sql: "SELECT value FROM setting WHERE name = ?", arguments: [name])
    }

    func set(_ name: String, _ value: String?) async throws {
        if let value {
            _ = try await change(
                "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                [name, value])
        } else {
            _ = try await change("DELETE FROM setting WHERE name = ?", [name])
        }
    }
}
