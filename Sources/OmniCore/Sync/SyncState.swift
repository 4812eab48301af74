/// What is left of something that was deleted, so that a machine that still has it does not bring it back.
public struct SyncTombstone: Sendable, Hashable {
    /// Milliseconds since 1970.
    public var deletedAt: Int64
    /// Of the item as it was; whoever has it otherwise has changed it and is asked.
    public var digest: String

    public init(deletedAt: Int64, digest: String) {
        self.deletedAt = deletedAt
        self.digest = digest
    }
}

/// Synchronised things and what was deleted, as several machines agree on them.
public struct SyncState: Sendable, Hashable {
    public var items: [SyncKey: SyncItem]
    public var tombstones: [SyncKey: SyncTombstone]

    public init(items: [SyncKey: SyncItem] = [:], tombstones: [SyncKey: SyncTombstone] = [:]) {
        self.items = items
        self.tombstones = tombstones
    }

    /// More than these are forgotten, the oldest first.
    static let maximumTombstones = 5000

    mutating func forgetOldTombstones() {
        guard tombstones.count > Self.maximumTombstones else { return }
        let oldest = tombstones.sorted { ($0.value.deletedAt, $0.key) < ($1.value.deletedAt, $1.key) }
        for (key, _) in oldest.prefix(tombstones.count - Self.maximumTombstones) { tombstones[key] = nil }
    }
}
