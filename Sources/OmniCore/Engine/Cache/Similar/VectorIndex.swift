/// Vectors of questions by what else must be the same (their context), each with the key of its answer.
///
/// A value without a clock. Bounded: what was used least lately goes first.
struct VectorIndex: Sendable {
    fileprivate struct Context: Sendable {
        var blocks: [VectorBlock] = []
        /// Of each key, counted through all blocks.
        var positions: [CacheKey: Int] = [:]
    }

    private var contexts: [CacheKey: Context] = [:]
    /// The context of each key, in the order of use.
    private var shelf = AnswerShelf<CacheKey>()

    var count: Int { shelf.count }
    /// What the vectors hold in memory.
    var byteCount: Int { shelf.byteCount }

    /// What is searched for a question in a context.
    func blocks(in context: CacheKey) -> [VectorBlock] { contexts[context]?.blocks ?? [] }

    /// Keeps a vector, in place of what was kept for this key before.
    mutating func keep(_ vector: UnitVector, for key: CacheKey, storedAt: Int64, in context: CacheKey) {
        remove(key)
        let stride = vector.words.count
        if let first = contexts[context]?.blocks.first, first.stride != stride { return }
        contexts[context, default: Context()].append(
            vector.words[...], VectorBlock.Entry(key: key, storedAt: storedAt), stride: stride)
        shelf.keep(context, for: key, byteCount: stride * MemoryLayout<SIMD8<Float>>.stride)
    }

    /// - Returns: whether it was there.
    @discardableResult mutating func remove(_ key: CacheKey) -> Bool {
        guard let context = shelf.remove(key) else { return false }
        if contexts[context]?.remove(key) == true { contexts[context] = nil }
        return true
    }

    /// Says that an answer served.
    mutating func touch(_ key: CacheKey) { _ = shelf.value(key) }

    /// Takes out what exceeds a number.
    /// - Returns: the keys of what went.
    mutating func shrink(toCount maximum: Int) -> [CacheKey] {
        var gone: [CacheKey] = []
        while count > maximum, let key = shelf.oldestKey {
            gone.append(key)
            remove(key)
        }
        return gone
    }

    /// The keys of all vectors stored at a time or before.
    func keys(storedUntil time: Int64) -> [CacheKey] {
        contexts.values.flatMap { context in
            context.blocks.flatMap { block in block.entries.lazy.filter { $0.storedAt <= time }.map(\.key) }
        }
    }
}

extension VectorIndex.Context {
    fileprivate mutating func append(_ vector: ArraySlice<SIMD8<Float>>, _ entry: VectorBlock.Entry, stride: Int) {
        if blocks.last?.isFull ?? true { blocks.append(VectorBlock(stride: stride)) }
        positions[entry.key] = (blocks.count - 1) * VectorBlock.capacity + blocks[blocks.count - 1].entries.count
        blocks[blocks.count - 1].append(vector, entry)
    }

    /// Puts the last vector in the place of one.
    /// - Returns: whether nothing is left.
    fileprivate mutating func remove(_ key: CacheKey) -> Bool {
        guard let position = positions.removeValue(forKey: key), let last = blocks[blocks.count - 1].popLast() else {
            return blocks.isEmpty
        }
        if last.entry.key != key {
            blocks[position / VectorBlock.capacity].replace(
                position % VectorBlock.capacity, with: last.vector, last.entry)
            positions[last.entry.key] = position
        }
        if blocks[blocks.count - 1].entries.isEmpty { blocks.removeLast() }
        return blocks.isEmpty
    }
}
