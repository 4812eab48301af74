import OmniTranslate
import Testing

@testable import OmniCore

/// Which vectors are kept, for how long, and what the archive hears of it.
@Suite struct SimilarAnswersTests {
    private static let context = key("context")

    private static func key(_ name: String) -> CacheKey { CacheKey(of: [Array(name.utf8)]) }

    private static func settings(_ model: String = "up/embed", isEnabled: Bool = true) -> SemanticCacheSettings {
        var settings = SemanticCacheSettings()
        settings.isEnabled = isEnabled
        settings.model = model
        settings.maximumEntries = 2
        return settings
    }

    private static func keep(
        _ name: String, in similar: SimilarAnswers, at time: Int64 = 10, model: String = "up/embed"
    ) throws {
        let vector = try #require(UnitVector([1, 0]))
        similar.keep(vector, for: key(name), storedAt: time, in: context, model: model)
    }

    private static func found(_ similar: SimilarAnswers, after oldest: Int64 = 0) async throws -> CacheKey? {
        let vector = try #require(UnitVector([1, 0]))
        return await similar.nearest(to: vector, in: context, atLeast: 1, after: oldest)?.key
    }

    @Test func nothingIsKeptWhileItIsOff() async throws {
        let similar = SimilarAnswers()
        try Self.keep("a", in: similar)
        similar.apply(Self.settings(isEnabled: false))
        try Self.keep("a", in: similar)
        #expect(similar.figures.entries == 0 && similar.figures.stored == 0)
        #expect(try await Self.found(similar) == nil)
    }

    @Test func theNumberIsBounded() async throws {
        let archive = MemoryArchive()
        let similar = SimilarAnswers()
        similar.apply(Self.settings())
        try await similar.open(archive, oldest: 0)
        for name in ["a", "b", "c"] { try Self.keep(name, in: similar) }
        #expect(similar.figures.entries == 2 && similar.figures.stored == 3 && similar.figures.bytes == 256)
        #expect(Set(archive.vectors.map(\.key)) == [Self.key("b"), Self.key("c")])
        var smaller = Self.settings()
        smaller.maximumEntries = 1
        similar.apply(smaller)
        #expect(similar.figures.entries == 1)
        #expect(archive.vectors.map(\.key) == [Self.key("c")])
        #expect(try await Self.found(similar) == Self.key("c"))
        // A longer list is read as far as there is room.
        archive.keep(
            ArchivedVector(
                key: Self.key("d"), context: Self.context, model: "up/embed", storedAt: 10, numbers: [1, 0]))
        let after = SimilarAnswers()
        after.apply(smaller)
        try await after.open(archive, oldest: 0)
        #expect(after.figures.entries == 1 && archive.vectors.count == 1)
    }

    @Test func anotherModelBeginsAnew() async throws {
        let archive = MemoryArchive()
        let similar = SimilarAnswers()
        similar.apply(Self.settings())
        try await similar.open(archive, oldest: 0)
        try Self.keep("a", in: similar)
        #expect(archive.vectors.map(\.key) == [Self.key("a")])
        similar.apply(Self.settings("up/other"))
        #expect(similar.figures.entries == 0 && archive.vectors.isEmpty)
        // One that was asked before the change comes too late.
        try Self.keep("a", in: similar)
        #expect(similar.figures.entries == 0 && archive.vectors.isEmpty)
        try Self.keep("a", in: similar, model: "up/other")
        similar.apply(Self.settings("up/other", isEnabled: false))
        #expect(similar.figures.entries == 0 && archive.vectors.isEmpty)
    }

    @Test func theArchiveIsReadAsFarAsItServes() async throws {
        let archive = MemoryArchive()
        for (name, model, time) in [("a", "up/embed", 10), ("b", "up/old", 10), ("c", "up/embed", 5)] {
            archive.keep(
                ArchivedVector(
                    key: Self.key(name), context: Self.context, model: model, storedAt: Int64(time), numbers: [1, 0]))
        }
        archive.keep(
            ArchivedVector(
                key: Self.key("damaged"), context: Self.context, model: "up/embed", storedAt: 10, numbers: [0]))
        let similar = SimilarAnswers()
        similar.apply(Self.settings())
        try await similar.open(archive, oldest: 5)
        #expect(similar.figures.entries == 1)
        #expect(try await Self.found(similar) == Self.key("a"))
        #expect(!archive.vectors.map(\.key).contains(Self.key("b")))
    }

    @Test func vectorsGoWithTheirAnswers() async throws {
        let similar = SimilarAnswers()
        similar.apply(Self.settings())
        try Self.keep("a", in: similar, at: 10)
        try Self.keep("b", in: similar, at: 20)
        #expect(try await Self.found(similar, after: 20) == nil)
        similar.removeExpired(storedUntil: 10)
        #expect(try await Self.found(similar) == Self.key("b"))
        similar.remove([Self.key("b")])
        #expect(try await Self.found(similar) == nil)
        similar.noteMiss()
        similar.removeAll()
        #expect(similar.figures.misses == 0 && similar.figures.stored == 0)
    }

    /// More than one slice, so that the search gives way in between.
    @Test func aLongSearchIsStillOne() async throws {
        let similar = SimilarAnswers()
        var settings = Self.settings()
        settings.maximumEntries = 1000
        similar.apply(settings)
        let dimension = 2048
        for number in 0..<700 {
            var numbers = [Float](repeating: 0, count: dimension)
            numbers[number] = 1
            let vector = try #require(UnitVector(numbers))
            similar.keep(vector, for: Self.key("\(number)"), storedAt: 1, in: Self.context, model: "up/embed")
        }
        for number in [0, 300, 699] {
            var numbers = [Float](repeating: 0, count: dimension)
            numbers[number] = 5
            let vector = try #require(UnitVector(numbers))
            let match = await similar.nearest(to: vector, in: Self.context, atLeast: 1, after: 0)
            #expect(match == VectorBlock.Match(key: Self.key("\(number)"), similarity: 1))
        }
    }

    // MARK: The embedding model

    @Test func aModelThatFailsOnEndRests() {
        var rest = EmbeddingRest()
        for time: Int64 in [0, 1] {
            rest.noteFailure(at: time)
            #expect(rest.isOver(at: time))
        }
        rest.noteFailure(at: 2)
        #expect(!rest.isOver(at: 2) && !rest.isOver(at: 1 + EmbeddingRest.length))
        #expect(rest.isOver(at: 2 + EmbeddingRest.length))
        rest.noteFailure(at: 2 + EmbeddingRest.length)
        #expect(!rest.isOver(at: 3 + EmbeddingRest.length))
        rest.noteSuccess()
        #expect(rest.isOver(at: 3 + EmbeddingRest.length))
    }

    @Test func whatTheModelDoesIsCounted() throws {
        let similar = SimilarAnswers()
        similar.noteEmbedding(.vector(try #require(UnitVector([1]))), cost: NanoDollars(7), now: 1)
        similar.noteEmbedding(.failed("status 500"), cost: nil, now: 1)
        similar.noteEmbedding(.cancelled, cost: nil, now: 1)
        #expect(similar.figures.lastFailure == "status 500" && similar.figures.failures == 1)
        #expect(similar.beginsComparison(now: 1))
        for _ in 0..<2 { similar.noteEmbedding(.late, cost: nil, now: 1) }
        let figures = similar.figures
        #expect(figures.embeddings == 5 && figures.failures == 3 && figures.timeouts == 2 && figures.misses == 0)
        #expect(figures.cost == NanoDollars(7) && figures.restsUntil == 1 + EmbeddingRest.length)
        #expect(!similar.beginsComparison(now: 1) && similar.figures.misses == 1)
        #expect(similar.beginsComparison(now: 1 + EmbeddingRest.length))
    }
}
