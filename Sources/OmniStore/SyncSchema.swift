/// Tables of synchronising.
enum SyncSchema {
    /// `syncText` holds texts that are encrypted whole; `syncBundle` what other machines left here, sealed by them.
    static let tables = """
        CREATE TABLE syncText (name TEXT PRIMARY KEY, contents TEXT NOT NULL);
        CREATE TABLE syncBundle (
            name TEXT PRIMARY KEY, version TEXT NOT NULL, contents BLOB NOT NULL, updatedAt INTEGER NOT NULL);
        CREATE TABLE syncToken (
            id TEXT PRIMARY KEY, name TEXT NOT NULL, digest BLOB NOT NULL UNIQUE, createdAt INTEGER NOT NULL,
            usedAt INTEGER);
        """
}
