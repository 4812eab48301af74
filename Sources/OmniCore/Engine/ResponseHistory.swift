import OmniJSON

/// Answers to Responses clients and what led to them, so that later requests can refer to them by id.
///
/// A value without a clock, bounded by bytes and age. Of a conversation its newest turns go before those they build on.
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
        /// The ids of the answer's items.
        var outputIDs: [String] = []
    }

    private var entries: BoundedMemory<String, Entry>
    /// Which response an item of an answer belongs to.
    private var owners: [String: String] = [:]

    init(maximumBytes: Int, maximumAge: Int64) {
        entries = BoundedMemory(maximumBytes: maximumBytes, maximumAge: maximumAge)
    }

    var byteCount: Int { entries.byteCount }

    /// - Parameter now: milliseconds since 1970, as everywhere here.
    mutating func keep(_ entry: Entry, as id: String, now: Int64) {
        remove(id)
        guard !isCircular(entry, as: id, now: now) else { return }
        for item in entry.outputIDs { owners[item] = id }
        let size = entry.items.count + entry.answer.count + 256
        for gone in entries.keep(entry, for: id, byteCount: size, now: now) { forgetItems(of: gone) }
        touch(id, now: now)
    }

    /// An entry for whom it belongs to.
    func entry(_ id: String, for clientKey: ClientKeyID?, now: Int64) -> Entry? {
        guard let entry = entries.value(id, now: now), entry.clientKey == clientKey else { return nil }
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
        touch(id, now: now)
        return Array(turns.reversed().filter { !$0.isEmpty }.joined(separator: [UInt8(ascii: ",")]))
    }

    /// One item of an answer, as later requests carry it.
    func item(_ id: String, for clientKey: ClientKeyID?, now: Int64) -> [UInt8]? {
        guard let owner = owners[id], let entry = entry(owner, for: clientKey, now: now),
            let position = entry.outputIDs.firstIndex(of: id)
        else { return nil }
        var output = entry.items[entry.inputLength...]
        if output.first == UInt8(ascii: ",") { output.removeFirst() }
        // Written here in the order of `outputIDs`; what cannot be read was not.
        let bytes = [UInt8(ascii: "[")] + output + [UInt8(ascii: "]")]
        guard let list = try? JSONValue(parsing: bytes) else { return nil }
        for (index, item) in list.elements.enumerated() where index == position { return Array(item.raw) }
        return nil
    }

    mutating func remove(_ id: String) {
        if let entry = entries.remove(id) { forgetItems(of: entry) }
    }

    private mutating func forgetItems(of entry: Entry) {
        for item in entry.outputIDs { owners[item] = nil }
    }

    /// Whether a response continues itself, as an upstream that gives one id to several answers makes it look.
    private func isCircular(_ entry: Entry, as id: String, now: Int64) -> Bool {
        var next = entry.previous
        while let current = next {
            if current == id { return true }
            next = entries.value(current, now: now)?.previous
        }
        return false
    }

    /// Marks a conversation as used, the oldest turn last, so that no turn outlives one it builds on.
    private mutating func touch(_ id: String, now: Int64) {
        var next: String? = id
        while let current = next, let entry = entries.value(current, now: now) {
            entries.touch(current)
            next = entry.previous
        }
    }
}
