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
    struct Entry: Sendable {
        fileprivate var key: UInt64
        /// The conversation's hash, without the pool.
        let session: UInt64
        /// The account that served it last; -1 before any did.
        var account: Int32 = -1
        /// The account it was sent to last; -1 before it was sent anywhere.
        var current: Int32 = -1
        /// What was asked for there.
        var model = ""
        var requests: Int32 = 0
        /// Attempts in flight.
        ///
        /// One that began before its conversation was forgotten and found again is not counted.
        var active: Int32 = 0
        var createdAt: MonotonicInstant
        var usedAt: MonotonicInstant
        fileprivate var newer: Int32 = -1
        fileprivate var older: Int32 = -1
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

    /// An account served the conversation.
    mutating func remember(_ session: SessionKey, pool: UInt64, account: Int32, at now: MonotonicInstant) {
        let position = use(session, pool: pool, at: now)
        entries[position].account = account
    }

    /// The conversation is sent to an account.
    /// - Parameter isFirst: whether this is the request's first attempt.
    mutating func begin(
        _ session: SessionKey, pool: UInt64, account: Int32, model: String, isFirst: Bool, at now: MonotonicInstant
    ) {
        let position = use(session, pool: pool, at: now)
        entries[position].current = account
        if entries[position].model != model { entries[position].model = model }
        entries[position].active += 1
        if isFirst { entries[position].requests &+= 1 }
    }

    /// An attempt that ``begin(_:pool:account:model:isFirst:at:)`` was told of is over.
    mutating func end(_ session: SessionKey, pool: UInt64) {
        guard let position = positions[Self.key(session, pool)], entries[Int(position)].active > 0 else { return }
        entries[Int(position)].active -= 1
    }

    /// Conversations that were sent somewhere and are not forgotten, the most recently used first.
    func entries(at now: MonotonicInstant) -> [Entry] {
        var found: [Entry] = []
        var position = newest
        while position >= 0 {
            let entry = entries[Int(position)]
            if entry.current >= 0, entry.active > 0 || now.since(entry.usedAt) <= lifetime { found.append(entry) }
            position = entry.older
        }
        return found
    }

    /// Forgets everything about an account.
    mutating func forget(account: Int32) {
        for index in entries.indices where entries[index].account == account { entries[index].account = -1 }
    }

    /// - Returns: the place of the conversation, which is the most recently used one now.
    private mutating func use(_ session: SessionKey, pool: UInt64, at now: MonotonicInstant) -> Int {
        let key = Self.key(session, pool)
        let position: Int32
        if let known = positions[key] {
            position = known
            unlink(position)
            let entry = entries[Int(position)]
            // One that comes back after its time is a new one.
            if entry.active == 0, now.since(entry.usedAt) > lifetime {
                entries[Int(position)] = Entry(key: key, session: session.hash, createdAt: now, usedAt: now)
            }
            entries[Int(position)].usedAt = now
        } else {
            let entry = Entry(key: key, session: session.hash, createdAt: now, usedAt: now)
            if entries.count < capacity {
                position = Int32(entries.count)
                entries.append(entry)
            } else {
                position = oldest
                unlink(position)
                positions[entries[Int(position)].key] = nil
                entries[Int(position)] = entry
            }
            positions[key] = position
        }
        link(position)
        return Int(position)
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
