/// Values by key, bounded by bytes and age: what was used least lately goes first.
///
/// A value without a clock. Memory is freed a quarter at a time, for the order has to be found out each time.
struct BoundedMemory<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Slot: Sendable {
        var value: Value
        var byteCount: Int
        var storedAt: Int64
        var stamp: UInt64
    }

    private let maximumBytes: Int
    private let maximumAge: Int64
    private var slots: [Key: Slot] = [:]
    private(set) var byteCount = 0
    private var stamp: UInt64 = 0

    /// - Parameters:
    ///   - maximumBytes: what all values may hold together.
    ///   - maximumAge: milliseconds after which a value counts as gone.
    init(maximumBytes: Int, maximumAge: Int64) {
        self.maximumBytes = maximumBytes
        self.maximumAge = maximumAge
    }

    /// - Parameters:
    ///   - byteCount: what the value holds; one that exceeds the bound alone is not kept.
    ///   - now: milliseconds since 1970.
    /// - Returns: what had to go; the key's own earlier value too.
    @discardableResult mutating func keep(_ value: Value, for key: Key, byteCount: Int, now: Int64) -> [Value] {
        var gone = remove(key).map { [$0] } ?? []
        guard byteCount <= maximumBytes else { return gone }
        self.byteCount += byteCount
        slots[key] = Slot(value: value, byteCount: byteCount, storedAt: now, stamp: 0)
        touch(key)
        guard self.byteCount > maximumBytes else { return gone }
        for (key, _) in slots.sorted(by: { $0.value.stamp < $1.value.stamp }) {
            guard self.byteCount > maximumBytes / 4 * 3 else { break }
            if let value = remove(key) { gone.append(value) }
        }
        return gone
    }

    var isEmpty: Bool { slots.isEmpty }

    /// The value of a key; looking does not count as use.
    func value(_ key: Key, now: Int64) -> Value? {
        guard let slot = slots[key], now - slot.storedAt <= maximumAge else { return nil }
        return slot.value
    }

    /// Marks a value as the one used last.
    mutating func touch(_ key: Key) {
        stamp += 1
        slots[key]?.stamp = stamp
    }

    @discardableResult mutating func remove(_ key: Key) -> Value? {
        guard let slot = slots.removeValue(forKey: key) else { return nil }
        byteCount -= slot.byteCount
        return slot.value
    }
}
