/// How much a configuration holds, for people who choose between backups.
public struct BackupContents: Sendable, Hashable {
    public var connections: Int
    public var nodes: Int
    public var combos: Int
    public var clientKeys: Int

    public init(connections: Int = 0, nodes: Int = 0, combos: Int = 0, clientKeys: Int = 0) {
        self.connections = connections
        self.nodes = nodes
        self.combos = combos
        self.clientKeys = clientKeys
    }

    public init(of configuration: RouterConfiguration) {
        self.init(
            connections: configuration.connections.count, nodes: configuration.nodes.count,
            combos: configuration.combos.count, clientKeys: configuration.clientKeys.count)
    }
}

/// A backup as it is listed.
public struct BackupEntry: Sendable, Hashable {
    public var id: BackupID
    /// In bytes.
    public var size: Int
    public var contents: BackupContents
    /// SHA-256 of the file in hexadecimal; nil when it is not known, as of files that a person put there.
    public var digest: String?

    public init(id: BackupID, size: Int, contents: BackupContents, digest: String?) {
        self.id = id
        self.size = size
        self.contents = contents
        self.digest = digest
    }
}

/// What became of a restore.
public struct RestoreReport: Sendable, Hashable {
    /// What there is now.
    public var contents: BackupContents
    /// The state before; with it the restore can be undone.
    public var safetyCopy: BackupID

    public init(contents: BackupContents, safetyCopy: BackupID) {
        self.contents = contents
        self.safetyCopy = safetyCopy
    }
}
