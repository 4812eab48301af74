/// A place of a person's own where the sealed configuration lies.
public protocol SyncEndpoint: Sendable {
    /// - Returns: nil when there is nothing yet.
    func fetch(_ object: SyncObject) async throws(SyncFault) -> StoredSync?
    /// Writes only when nobody else has written meanwhile.
    /// - Parameter version: what is replaced; nil when there must be nothing.
    /// - Throws: ``SyncFault/Code/changed`` when there is another version.
    func store(_ bytes: [UInt8], as object: SyncObject, replacing version: String?) async throws(SyncFault)
    func remove(_ object: SyncObject) async throws(SyncFault)
}

/// What lies at an endpoint.
public enum SyncObject: Sendable, Hashable {
    case bundle
    /// Written and removed to see how the endpoint behaves.
    case probe

    /// Behind the name of the bundle.
    var suffix: String { self == .bundle ? "" : ".probe" }
}

/// Sealed bytes and the version the endpoint gave them.
public struct StoredSync: Sendable, Hashable {
    public var bytes: [UInt8]
    public var version: String

    public init(bytes: [UInt8], version: String) {
        self.bytes = bytes
        self.version = version
    }
}

/// Seals what leaves the machine.
public protocol SyncSealer: Sendable {
    /// - Returns: what is wrong with a passphrase, for people; nil when it may be used.
    func objection(to passphrase: String) -> String?
    func seal(_ bytes: [UInt8], passphrase: String) throws(SyncFault) -> [UInt8]
    func open(_ bytes: [UInt8], passphrase: String) throws(SyncFault) -> [UInt8]
}

/// Keeps what synchronising needs between runs, encrypted, and changes the configuration together with it.
public protocol SyncStore: Sendable {
    /// The text kept under a name.
    func syncText(_ name: SyncText) async throws -> String?
    func setSyncText(_ name: SyncText, _ text: String?) async throws
    /// Changes configuration and record in one step.
    /// - Parameter change: the configuration as it is to be; nil when it is not what the decision was made for.
    /// - Returns: false when the change was given up.
    func changeConfiguration(
        record: String, _ change: @escaping @Sendable (RouterConfiguration) throws -> RouterConfiguration?
    ) async throws -> Bool

    // MARK: For other machines

    func hostedBundle(_ name: String) async throws -> StoredSync?
    /// - Returns: false when there is another version than the one that was to be replaced.
    func setHostedBundle(_ name: String, _ bytes: [UInt8], version: String, replacing old: String?) async throws -> Bool
    func removeHostedBundle(_ name: String) async throws -> Bool
    func hostedBundles() async throws -> [HostedSync]

    func syncTokens() async throws -> [SyncToken]
    func insertSyncToken(_ token: SyncToken) async throws
    func removeSyncToken(_ id: String) async throws -> Bool
    /// - Returns: whether there is a token with this digest.
    func useSyncToken(digest: [UInt8], at now: Int64) async throws -> Bool
}

/// Texts that are kept.
public enum SyncText: String, Sendable { case settings, record }

/// What lies here for other machines; its contents are sealed and cannot be read here.
public struct HostedSync: Sendable, Hashable {
    public var name: String
    public var size: Int
    /// Milliseconds since 1970.
    public var updatedAt: Int64

    public init(name: String, size: Int, updatedAt: Int64) {
        self.name = name
        self.size = size
        self.updatedAt = updatedAt
    }
}

/// What another machine shows to synchronise through this one; good for nothing else.
public struct SyncToken: Sendable, Hashable {
    public var id: String
    public var name: String
    /// SHA-256 of the secret's UTF-8 bytes.
    public var digest: [UInt8]
    public var createdAt: Int64
    public var usedAt: Int64?

    public init(id: String, name: String, digest: [UInt8], createdAt: Int64, usedAt: Int64? = nil) {
        self.id = id
        self.name = name
        self.digest = digest
        self.createdAt = createdAt
        self.usedAt = usedAt
    }
}
