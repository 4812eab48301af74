import GRDB
import OmniCore
import OmniJSON

/// What a person may read in an archive without SQLite: lists without secrets.
struct ExportListings {
    let entries: [TarSource.Entry]

    init(of path: String) throws {
        let queue = try DatabaseQueue(path: path)
        entries = try queue.read { database in
            [
                .bytes("settings.json", try Self.settings(database)),
                .bytes("combos.json", try Self.combos(database)),
                .bytes(
                    "providers.json",
                    try Self.list(
                        database,
                        """
                        SELECT id, provider, name, CASE WHEN oauth IS NULL THEN 'apikey' ELSE 'oauth' END AS authType,
                            isActive, priority, baseURL, defaultModel, createdAt FROM connection ORDER BY provider, priority
                        """)),
                .bytes(
                    "api-keys.json",
                    try Self.list(
                        database,
                        "SELECT id, name, mask, isActive, revokedAt, createdAt FROM clientKey ORDER BY createdAt")
                ),
            ]
        }
        try queue.close()
    }

    /// Settings whose text is sealed are left out.
    private static func settings(_ database: Database) throws -> [UInt8] {
        let rows = try Row.fetchAll(database, sql: "SELECT name, value FROM setting ORDER BY name")
        return object { writer in
            for row in rows where SecretResealer.keyIDs(in: row["value"]).isEmpty {
                writer.key(JSONText(row["name"] as String))
                writer.parsed(row["value"])
            }
        }
    }

    private static func combos(_ database: Database) throws -> [UInt8] {
        let rows = try Row.fetchAll(database, sql: "SELECT id, name, definition, isActive FROM combo ORDER BY name")
        return object { writer in
            writer.key("combos")
            writer.beginArray()
            for row in rows {
                writer.beginObject()
                writer.key("id")
                writer.string(row["id"])
                writer.key("name")
                writer.string(row["name"])
                writer.key("isActive")
                writer.value(row["isActive"] as Bool)
                writer.key("definition")
                writer.parsed(row["definition"])
                writer.endObject()
            }
            writer.endArray()
        }
    }

    private static func list(_ database: Database, _ sql: String) throws -> [UInt8] {
        let rows = try Row.fetchAll(database, sql: sql)
        return object { writer in
            writer.key("items")
            writer.beginArray()
            for row in rows {
                writer.beginObject()
                for (name, value) in row {
                    writer.key(JSONText(name))
                    switch value.storage {
                    case .int64(let number) where name == "isActive": writer.value(number != 0)
                    case .int64(let number): writer.value(Int(number))
                    case .string(let text): writer.string(text)
                    case .null, .double, .blob: writer.null()
                    }
                }
                writer.endObject()
            }
            writer.endArray()
        }
    }

    private static func object(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
        Array(StoredObject.text(write).utf8)
    }
}

extension JSONWriter {
    /// Text that may be JSON, as what it is.
    fileprivate mutating func parsed(_ text: String) {
        // What is no JSON is a text.
        if let value = try? JSONValue(parsing: Array(text.utf8)) { self.value(value) } else { string(text) }
    }

    /// An object of names and digests.
    mutating func digests(_ digests: [(String, String)]) {
        beginObject()
        for (name, digest) in digests {
            key(JSONText(name))
            string(digest)
        }
        endObject()
    }
}
