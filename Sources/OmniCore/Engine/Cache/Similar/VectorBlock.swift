/// Some vectors of one length, one behind the other in memory, and whose they are.
///
/// A search holds the blocks it goes through, and a block that is changed meanwhile is copied: small blocks make that cheap.
struct VectorBlock: Sendable {
    /// One vector's place in the cache.
    struct Entry: Sendable, Hashable {
        var key: CacheKey
        /// Milliseconds since 1970, of the answer.
        var storedAt: Int64
    }

    /// A vector that was found.
    struct Match: Sendable, Hashable {
        var key: CacheKey
        /// The cosine.
        var similarity: Float
    }

    /// Vectors in a block.
    static let capacity = 256

    /// Words of one vector.
    let stride: Int
    private(set) var entries: [Entry] = []
    private var words: [SIMD8<Float>] = []

    init(stride: Int) { self.stride = stride }

    var isFull: Bool { entries.count >= Self.capacity }
    var byteCount: Int { words.count * MemoryLayout<SIMD8<Float>>.stride }

    mutating func append(_ vector: ArraySlice<SIMD8<Float>>, _ entry: Entry) {
        entries.append(entry)
        words += vector
    }

    /// Puts another vector in the place of one.
    mutating func replace(_ position: Int, with vector: ArraySlice<SIMD8<Float>>, _ entry: Entry) {
        entries[position] = entry
        words.replaceSubrange(position * stride..<(position + 1) * stride, with: vector)
    }

    /// Takes the last vector out.
    mutating func popLast() -> (vector: ArraySlice<SIMD8<Float>>, entry: Entry)? {
        guard let entry = entries.popLast() else { return nil }
        let vector = ArraySlice(Array(words.suffix(stride)))
        words.removeLast(stride)
        return (vector, entry)
    }

    /// Finds the vector nearest to another one, if it is at least as near as what was found before.
    ///
    /// - Parameter oldest: what was stored then or before is not looked at.
    func search(for vector: UnitVector, after oldest: Int64, best: inout Match?, atLeast threshold: Float) {
        guard vector.words.count == stride else { return }
        var limit = best?.similarity ?? threshold
        // The bounds are those of the arrays; checked for each word they would double the time.
        words.withUnsafeBufferPointer { words in
            vector.words.withUnsafeBufferPointer { wanted in
                for (position, entry) in entries.enumerated() where entry.storedAt > oldest {
                    let similarity = Self.product(words, from: position * stride, wanted)
                    if similarity >= limit {
                        limit = similarity
                        best = Match(key: entry.key, similarity: similarity)
                    }
                }
            }
        }
    }

    /// Four sums at a time, for each addition waits for the one before it.
    private static func product(
        _ words: UnsafeBufferPointer<SIMD8<Float>>, from start: Int, _ wanted: UnsafeBufferPointer<SIMD8<Float>>
    ) -> Float {
        var (first, second) = (SIMD8<Float>.zero, SIMD8<Float>.zero)
        var (third, fourth) = (SIMD8<Float>.zero, SIMD8<Float>.zero)
        var index = 0
        while index < wanted.count {
            first += words[start + index] * wanted[index]
            second += words[start + index + 1] * wanted[index + 1]
            third += words[start + index + 2] * wanted[index + 2]
            fourth += words[start + index + 3] * wanted[index + 3]
            index += 4
        }
        return ((first + second) + (third + fourth)).sum()
    }
}
