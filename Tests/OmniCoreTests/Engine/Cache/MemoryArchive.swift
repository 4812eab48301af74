import OmniCore
import Synchronization

/// An archive in memory that does what it is told at once.
final class MemoryArchive: AnswerArchive {
    struct Broken: Error {}

    private let answers = Mutex<[CacheKey: CachedAnswer]>([:])
    private let broken = Mutex(false)
    private let count = Mutex(0)

    var keys: Set<CacheKey> { answers.withLock { Set($0.keys) } }
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
    }
}
