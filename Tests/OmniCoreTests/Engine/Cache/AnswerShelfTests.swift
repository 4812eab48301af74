import Testing

@testable import OmniCore

/// The bounded shelf against a plain list that does the same slowly.
@Suite struct AnswerShelfTests {
    private static func key(_ number: Int) -> CacheKey { CacheKey(of: [Array("\(number)".utf8)]) }

    @Test(arguments: UInt64(0)..<20)
    func behavesLikeAList(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var shelf = AnswerShelf<Int>()
        // Least lately used first.
        var list: [(key: CacheKey, value: Int, bytes: Int)] = []
        for step in 0..<400 {
            let key = Self.key(Int.random(in: 0..<30, using: &random))
            let position = list.firstIndex { $0.key == key }
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                let bytes = Int.random(in: 1..<100, using: &random)
                shelf.keep(step, for: key, byteCount: bytes)
                if let position { list.remove(at: position) }
                list.append((key, step, bytes))
            case 5..<8:
                #expect(shelf.value(key) == position.map { list[$0].value })
                if let position { list.append(list.remove(at: position)) }
            case 8:
                #expect(shelf.remove(key) == position.map { list[$0].value })
                if let position { list.remove(at: position) }
            default:
                var gone: [CacheKey] = []
                while list.count > 20 || list.reduce(0, { $0 + $1.bytes }) > 800 { gone.append(list.removeFirst().key) }
                #expect(shelf.shrink(toBytes: 800, count: 20) == gone)
            }
            #expect(shelf.count == list.count)
            #expect(shelf.byteCount == list.reduce(0) { $0 + $1.bytes })
        }
        #expect(Set(shelf.keys { $0.isMultiple(of: 2) }) == Set(list.filter { $0.value.isMultiple(of: 2) }.map(\.key)))
        let slices = stride(from: 0, to: shelf.slotCount, by: 7).flatMap { start in
            shelf.keys(inSlots: start..<start + 7) { $0.isMultiple(of: 2) }
        }
        #expect(Set(slices) == Set(shelf.keys { $0.isMultiple(of: 2) }))
        #expect(shelf.shrink(toBytes: 0, count: 0) == list.map(\.key))
        #expect(shelf.count == 0 && shelf.byteCount == 0)
    }

    @Test func peekingIsNoUse() {
        var shelf = AnswerShelf<Int>()
        shelf.keep(1, for: Self.key(1), byteCount: 1)
        shelf.keep(2, for: Self.key(2), byteCount: 1)
        #expect(shelf.peek(Self.key(1)) == 1)
        #expect(shelf.shrink(toBytes: 1, count: 9) == [Self.key(1)])
    }

    @Test func keysSurviveTheirDigest() throws {
        let key = Self.key(7)
        #expect(key.digest.count == 32)
        #expect(CacheKey(digest: key.digest) == key)
        #expect(CacheKey(digest: [1]) == nil)
        // Where one part ends and the next begins counts.
        #expect(CacheKey(of: [[1, 2], [3]]) != CacheKey(of: [[1], [2, 3]]))
    }
}
