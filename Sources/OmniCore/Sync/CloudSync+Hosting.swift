import Crypto

/// What this machine does for others: it keeps their sealed bundles, and cannot read them.
extension CloudSync {
    /// More names than these are refused: each may hold 16 MiB.
    public static let maximumHostedBundles = 16

    public func hostedBundles() async throws -> [HostedSync] { try await store.hostedBundles() }

    public func hostedBundle(_ name: String) async throws -> StoredSync? { try await store.hostedBundle(name) }

    /// - Parameter version: what is replaced; nil when there must be nothing.
    /// - Returns: the new version; nil when there is another one than `version`.
    public func host(_ bytes: [UInt8], as name: String, replacing version: String?) async throws -> String? {
        if version == nil {
            let names = try await store.hostedBundles().map(\.name)
            guard names.contains(name) || names.count < Self.maximumHostedBundles else {
                throw SyncFault(.tooLarge, "\(Self.maximumHostedBundles) bundles are kept here already")
            }
        }
        // A state that comes back after another is the same one: whoever replaces it knows what it held.
        let made = "\"\(Array(SHA256.hash(data: bytes)).hexadecimal)\""
        return try await store.setHostedBundle(name, bytes, version: made, replacing: version) ? made : nil
    }

    public func removeHostedBundle(_ name: String) async throws -> Bool { try await store.removeHostedBundle(name) }

    // MARK: Tokens

    public func tokens() async throws -> [SyncToken] { try await store.syncTokens() }

    /// Makes what another machine shows; the secret is told once and not kept.
    public func makeToken(id: String, name: String) async throws -> (token: SyncToken, secret: String) {
        let secret = "osync-" + (0..<24).map { _ in UInt8.random(in: 0...255) }.hexadecimal
        let token = SyncToken(
            id: id, name: name, digest: ClientKeySecret.digest(secret), createdAt: clock.wallMilliseconds())
        try await store.insertSyncToken(token)
        return (token, secret)
    }

    public func removeToken(_ id: String) async throws -> Bool { try await store.removeSyncToken(id) }

    /// Whether a secret is that of a token, which is then put on record as used.
    public func accepts(_ secret: String) async throws -> Bool {
        guard secret.hasPrefix("osync-"), secret.utf8.count < 200 else { return false }
        return try await store.useSyncToken(digest: ClientKeySecret.digest(secret), at: clock.wallMilliseconds())
    }
}
