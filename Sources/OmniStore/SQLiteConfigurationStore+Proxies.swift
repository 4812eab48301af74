import GRDB
public import OmniCore
import OmniJSON

/// Network proxies, each encrypted whole, since user names may be secrets too.
extension SQLiteConfigurationStore {
    /// What is gone takes its proxy with it: an id that comes again must not find one.
    static let proxyTable = """
        CREATE TABLE proxy (level TEXT NOT NULL, id TEXT NOT NULL, definition TEXT NOT NULL, PRIMARY KEY (level, id));
        CREATE TRIGGER proxyOfConnection AFTER DELETE ON connection BEGIN
            DELETE FROM proxy WHERE level = 'key' AND id = OLD.id;
        END;
        CREATE TRIGGER proxyOfNode AFTER DELETE ON node BEGIN
            DELETE FROM proxy WHERE level = 'provider' AND id = OLD.id;
        END;
        CREATE TRIGGER proxyOfCombo AFTER DELETE ON combo BEGIN
            DELETE FROM proxy WHERE level = 'combo' AND id = OLD.id;
        END;
        """

    public func changeProxies(
        _ changes: [(place: ProxySettings.Place, choice: ProxyChoice?)], options: ProxySettings.Options?
    ) async throws {
        let box = box
        let rows = try changes.map { place, choice in
            (place, try choice.map { try box.seal(Self.text($0)) })
        }
        let text = options.map { options in StoredObject.text { options.writeMembers(into: &$0) } }
        try await pool.write { database in
            for (place, definition) in rows {
                try database.execute(
                    sql: "DELETE FROM proxy WHERE level = ? AND id = ?", arguments: [place.level.rawValue, place.id])
                guard let definition else { continue }
                try database.execute(
                    sql: "INSERT INTO proxy (level, id, definition) VALUES (?, ?, ?)",
                    arguments: [place.level.rawValue, place.id, definition])
            }
            guard let text else { return }
            try database.execute(
                sql: """
                    INSERT INTO setting (name, value) VALUES ('proxyOptions', ?)
                    ON CONFLICT (name) DO UPDATE SET value = excluded.value
                    """, arguments: [text])
        }
    }

    static func proxies(in database: Database, box: SecretBox) throws -> ProxySettings {
        var proxies = ProxySettings()
        for row in try Row.fetchAll(database, sql: "SELECT * FROM proxy") {
            let (name, id): (String, String) = (row["level"], row["id"])
            guard let level = ProxySettings.Level(rawValue: name) else {
                throw StoreError(.database, "the database holds a proxy of an unknown level")
            }
            let text = try box.open(row["definition"] as String)
            proxies.choices[ProxySettings.Place(level, id)] = try ProxyChoice(
                stored: JSONValue(parsing: Array(text.utf8)))
        }
        if let text = try setting("proxyOptions", in: database) {
            try proxies.options.merge(StoredObject.fields(text))
        }
        return proxies
    }

    private static func text(_ choice: ProxyChoice) -> String {
        var writer = JSONWriter()
        choice.write(into: &writer, showsSecret: true)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
