import Foundation
import OmniCore
import OmniTranslate
import Testing

@testable import OmniStore

/// Cached answers on disk: as they were, unreadable to others, never in the way.
@Suite struct AnswerFileTests {
    private static func key(_ number: UInt8) throws -> CacheKey {
        try #require(CacheKey(digest: [UInt8](repeating: number, count: 32)))
    }

    private static func answer(_ text: String, at time: Int64 = 1000) -> CachedAnswer {
        var answer = CachedAnswer(
            provider: ProviderID("p"), model: "m", format: .gemini, isStream: true, body: Array(text.utf8),
            storedAt: time)
        answer.report.add("seed")
        answer.cost = NanoDollars(5)
        return answer
    }

    @Test func answersSurviveARestart() async throws {
        let folder = try TemporaryFolder()
        do {
            let file = try folder.store().answers
            file.keep(Self.answer("secret words", at: 2), for: try Self.key(1))
            file.keep(Self.answer("more", at: 1), for: try Self.key(2))
            file.keep(Self.answer("gone"), for: try Self.key(3))
            file.remove([try Self.key(3)])
            // What waits is there already.
            #expect(try await file.answer(Self.key(1))?.body == Array("secret words".utf8))
            #expect(try await file.answer(Self.key(3)) == nil)
            try file.flush()
        }
        #expect(try folder.everything().range(of: Data("secret words".utf8)) == nil)
        #expect(try folder.mode("cache.sqlite") == 0o600)
        let file = try folder.store().answers
        let listing = try await file.listing()
        #expect(try listing.map(\.key) == [Self.key(2), Self.key(1)])
        #expect(listing.map(\.storedAt) == [1, 2] && listing.first?.model == "m")
        let read = try #require(try await file.answer(Self.key(1)))
        #expect(read.body == Array("secret words".utf8) && read.description == Self.answer("").description)
        #expect(read.format == .gemini && read.isStream && read.storedAt == 2)
    }

    @Test func anotherKeyReadsNothing() async throws {
        let folder = try TemporaryFolder()
        do {
            let file = try folder.store(key: "one").answers
            file.keep(Self.answer("x"), for: try Self.key(1))
            try file.flush()
        }
        let file = try folder.store(key: "two").answers
        await #expect(throws: (any Error).self) { _ = try await file.answer(Self.key(1)) }
    }

    @Test func aDamagedFileMakesWay() async throws {
        let folder = try TemporaryFolder()
        try folder.write(Array("this is no database, and longer than a header of one".utf8), to: "cache.sqlite")
        let file = try folder.store().answers
        #expect(try await file.listing().isEmpty)
    }

    /// A disk that does not keep up costs answers and not memory.
    @Test func whatWaitsIsBounded() async throws {
        let folder = try TemporaryFolder()
        let box = SecretBox(material: [UInt8](repeating: 7, count: 32))
        let file = try AnswerFile(path: folder.file("cache.sqlite"), box: box, maximumWaitingBytes: 1000)
        for number in UInt8(0)..<10 {
            file.keep(Self.answer(String(repeating: "x", count: 200)), for: try Self.key(number))
        }
        try file.flush()
        #expect(try await file.listing().count == 2)
        file.keep(Self.answer("y"), for: try Self.key(9))
        try file.flush()
        #expect(try await file.listing().count == 3)
    }

    // MARK: Vectors

    private static func vector(
        _ number: UInt8, model: String = "up/embed", _ numbers: [Float] = [0.6, -0.8]
    )
        throws -> ArchivedVector
    {
        ArchivedVector(key: try key(number), context: try key(99), model: model, storedAt: 5, numbers: numbers)
    }

    private static func vectors(_ file: AnswerFile) async throws -> [ArchivedVector] {
        var (vectors, last) = ([ArchivedVector](), Int64(0))
        while let page = try await file.vectors(after: last, limit: 2) {
            vectors += page.vectors
            last = page.last
        }
        return vectors
    }

    @Test func vectorsSurviveARestart() async throws {
        let folder = try TemporaryFolder()
        // Numbers whose bytes are words, so that they would be found.
        let words = Array("secret!!".utf8).withUnsafeBytes { bytes in
            [bytes.loadUnaligned(as: Float.self), bytes.loadUnaligned(fromByteOffset: 4, as: Float.self)]
        }
        do {
            let file = try folder.store().answers
            for number in UInt8(1)...5 { file.keep(Self.answer("x"), for: try Self.key(number)) }
            for number in UInt8(1)...5 { file.keep(try Self.vector(number, words)) }
            // Without an answer of its own.
            file.keep(try Self.vector(6))
            try file.flush()
        }
        #expect(try folder.everything().range(of: Data("secret!!".utf8)) == nil)
        let read = try await Self.vectors(try folder.store().answers)
        #expect(try Set(read.map(\.key)) == Set((1...5).map { try Self.key($0) }))
        #expect(try read.allSatisfy { try $0.numbers == words && $0.context == Self.key(99) && $0.storedAt == 5 })
        #expect(read.allSatisfy { $0.model == "up/embed" })
    }

    @Test func vectorsGoWithTheirAnswers() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.store().answers
        for number in UInt8(1)...3 {
            file.keep(Self.answer("x"), for: try Self.key(number))
            file.keep(try Self.vector(number))
        }
        // Also while both wait.
        file.remove([try Self.key(3)])
        try file.flush()
        file.remove([try Self.key(1)])
        try file.flush()
        #expect(try await Self.vectors(file).map(\.key) == [Self.key(2)])
        // An answer that takes another's place has no vector until it is given one.
        file.keep(Self.answer("y"), for: try Self.key(2))
        try file.flush()
        #expect(try await Self.vectors(file).isEmpty)
    }

    @Test(arguments: [(nil, []), ("up/embed", [1]), ("up/other", [2])] as [(String?, [UInt8])])
    func vectorsOfOtherModelsAreRemoved(model: String?, left: [UInt8]) async throws {
        let folder = try TemporaryFolder()
        let file = try folder.store().answers
        for number in UInt8(1)...4 { file.keep(Self.answer("x"), for: try Self.key(number)) }
        file.keep(try Self.vector(1))
        file.keep(try Self.vector(2, model: "up/other"))
        try file.flush()
        file.keep(try Self.vector(3, model: "up/waiting"))
        file.removeVectors(besides: model)
        file.keep(try Self.vector(4, model: "up/later"))
        try file.flush()
        let expected = try (left + [4]).map { try Self.key($0) }
        #expect(try await Self.vectors(file).map(\.key) == expected)
        #expect(try await file.listing().count == 4)
    }

    @Test func vectorsMayGoAlone() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.store().answers
        for number in UInt8(1)...3 {
            file.keep(Self.answer("x"), for: try Self.key(number))
            if number < 3 { file.keep(try Self.vector(number)) }
        }
        try file.flush()
        file.keep(try Self.vector(3))
        file.removeVectors(of: [try Self.key(1), try Self.key(3)])
        try file.flush()
        #expect(try await Self.vectors(file).map(\.key) == [Self.key(2)])
        #expect(try await file.listing().count == 3)
    }

    @Test func vectorsThatWaitAreBounded() async throws {
        let folder = try TemporaryFolder()
        let box = SecretBox(material: [UInt8](repeating: 7, count: 32))
        let file = try AnswerFile(path: folder.file("cache.sqlite"), box: box, maximumWaitingBytes: 1000)
        for number in UInt8(1)...2 { file.keep(Self.answer("x"), for: try Self.key(number)) }
        try file.flush()
        for number in UInt8(1)...2 {
            file.keep(try Self.vector(number, [Float](repeating: 1, count: 150)))
        }
        try file.flush()
        #expect(try await Self.vectors(file).count == 1)
    }
}
