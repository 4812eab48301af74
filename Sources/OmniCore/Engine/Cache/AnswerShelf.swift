/// Values by key within bounds of count and bytes: what was used least lately goes first.
///
/// A value without a clock. Every call takes constant time but for those that empty it.
struct AnswerShelf<Value: Sendable>: Sendable {
    private struct Slot: Sendable {
        var key: CacheKey
        /// nil in a slot that is free.
        var value: Value?
        var byteCount: Int
        /// The slot used next after this one, and the one before; of free slots, the next free one.
        var newer: Int32
        var older: Int32
    }

    private var slots: [Slot] = []
    private var positions: [CacheKey: Int32] = [:]
    private var newest: Int32 = -1
    private var oldest: Int32 = -1
    private var free: Int32 = -1
    private(set) var byteCount = 0

    var count: Int { positions.count }

    /// The key of what was used least lately.
    var oldestKey: CacheKey? { oldest >= 0 ? slots[Int(oldest)].key : nil }

    /// A value without taking that for use.
    func peek(_ key: CacheKey) -> Value? { positions[key].flatMap { slots[Int($0)].value } }

    /// A value, which becomes the one used last.
    mutating func value(_ key: CacheKey) -> Value? {
        guard let position = positions[key] else { return nil }
        if newest != position {
            unlink(position)
            link(position)
        }
        return slots[Int(position)].value
    }

    mutating func keep(_ value: Value, for key: CacheKey, byteCount: Int) {
        remove(key)
        let slot = Slot(key: key, value: value, byteCount: byteCount, newer: -1, older: -1)
        let position: Int32
        if free >= 0 {
            position = free
            free = slots[Int(position)].newer
            slots[Int(position)] = slot
        } else {
            position = Int32(slots.count)
            slots.append(slot)
        }
        positions[key] = position
        self.byteCount += byteCount
        link(position)
    }

    @discardableResult mutating func remove(_ key: CacheKey) -> Value? {
        guard let position = positions.removeValue(forKey: key) else { return nil }
        unlink(position)
        let index = Int(position)
        byteCount -= slots[index].byteCount
        let value = slots[index].value
        slots[index].value = nil
        slots[index].newer = free
        free = position
        return value
    }

    /// Takes out what exceeds the bounds.
    /// - Returns: the keys of what went.
    mutating func shrink(toBytes maximumBytes: Int, count maximumCount: Int) -> [CacheKey] {
        var gone: [CacheKey] = []
        while oldest >= 0, byteCount > maximumBytes || count > maximumCount {
            let key = slots[Int(oldest)].key
            gone.append(key)
            remove(key)
        }
        return gone
    }

    /// The keys of the values that are meant.
    func keys(where isMeant: (Value) -> Bool) -> [CacheKey] {
        positions.compactMap { key, position in
            slots[Int(position)].value.map(isMeant) == true ? key : nil
        }
    }

    /// Room for values, used or not.
    var slotCount: Int { slots.count }

    /// The keys of the values that are meant, in some of the slots: a large shelf can be gone through bit by bit.
    func keys(inSlots range: Range<Int>, where isMeant: (Value) -> Bool) -> [CacheKey] {
        slots[range.clamped(to: slots.indices)].compactMap { slot in
            slot.value.map(isMeant) == true ? slot.key : nil
        }
    }

    /// Makes a slot the newest.
    private mutating func link(_ position: Int32) {
        slots[Int(position)].older = newest
        slots[Int(position)].newer = -1
        if newest >= 0 { slots[Int(newest)].newer = position } else { oldest = position }
        newest = position
    }

    private mutating func unlink(_ position: Int32) {
        let (newer, older) = (slots[Int(position)].newer, slots[Int(position)].older)
        if newer >= 0 { slots[Int(newer)].older = older } else { newest = older }
        if older >= 0 { slots[Int(older)].newer = newer } else { oldest = newer }
    }
}
