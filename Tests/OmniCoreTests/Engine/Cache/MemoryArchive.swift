import OmniCore
import Synchronization

/// An archive in memory that does what it is told at once.
final class MemoryArchive: AnswerArchive {
    struct Broken: Error {}

    private let answers = Mutex<[CacheKey: CachedAnswer]>([:])
    private let kept = Mutex<[CacheKey: ArchivedVector]>([:])
    private let broken = Mutex(false)
    private let count = Mutex(0)

    var keys: Set<CacheKey> { answers.withLock { Set($0.keys) } }
    var vectors: [ArchivedVector] { kept.withLock { Array($0.values) } }
    var reads: Int { count.withLock { $0 } }

    /// From now on nothing can be read.
    func breakDown() { broken.withLock { $0 = true } }

    func listing() async throws -> [ArchivedAnswer] {
        answers.withLock { answers in
            answers.map { key, answer in
                ArchivedAnswer(
                    key: key, model: answer.model, byteCount: answer.byteCount, storedAt: answer.storedAt)
            }.sorted { $0.storedAt < $1.storedAt }
        }
    }

    func answer(_ key: CacheKey) async throws -> CachedAnswer? {
        count.withLock { $0 += 1 }
        if broken.withLock({ $0 }) { throw Broken() }
        return answers.withLock { $0[key] }
    }

    func keep(_ answer: CachedAnswer, for key: CacheKey) { answers.withLock { $0[key] = answer } }

    func remove(_ keys: [CacheKey]) {
        answers.withLock { answers in
            for key in keys { answers[key] = nil }
        }
        kept.withLock { kept in
            for key in keys { kept[key] = nil }
        }
    }

    /// All in one page.
    func vectors(after last: Int64, limit: Int) async throws -> ArchivedVectorPage? {
        last == 0 ? ArchivedVectorPage(vectors: vectors, last: 1) : nil
    }

    func keep(_ vector: ArchivedVector) { kept.withLock { $0[vector.key] = vector } }

    func removeVectors(of keys: [CacheKey]) {
        kept.withLock { kept in
            for key in keys { kept[key] = nil }
        }
    }

    func removeVectors(besides model: String?) { kept.withLock { $0 = $0.filter { $0.value.model == model } } }
}
