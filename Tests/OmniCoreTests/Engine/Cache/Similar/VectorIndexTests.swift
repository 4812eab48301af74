import Testing

@testable import OmniCore

/// The search finds what a plain one finds, and what is kept stays within its bounds.
@Suite struct VectorIndexTests {
    /// The same numbers in every run.
    private struct Dice: RandomNumberGenerator {
        var state: UInt64 = 0x2545_F491_4F6C_DD1D

        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
    }

    private static let context = key("context")

    private static func key(_ name: String) -> CacheKey { CacheKey(of: [Array(name.utf8)]) }

    private static func vector(_ dimension: Int, _ dice: inout Dice) throws -> UnitVector {
        try #require(UnitVector((0..<dimension).map { _ in Float.random(in: -1...1, using: &dice) }))
    }

    private static func nearest(
        _ index: VectorIndex, to vector: UnitVector, atLeast threshold: Float = -1, after oldest: Int64 = 0
    ) -> VectorBlock.Match? {
        var best: VectorBlock.Match?
        for block in index.blocks(in: context) {
            block.search(for: vector, after: oldest, best: &best, atLeast: threshold)
        }
        return best
    }

    /// The same search as anybody would write it, in twice the precision.
    private static func reference(
        _ kept: [(key: CacheKey, vector: UnitVector)], to wanted: UnitVector
    ) -> (key: CacheKey, similarity: Double)? {
        kept.map { kept in
            (kept.key, zip(kept.vector.numbers, wanted.numbers).reduce(0) { $0 + Double($1.0) * Double($1.1) })
        }.max { $0.1 < $1.1 }
    }

    @Test(arguments: [1, 7, 32, 33, 100])
    func theNearestIsTheNearest(dimension: Int) throws {
        var dice = Dice()
        var index = VectorIndex()
        var kept: [(key: CacheKey, vector: UnitVector)] = []
        for number in 0..<VectorBlock.capacity * 2 + 44 {
            kept.append((Self.key("\(number)"), try Self.vector(dimension, &dice)))
        }
        for (key, vector) in kept { index.keep(vector, for: key, storedAt: 1, in: Self.context) }
        // Every third one goes: others take its place.
        for (position, entry) in kept.enumerated() where position % 3 == 0 { index.remove(entry.key) }
        kept = kept.enumerated().filter { $0.offset % 3 != 0 }.map(\.element)
        #expect(index.count == kept.count)
        for _ in 0..<20 {
            let wanted = try Self.vector(dimension, &dice)
            let found = try #require(Self.nearest(index, to: wanted))
            let expected = try #require(Self.reference(kept, to: wanted))
            #expect(abs(Double(found.similarity) - expected.similarity) < 1e-5)
            // Of one dimension there are but two vectors, each many times.
            if dimension > 1 { #expect(found.key == expected.key) }
        }
        let own = try #require(Self.nearest(index, to: kept[17].vector))
        #expect(abs(own.similarity - 1) < 1e-5)
        if dimension > 1 { #expect(own.key == kept[17].key) }
    }

    @Test func theThresholdAndTheAgeDecide() throws {
        var index = VectorIndex()
        let wanted = try #require(UnitVector([1, 0]))
        // A cosine of 0.8.
        index.keep(try #require(UnitVector([4, 3])), for: Self.key("a"), storedAt: 10, in: Self.context)
        #expect(Self.nearest(index, to: wanted, atLeast: 0.79)?.key == Self.key("a"))
        #expect(Self.nearest(index, to: wanted, atLeast: 0.81) == nil)
        #expect(Self.nearest(index, to: wanted, atLeast: 0.79, after: 10) == nil)
        #expect(index.blocks(in: Self.key("another context")).isEmpty)
        // Vectors of another length are no neighbours.
        let long = try #require(UnitVector([Float](repeating: 1, count: 40)))
        index.keep(long, for: Self.key("b"), storedAt: 10, in: Self.context)
        #expect(index.count == 1 && Self.nearest(index, to: long) == nil)
    }

    @Test func whatWasUsedLeastLatelyGoesFirst() throws {
        var index = VectorIndex()
        let vector = try #require(UnitVector([1, 2, 3]))
        for name in ["a", "b", "c", "d"] {
            index.keep(vector, for: Self.key(name), storedAt: 1, in: Self.key("context of \(name)"))
        }
        index.touch(Self.key("a"))
        #expect(index.shrink(toCount: 2) == [Self.key("b"), Self.key("c")])
        #expect(index.count == 2)
        let left = ["a", "b", "c", "d"].filter { !index.blocks(in: Self.key("context of \($0)")).isEmpty }
        #expect(left == ["a", "d"])
        #expect(index.byteCount == 2 * 32 * MemoryLayout<Float>.size)
    }

    @Test func aKeyHasOneVector() throws {
        var index = VectorIndex()
        let (first, second) = (try #require(UnitVector([1, 0])), try #require(UnitVector([0, 1])))
        index.keep(first, for: Self.key("a"), storedAt: 1, in: Self.context)
        index.keep(second, for: Self.key("a"), storedAt: 5, in: Self.context)
        #expect(index.count == 1)
        #expect(Self.nearest(index, to: first, atLeast: 0.5) == nil)
        #expect(Self.nearest(index, to: second, atLeast: 0.5)?.key == Self.key("a"))
        #expect(index.keys(storedUntil: 4).isEmpty && index.keys(storedUntil: 5) == [Self.key("a")])
        let (wasThere, isThere) = (index.remove(Self.key("a")), index.remove(Self.key("a")))
        #expect(wasThere && !isThere)
        #expect(index.count == 0 && index.byteCount == 0 && index.blocks(in: Self.context).isEmpty)
    }

    /// A long life of additions and removals, beside a dictionary that goes through the same.
    @Test func nothingIsLostOrLeftOver() throws {
        var dice = Dice()
        var index = VectorIndex()
        var kept: [CacheKey: UnitVector] = [:]
        for _ in 0..<2000 {
            let key = Self.key("\(Int.random(in: 0..<600, using: &dice))")
            if Bool.random(using: &dice) {
                let vector = try Self.vector(3, &dice)
                index.keep(vector, for: key, storedAt: 1, in: Self.context)
                kept[key] = vector
            } else {
                #expect(index.remove(key) == (kept.removeValue(forKey: key) != nil))
            }
        }
        #expect(index.count == kept.count)
        #expect(Set(index.blocks(in: Self.context).flatMap { $0.entries.map(\.key) }) == Set(kept.keys))
        for (key, vector) in kept { #expect(Self.nearest(index, to: vector)?.key == key) }
    }

    @Test(arguments: [
        [], [0, 0], [.nan], [.infinity, 1], [Float](repeating: 1, count: UnitVector.maximumDimension + 1),
    ])
    func whatHasNoDirectionIsNoVector(numbers: [Float]) {
        #expect(UnitVector(numbers) == nil)
    }

    @Test func numbersComeBackAtLengthOne() throws {
        #expect(try #require(UnitVector([3, 4])).numbers == [0.6, 0.8])
    }
}
