public import OmniCore

/// Finds a tool its client key.
///
/// The texts of keys are not kept. A tool goes on with the key its file holds; any other wish needs the key's text, or ends
/// in a new key with the same limits.
public struct ToolKeys: Sendable {
    /// The key a tool gets.
    struct Choice: Sendable {
        var secret: String
        var use: ToolOutcome.KeyUse
        /// What has to be stored first; nil for a key that is there.
        var made: ClientKey?
        /// The key whose limits it takes over.
        var original: ClientKeyID?
    }

    let store: any ConfigurationStore
    /// Makes a new key known to the data plane.
    let publish: @Sendable () async throws -> Void
    let makeID: @Sendable () -> String

    public init(
        store: any ConfigurationStore, publish: @escaping @Sendable () async throws -> Void,
        makeID: @escaping @Sendable () -> String
    ) {
        self.store = store
        self.publish = publish
        self.makeID = makeID
    }

    func choose(
        for tool: CodingTool, present: String?, keyID: String?, key: String?, now: Int64
    ) async throws -> Choice {
        let known = try await store.load().clientKeys.filter { $0.isActive && $0.revokedAt == nil }
        var wanted: ClientKey?
        if let keyID {
            guard let found = known.first(where: { $0.id.rawValue == keyID }) else {
                throw ToolFault(.invalid, "no active client key has this id", field: "keyId")
            }
            wanted = found
        }
        // Lists show keys shortened, and whoever names one by its id may send along what the list showed.
        if let key, wanted.map({ $0.mask != key }) ?? true {
            let digest = ClientKeySecret.digest(key)
            guard let found = known.first(where: { $0.digest == digest }), wanted == nil || wanted?.id == found.id
            else {
                throw ToolFault(
                    .invalid, "is not the text of an active client key (lists show keys shortened)", field: "apiKey")
            }
            return Choice(secret: key, use: use(found, isNew: false))
        }
        if let present {
            let digest = ClientKeySecret.digest(present)
            if let found = known.first(where: { $0.digest == digest }), wanted == nil || wanted?.id == found.id {
                return Choice(secret: present, use: use(found, isNew: false))
            }
        }
        let name = wanted.map { "\($0.name.prefix(180)) (\(tool.name))" } ?? tool.name
        let made = ClientKeySecret(id: ClientKeyID(makeID()), name: name, now: now)
        var stored = made.key
        if let wanted { stored.limits = wanted.limits }
        return Choice(secret: made.secret, use: use(stored, isNew: true), made: stored, original: wanted?.id)
    }

    private func use(_ key: ClientKey, isNew: Bool) -> ToolOutcome.KeyUse {
        ToolOutcome.KeyUse(id: key.id.rawValue, name: key.name, mask: key.mask, isNew: isNew)
    }

    func store(_ choice: Choice) async throws {
        guard let key = choice.made else { return }
        try await store.insertClientKey(key)
        if let original = choice.original, let limits = try await store.load().limits[.clientKey(original)] {
            try await store.setLimits(limits, of: .clientKey(key.id))
        }
        try await publish()
    }

    func revoke(_ choice: Choice, now: Int64) async throws {
        guard var key = choice.made else { return }
        key.isActive = false
        key.revokedAt = now
        _ = try await store.updateClientKey(key)
        try await publish()
    }
}
