/// Identifies a conversation: a hash made outside of what the client gave for it.
///
/// An explicit id (`x-session-id`, `prompt_cache_key`, `metadata.user_id`, `user`) where there is one, else system prompt,
/// first user text and sorted tool names. Never the connection: it is what is looked for.
public struct SessionKey: Sendable, Hashable {
    public var hash: UInt64

    public init(hash: UInt64) { self.hash = hash }
}

/// Remembers which account each conversation was served by, so that the upstream's prompt cache is found again.
///
/// The least recently used conversations are forgotten when there are too many, and all of them after a while unused.
public struct SessionAffinity: Sendable {
    private struct Entry {
        var key: UInt64
        var account: Int32
        var usedAt: MonotonicInstant
        var newer: Int32
        var older: Int32
    }

    /// Nanoseconds after which an unused conversation is forgotten.
    ///
    /// Default: 20 min. Range: 10...30 min.
    public var lifetime: UInt64 = 1_200_000_000_000
    private let capacity: Int
    private var entries: [Entry] = []
    private var positions: [UInt64: Int32] = [:]
    private var newest: Int32 = -1
    private var oldest: Int32 = -1

    public init(capacity: Int = 10000) { self.capacity = max(1, capacity) }

    public var count: Int { positions.count }

    /// The account a conversation was last served by; -1 when it is unknown or too old.
    ///
    /// Changes nothing: a look is no use.
    func account(_ session: SessionKey, pool: UInt64, at now: MonotonicInstant) -> Int32 {
        guard !positions.isEmpty, let position = positions[Self.key(session, pool)] else { return -1 }
        let entry = entries[Int(position)]
        return now.since(entry.usedAt) <= lifetime ? entry.account : -1
    }

    mutating func remember(_ session: SessionKey, pool: UInt64, account: Int32, at now: MonotonicInstant) {
        let key = Self.key(session, pool)
        if let position = positions[key] {
            entries[Int(position)].account = account
            entries[Int(position)].usedAt = now
            unlink(position)
            link(position)
            return
        }
        let position: Int32
        if entries.count < capacity {
            position = Int32(entries.count)
            entries.append(Entry(key: key, account: account, usedAt: now, newer: -1, older: -1))
        } else {
            position = oldest
            unlink(position)
            positions[entries[Int(position)].key] = nil
            entries[Int(position)] = Entry(key: key, account: account, usedAt: now, newer: -1, older: -1)
        }
        positions[key] = position
        link(position)
    }

    /// Forgets everything about an account.
    mutating func forget(account: Int32) {
        for index in entries.indices where entries[index].account == account { entries[index].account = -1 }
    }

    private mutating func link(_ position: Int32) {
        entries[Int(position)].older = newest
        entries[Int(position)].newer = -1
        if newest >= 0 { entries[Int(newest)].newer = position }
        newest = position
        if oldest < 0 { oldest = position }
    }

    private mutating func unlink(_ position: Int32) {
        let entry = entries[Int(position)]
        if entry.newer >= 0 { entries[Int(entry.newer)].older = entry.older } else { newest = entry.older }
        if entry.older >= 0 { entries[Int(entry.older)].newer = entry.newer } else { oldest = entry.newer }
    }

    private static func key(_ session: SessionKey, _ pool: UInt64) -> UInt64 {
        (session.hash ^ pool &* 0x9E37_79B9_7F4A_7C15) &* 0xD6E8_FEB8_6659_FD93
    }
}
