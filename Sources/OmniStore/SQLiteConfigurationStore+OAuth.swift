import GRDB
public import OmniCore
import OmniJSON

/// OAuth tokens and the clients a person registered; both are encrypted whole.
extension SQLiteConfigurationStore {
    public func replaceTokens(
        of id: ConnectionID, from old: OAuthTokens?, to new: OAuthTokens
    ) async throws -> Bool {
        let box = box
        let sealed = try new.sealed(box)
        return try await pool.write { database in
            let stored = try String.fetchOne(
                database, sql: "SELECT oauth FROM connection WHERE id = ? AND oauth IS NOT NULL",
                arguments: [id.rawValue])
            guard let stored, try old == nil || OAuthTokens(sealed: stored, box: box) == old else { return false }
            try database.execute(
                sql: "UPDATE connection SET oauth = ? WHERE id = ?", arguments: [sealed, id.rawValue])
            return true
        }
    }

    public func setOAuth(_ registration: OAuthRegistration?, of provider: String) async throws -> Bool {
        guard let registration else {
            return try await change("DELETE FROM oauthProvider WHERE id = ?", [provider])
        }
        let text = StoredObject.text { registration.writeMembers(into: &$0, showsSecret: true) }
        return try await change(
            """
            INSERT INTO oauthProvider (id, registration) VALUES (?, ?)
            ON CONFLICT (id) DO UPDATE SET registration = excluded.registration
            """, [provider, try box.seal(text)])
    }

    static func registrations(in database: Database, box: SecretBox) throws -> [String: OAuthRegistration] {
        var registrations: [String: OAuthRegistration] = [:]
        for row in try Row.fetchAll(database, sql: "SELECT * FROM oauthProvider") {
            var registration = OAuthRegistration()
            try registration.merge(StoredObject.fields(try box.open(row["registration"])))
            registrations[row["id"]] = registration
        }
        return registrations
    }
}

extension OAuthTokens {
    init(sealed: String, box: SecretBox) throws {
        try self.init(stored: StoredObject.fields(try box.open(sealed)))
    }

    func sealed(_ box: SecretBox) throws -> String {
        try box.seal(StoredObject.text { writeMembers(into: &$0) })
    }
}
