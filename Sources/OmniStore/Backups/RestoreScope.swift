/// What a restore brings back, and what stays as it is on this machine.
///
/// A backup says what the router does, not who may administer it: whoever restores one has logged in, and neither an old
/// password nor an ended session comes to life again. Tables that are not named here are brought back.
enum RestoreScope {
    /// Tables that stay, and that no export holds: who may administer, what was done, and how this machine is synchronized.
    static let keptTables: Set<String> = [
        "session", "adminToken", "audit", "auditState", "syncText", "syncBundle", "syncToken",
    ]

    /// Rows of `setting` that stay, and that no export holds: access, and what was learned rather than configured.
    static let keptSettings: Set<String> = ["passwordHash", "setupTokenDigest", "routingHealth"]

    /// Columns that change by themselves and make no backup worth another.
    static let volatileColumns: [String: Set<String>] = [
        "connection": ["testStatus", "lastError", "lastErrorAt", "lastTestedAt", "updatedAt"]
    ]

    /// A list for SQL; the names are ours and hold no quotes.
    static let settingList = keptSettings.sorted().map { "'\($0)'" }.joined(separator: ", ")

    /// Which rows of a table a restore is about.
    static func condition(_ table: String) -> String {
        table == "setting" ? "WHERE name NOT IN (\(settingList))" : ""
    }
}
