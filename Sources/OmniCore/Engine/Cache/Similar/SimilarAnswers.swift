import Synchronization

/// Vectors of questions whose answers are in the cache, to be searched for one that says the same in other words.
///
/// Shared by all event loops. The lock is held to look something up or enter it; a search goes through blocks that it
/// holds itself, and lets others run in between.
final class SimilarAnswers: Sendable {
    private struct State: Sendable {
        var settings = SemanticCacheSettings()
        var index = VectorIndex()
        var archive: (any AnswerArchive)?
        var rest = EmbeddingRest()
        var figures = SimilarFigures()
    }

    /// How much is searched before other requests of the event loop have their turn, in bytes.
    private static let slice = 4 << 20
    /// How many vectors are read from an archive at a time.
    private static let page = 256

    private let state = Mutex(State())

    // MARK: Questions

    /// Whether a vector may be asked for: not while the model is left alone.
    ///
    /// When it may not, the question is counted as one without a similar one.
    func beginsComparison(now: Int64) -> Bool {
        state.withLock { state in
            guard state.rest.isOver(at: now) else {
                state.figures.misses += 1
                return false
            }
            return true
        }
    }

    /// Finds the vector nearest to another one.
    ///
    /// - Parameter oldest: answers stored then or before have expired.
    func nearest(
        to vector: UnitVector, in context: CacheKey, atLeast threshold: Double, after oldest: Int64
    ) async -> VectorBlock.Match? {
        let blocks = state.withLock { $0.index.blocks(in: context) }
        // What is kept has been rounded: without this not even the same words would reach a threshold of 1.
        let threshold = Float(threshold) - 1e-5
        var best: VectorBlock.Match?
        var searched = 0
        for block in blocks {
            if searched >= Self.slice {
                await Task.yield()
                searched = 0
            }
            block.search(for: vector, after: oldest, best: &best, atLeast: threshold)
            searched += block.byteCount
        }
        return best
    }

    /// Keeps the vector of a question that was just answered, unless another model makes them by now.
    func keep(_ vector: UnitVector, for key: CacheKey, storedAt: Int64, in context: CacheKey, model: String) {
        let (archive, gone) = state.withLock { state -> ((any AnswerArchive)?, [CacheKey]) in
            guard state.settings.isEnabled, state.settings.model == model else { return (nil, []) }
            state.index.keep(vector, for: key, storedAt: storedAt, in: context)
            state.figures.stored += 1
            return (state.archive, state.index.shrink(toCount: state.settings.maximumEntries))
        }
        guard let archive else { return }
        archive.keep(
            ArchivedVector(key: key, context: context, model: model, storedAt: storedAt, numbers: vector.numbers))
        if !gone.isEmpty { archive.removeVectors(of: gone) }
    }

    func noteHit(_ key: CacheKey) {
        state.withLock { state in
            state.figures.hits += 1
            state.index.touch(key)
        }
    }

    func noteMiss() { state.withLock { $0.figures.misses += 1 } }

    /// Counts a request to the embedding model.
    func noteEmbedding(_ result: QuestionEmbedder.Result, cost: NanoDollars?, now: Int64) {
        state.withLock { state in
            state.figures.embeddings += 1
            if let cost { state.figures.cost += cost }
            switch result {
            case .vector: state.rest.noteSuccess()
            case .failed(let reason):
                state.figures.failures += 1
                state.figures.lastFailure = reason
                state.rest.noteFailure(at: now)
            case .late:
                state.figures.failures += 1
                state.figures.timeouts += 1
                state.figures.lastFailure = "no vector in time"
                state.rest.noteFailure(at: now)
            case .cancelled: break
            }
        }
    }

    // MARK: Management

    /// Reads the vectors of an archive, as far as they may still serve, and has it forget those of other models.
    func open(_ archive: any AnswerArchive, oldest: Int64) async throws {
        let model = state.withLock { state in
            state.archive = archive
            return state.settings.isEnabled ? state.settings.model : nil
        }
        archive.removeVectors(besides: model)
        guard let model else { return }
        var last: Int64 = 0
        while let page = try await archive.vectors(after: last, limit: Self.page) {
            last = page.last
            // Brought to length one again: what was written may have been damaged since.
            let vectors = page.vectors.compactMap { kept in UnitVector(kept.numbers).map { (kept, $0) } }
            let gone = state.withLock { state -> [CacheKey] in
                guard state.settings.isEnabled, state.settings.model == model else { return [] }
                for (kept, vector) in vectors where kept.storedAt > oldest && kept.model == model {
                    state.index.keep(vector, for: kept.key, storedAt: kept.storedAt, in: kept.context)
                }
                return state.index.shrink(toCount: state.settings.maximumEntries)
            }
            if !gone.isEmpty { archive.removeVectors(of: gone) }
        }
    }

    /// Takes settings into force; vectors of another model are of no use, nor is any once nothing is compared.
    func apply(_ settings: SemanticCacheSettings) {
        let (archive, isOfNoUse, gone) = state.withLock { state in
            let wasOf = state.settings.isEnabled ? state.settings.model : nil
            state.settings = settings
            guard let wasOf, !settings.isEnabled || settings.model != wasOf else {
                return (state.archive, false, state.index.shrink(toCount: settings.maximumEntries))
            }
            state.index = VectorIndex()
            state.rest = EmbeddingRest()
            return (state.archive, true, [])
        }
        if isOfNoUse { archive?.removeVectors(besides: settings.isEnabled ? settings.model : nil) }
        if !gone.isEmpty { archive?.removeVectors(of: gone) }
    }

    var figures: SimilarFigures {
        state.withLock { state in
            var figures = state.figures
            figures.settings = state.settings
            figures.entries = state.index.count
            figures.bytes = state.index.byteCount
            figures.restsUntil = state.rest.end
            return figures
        }
    }

    /// Forgets vectors whose answers are gone.
    func remove(_ keys: some Sequence<CacheKey>) {
        state.withLock { state in
            for key in keys { state.index.remove(key) }
        }
    }

    /// Forgets all vectors, and the counts with them.
    func removeAll() {
        state.withLock { state in
            state.index = VectorIndex()
            state.figures = SimilarFigures()
        }
    }

    /// Forgets vectors of answers stored at a time or before.
    func removeExpired(storedUntil oldest: Int64) {
        state.withLock { state in
            for key in state.index.keys(storedUntil: oldest) { state.index.remove(key) }
        }
    }
}
