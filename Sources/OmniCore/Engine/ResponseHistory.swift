import OmniJSON

/// Answers to Responses clients and what led to them, so that later requests can refer to them by id.
///
/// A value without a clock. Bounded by bytes: what was used least lately goes first, and of a conversation its newest
/// turns go before those they build on.
struct ResponseHistory: Sendable {
    struct Entry: Sendable {
        /// Only requests with the same key find it.
        var clientKey: ClientKeyID?
        /// The response this one continued.
        var previous: String?
        /// Items of the request and of the answer in the form later requests carry them, with commas between.
        var items: [UInt8]
        /// How many bytes of `items` are the request's own.
        var inputLength: Int
        /// The response object as the client got it.
        var answer: [UInt8]
        /// Milliseconds since 1970.
        var storedAt: Int64

        fileprivate var stamp: UInt64 = 0
        fileprivate var itemIDs: [String] = []

        init(
            clientKey: ClientKeyID?, previous: String?, items: [UInt8], inputLength: Int, answer: [UInt8],
            storedAt: Int64
        ) {
            self.clientKey = clientKey
            self.previous = previous
            self.items = items
            self.inputLength = inputLength
            self.answer = answer
            self.storedAt = storedAt
        }

        fileprivate var byteCount: Int { items.count + answer.count + 256 }
    }

    private let maximumBytes: Int
    private let maximumAge: Int64
    private var entries: [String: Entry] = [:]
    /// Which response an item of an answer belongs to.
    private var owners: [String: String] = [:]
    private(set) var byteCount = 0
    private var stamp: UInt64 = 0

    /// - Parameters:
    ///   - maximumBytes: what all entries may hold together.
    ///   - maximumAge: milliseconds after which an entry counts as gone.
    init(maximumBytes: Int, maximumAge: Int64) {
        self.maximumBytes = maximumBytes
        self.maximumAge = maximumAge
    }

    /// - Parameter outputIDs: the ids of the answer's items.
    mutating func keep(_ entry: Entry, as id: String, outputIDs: [String]) {
        remove(id)
        guard entry.byteCount <= maximumBytes, !isCircular(entry, as: id) else { return }
        var entry = entry
        entry.itemIDs = outputIDs
        byteCount += entry.byteCount
        for item in outputIDs { owners[item] = id }
        entries[id] = entry
        touch(id)
        if byteCount > maximumBytes { evict() }
    }

    /// An entry for whom it belongs to.
    func entry(_ id: String, for clientKey: ClientKeyID?, now: Int64) -> Entry? {
        guard let entry = entries[id], entry.clientKey == clientKey, now - entry.storedAt <= maximumAge else {
            return nil
        }
        return entry
    }

    /// The whole conversation up to and with a response.
    /// - Returns: items with commas between; nil when the response or one it builds on is not here.
    mutating func conversation(upTo id: String, for clientKey: ClientKeyID?, now: Int64) -> [UInt8]? {
        var turns: [[UInt8]] = []
        var next: String? = id
        while let current = next {
            guard let entry = entry(current, for: clientKey, now: now) else { return nil }
            turns.append(entry.items)
            next = entry.previous
        }
        touch(id)
        return Array(turns.reversed().filter { !$0.isEmpty }.joined(separator: [UInt8(ascii: ",")]))
    }

    /// One item of an answer, as later requests carry it.
    func item(_ id: String, for clientKey: ClientKeyID?, now: Int64) -> [UInt8]? {
        guard let owner = owners[id], let entry = entry(owner, for: clientKey, now: now),
            let position = entry.itemIDs.firstIndex(of: id)
        else { return nil }
        var output = entry.items[entry.inputLength...]
        if output.first == UInt8(ascii: ",") { output.removeFirst() }
        // Written here in the order of `itemIDs`; what cannot be read was not.
        let bytes = [UInt8(ascii: "[")] + output + [UInt8(ascii: "]")]
        guard let list = try? JSONValue(parsing: bytes) else { return nil }
        for (index, item) in list.elements.enumerated() where index == position { return Array(item.raw) }
        return nil
    }

    mutating func remove(_ id: String) {
        guard let entry = entries.removeValue(forKey: id) else { return }
        byteCount -= entry.byteCount
        for item in entry.itemIDs where owners[item] == id { owners[item] = nil }
    }

    /// Whether a response continues itself, as an upstream that gives one id to several answers makes it look.
    private func isCircular(_ entry: Entry, as id: String) -> Bool {
        var next = entry.previous
        while let current = next {
            if current == id { return true }
            next = entries[current]?.previous
        }
        return false
    }

    /// Marks a conversation as used, the oldest turn last, so that no turn outlives one it builds on.
    private mutating func touch(_ id: String) {
        var next: String? = id
        while let current = next, entries[current] != nil {
            stamp += 1
            entries[current]?.stamp = stamp
            next = entries[current]?.previous
        }
    }

    /// Drops a quarter at once, for the order has to be found out each time.
    private mutating func evict() {
        for (id, _) in entries.sorted(by: { $0.value.stamp < $1.value.stamp }) {
            guard byteCount > maximumBytes / 4 * 3 else { return }
            remove(id)
        }
    }
}
