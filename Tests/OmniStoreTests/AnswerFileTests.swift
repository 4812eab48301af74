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
}
