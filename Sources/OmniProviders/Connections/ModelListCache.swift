import OmniCore

/// Lists of models that were fetched a short time ago, a bounded number of them.
struct ModelListCache: Sendable {
    /// All that decides what a list holds: another key or address is another list.
    struct Key: Hashable, Sendable {
        private let connection: ConnectionID
        private let credential: Credential?
        private let addresses: [String?]

        init(_ connection: Connection, node: ProviderNode?) {
            self.connection = connection.id
            credential = connection.credential
            addresses = [connection.baseURL, node?.baseURL, node?.type.rawValue]
        }
    }

    private struct Entry: Sendable {
        var list: DiscoveredModels
        var fetchedAt: UInt64
    }

    private var entries: [Key: Entry] = [:]
    private let capacity: Int
    /// In nanoseconds.
    private let lifetime: UInt64

    /// - Parameters: capacity: lists. lifetime: default 10 min.
    init(capacity: Int = 32, lifetime: Duration = .seconds(600)) {
        self.capacity = max(1, capacity)
        self.lifetime = UInt64(lifetime.components.seconds) * 1_000_000_000
    }

    /// - Parameter now: monotonic nanoseconds.
    mutating func list(for key: Key, at now: UInt64) -> DiscoveredModels? {
        guard let entry = entries[key] else { return nil }
        guard now - entry.fetchedAt < lifetime else {
            entries[key] = nil
            return nil
        }
        return entry.list
    }

    mutating func keep(_ list: DiscoveredModels, for key: Key, at now: UInt64) {
        if entries[key] == nil, entries.count >= capacity,
            let oldest = entries.min(by: { $0.value.fetchedAt < $1.value.fetchedAt })
        {
            entries[oldest.key] = nil
        }
        entries[key] = Entry(list: list, fetchedAt: now)
    }
}
