import Synchronization

/// Answers given before, and the questions being asked at this moment.
///
/// In memory, with an ``AnswerArchive`` behind it when there is one. Shared by all event loops; each call holds the lock
/// for a look-up, never across a suspension, and what is only on disk is known here by its key, so that a question nobody
/// asked before costs no read.
///
/// Of identical questions asked at the same time one leads: it asks an upstream, and the others wait for what it learns.
/// Before it asks it may look for a similar question among ``similar``.
public final class AnswerCache: Sendable {
    /// What to do about a question.
    enum Claim: Sendable {
        case answer(CachedAnswer)
        /// It may be in the archive.
        case archived(any AnswerArchive)
        /// To be asked, and the cache to be told of the end by ``end(_:_:)``.
        case lead
        /// Somebody is asking it: ``wait(for:)``.
        case wait
    }

    /// Where an answer is.
    enum Kept: Sendable {
        case answer(CachedAnswer)
        case archived(any AnswerArchive)
    }

    /// What came of waiting.
    enum Wait: Sendable {
        case answer(CachedAnswer)
        /// The one that asked failed or left: it is this one's turn.
        case lead
        /// To be asked without the cache.
        case alone
        /// Nobody asks it any more: claim it again.
        case again
    }

    /// How a lead ended.
    enum End: Sendable {
        case answer(CachedAnswer)
        /// With the answer to a similar question, which has its place already.
        case similar(CachedAnswer)
        /// With an answer that is not kept; everyone asks for himself.
        case notKept
        /// Without one; the next takes over.
        case failed
    }

    fileprivate struct Flight: Sendable {
        var waiting: [(ticket: UInt64, continuation: CheckedContinuation<Wait, Never>)] = []
    }

    fileprivate struct State: Sendable {
        var settings = CacheSettings()
        var memory = AnswerShelf<CachedAnswer>()
        /// What the archive has.
        var archived = AnswerShelf<ArchivedAnswer>()
        var archive: (any AnswerArchive)?
        var flights: [CacheKey: Flight] = [:]
        /// Waits that were given up before they began.
        var abandoned: Set<UInt64> = []
        var lastTicket: UInt64 = 0
        var figures = CacheFigures()
    }

    /// How many answers are looked at while the lock is held once.
    private static let slice = 1024

    private let state = Mutex(State())
    /// Vectors of questions whose answers are here.
    let similar = SimilarAnswers()

    public init() {}

    // MARK: Questions

    /// - Parameter now: milliseconds since 1970, as everywhere here.
    func claim(_ key: CacheKey, now: Int64) -> Claim {
        let (claim, expired) = state.withLock { state -> (Claim, CacheKey?) in
            let oldest = now - state.settings.lifetimeMilliseconds
            if let answer = state.memory.value(key) {
                if answer.storedAt > oldest {
                    // What serves from memory is in use on disk too.
                    _ = state.archived.value(key)
                    return (.answer(answer), nil)
                }
                state.memory.remove(key)
            }
            var expired: CacheKey?
            if let known = state.archived.value(key), let archive = state.archive {
                if known.storedAt > oldest { return (.archived(archive), nil) }
                state.archived.remove(key)
                expired = key
            }
            if state.flights[key] != nil { return (.wait, expired) }
            state.flights[key] = Flight()
            state.figures.misses += 1
            return (.lead, expired)
        }
        if let expired { removeFromArchive([expired]) }
        return claim
    }

    /// An answer that is here or in the archive, without a claim to anything.
    func kept(_ key: CacheKey, now: Int64) -> Kept? {
        state.withLock { state in
            let oldest = now - state.settings.lifetimeMilliseconds
            if let answer = state.memory.value(key), answer.storedAt > oldest {
                _ = state.archived.value(key)
                return .answer(answer)
            }
            if let known = state.archived.value(key), known.storedAt > oldest, let archive = state.archive {
                return .archived(archive)
            }
            return nil
        }
    }

    /// Takes an answer out of the archive into memory.
    func admit(_ answer: CachedAnswer, for key: CacheKey) {
        state.withLock { state in
            state.figures.archiveReads += 1
            state.keepInMemory(answer, for: key)
        }
    }

    /// Forgets an answer that turned out to be of no use.
    func forget(_ key: CacheKey) {
        let wasArchived = state.withLock { state in
            state.memory.remove(key)
            return state.archived.remove(key) != nil
        }
        if wasArchived { removeFromArchive([key]) }
    }

    /// Waits for the one that asks the same, as long as `limit` at most.
    ///
    /// Cancelling the task ends the wait with ``Wait/alone``.
    func wait(for key: CacheKey, limit: Duration) async -> Wait {
        let ticket = state.withLock { state in
            state.lastTicket += 1
            return state.lastTicket
        }
        let result = await withTaskGroup(of: Wait?.self, returning: Wait.self) { group in
            group.addTask { await self.enter(key, ticket: ticket) }
            group.addTask {
                // Cancelled as soon as the wait is over.
                guard (try? await Task.sleep(for: limit)) != nil else { return nil }
                self.giveUp(key, ticket: ticket)
                return nil
            }
            var result = Wait.alone
            for await end in group {
                guard let end else { continue }
                result = end
                group.cancelAll()
            }
            return result
        }
        state.withLock { _ = $0.abandoned.remove(ticket) }
        return result
    }

    /// Says how a lead ended, to everyone who waits for it.
    func end(_ key: CacheKey, _ end: End) {
        let (wakened, result) = state.withLock { state -> ([CheckedContinuation<Wait, Never>], Wait) in
            switch end {
            case .answer(let answer):
                state.figures.stored += 1
                state.keepInMemory(answer, for: key)
                let all = state.flights.removeValue(forKey: key)?.waiting.map(\.continuation) ?? []
                return (all, .answer(answer))
            case .similar(let answer):
                // It was counted when it was claimed.
                state.figures.misses -= 1
                let all = state.flights.removeValue(forKey: key)?.waiting.map(\.continuation) ?? []
                return (all, .answer(answer))
            case .notKept:
                return (state.flights.removeValue(forKey: key)?.waiting.map(\.continuation) ?? [], .alone)
            case .failed:
                guard var flight = state.flights[key], !flight.waiting.isEmpty else {
                    state.flights[key] = nil
                    return ([], .alone)
                }
                let next = flight.waiting.removeFirst().continuation
                state.flights[key] = flight
                return ([next], .lead)
            }
        }
        if case .answer(let answer) = end { archive(answer, for: key) }
        for continuation in wakened { continuation.resume(returning: result) }
    }

    /// Counts a question that was answered from here.
    func noteHit(tokens: Int, saved: NanoDollars?, hasWaited: Bool) {
        state.withLock { state in
            state.figures.hits += 1
            if hasWaited { state.figures.joined += 1 }
            state.figures.tokensSaved += tokens
            if let saved { state.figures.saved += saved }
        }
    }

    /// Counts a question that waited and then had to be asked all the same.
    func noteMiss() { state.withLock { $0.figures.misses += 1 } }

    func noteBypass() { state.withLock { $0.figures.bypasses += 1 } }

    private func enter(_ key: CacheKey, ticket: UInt64) async -> Wait {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let result: Wait? = state.withLock { state in
                    if state.abandoned.remove(ticket) != nil { return .alone }
                    guard state.flights[key] != nil else { return .again }
                    state.flights[key]?.waiting.append((ticket, continuation))
                    return nil
                }
                if let result { continuation.resume(returning: result) }
            }
        } onCancel: {
            giveUp(key, ticket: ticket)
        }
    }

    private func giveUp(_ key: CacheKey, ticket: UInt64) {
        let continuation = state.withLock { state -> CheckedContinuation<Wait, Never>? in
            guard let position = state.flights[key]?.waiting.firstIndex(where: { $0.ticket == ticket }) else {
                // It has not begun, or is over; whoever waits takes this away.
                state.abandoned.insert(ticket)
                return nil
            }
            return state.flights[key]?.waiting.remove(at: position).continuation
        }
        continuation?.resume(returning: .alone)
    }

    // MARK: Archive

    /// Takes an archive into use with all that is in it, as far as it may still serve.
    public func open(_ archive: any AnswerArchive, now: Int64) async throws {
        let listing = try await archive.listing()
        state.withLock { $0.archive = archive }
        var gone: [CacheKey] = []
        for start in stride(from: 0, to: listing.count, by: Self.slice) {
            gone += state.withLock { state -> [CacheKey] in
                let oldest = now - state.settings.lifetimeMilliseconds
                var gone: [CacheKey] = []
                for known in listing[start..<min(start + Self.slice, listing.count)] {
                    if known.storedAt <= oldest {
                        gone.append(known.key)
                    } else if state.archived.peek(known.key) == nil {
                        state.archived.keep(known, for: known.key, byteCount: known.byteCount)
                    }
                }
                return gone + state.shrinkArchive()
            }
        }
        if !gone.isEmpty { archive.remove(gone) }
        let oldest = now - state.withLock { $0.settings.lifetimeMilliseconds }
        try await similar.open(archive, oldest: oldest)
    }

    private func archive(_ answer: CachedAnswer, for key: CacheKey) {
        let (archive, gone) = state.withLock { state -> ((any AnswerArchive)?, [CacheKey]) in
            guard let archive = state.archive, state.settings.maximumDiskBytes > 0 else { return (nil, []) }
            let known = ArchivedAnswer(
                key: key, model: answer.model, byteCount: answer.byteCount, storedAt: answer.storedAt)
            state.archived.keep(known, for: key, byteCount: known.byteCount)
            return (archive, state.shrinkArchive())
        }
        guard let archive else { return }
        archive.keep(answer, for: key)
        if !gone.isEmpty { archive.remove(gone) }
    }

    private func removeFromArchive(_ keys: [CacheKey]) { state.withLock { $0.archive }?.remove(keys) }

    // MARK: Management

    /// Takes settings into force; what exceeds new bounds goes at once.
    public func apply(_ settings: CacheSettings) {
        let (archive, gone) = state.withLock { state in
            state.settings = settings
            if settings.mode == .off { state.memory = AnswerShelf() }
            state.shrinkMemory()
            return (state.archive, state.shrinkArchive())
        }
        if !gone.isEmpty { archive?.remove(gone) }
        var semantic = settings.semantic
        if settings.mode == .off { semantic.isEnabled = false }
        similar.apply(semantic)
    }

    /// What there is and what came of it.
    public var figures: CacheFigures {
        let similar = similar.figures
        return state.withLock { state in
            var figures = state.figures
            figures.settings = state.settings
            figures.similar = similar
            figures.entries = state.memory.count
            figures.bytes = state.memory.byteCount
            figures.archivedEntries = state.archived.count
            figures.archivedBytes = state.archived.byteCount
            figures.waiting = state.flights.values.reduce(0) { $0 + $1.waiting.count }
            return figures
        }
    }

    /// Removes answers: all, or those of one model; with all of them the counts begin anew.
    /// - Parameter model: as its provider names it.
    /// - Returns: how many answers went, and how many of them had expired.
    @discardableResult public func clear(model: String? = nil, now: Int64) -> (removed: Int, expired: Int) {
        let (archive, archived, keys, expired) = state.withLock { state in
            let oldest = now - state.settings.lifetimeMilliseconds
            let inMemory = state.memory.keys { model == nil || $0.model == model }
            let onDisk = state.archived.keys { model == nil || $0.model == model }
            let all = Set(inMemory).union(onDisk)
            let expired = all.count { key in
                (state.memory.peek(key)?.storedAt ?? state.archived.peek(key)?.storedAt ?? now) <= oldest
            }
            for key in inMemory { state.memory.remove(key) }
            for key in onDisk { state.archived.remove(key) }
            if model == nil { state.figures = CacheFigures() }
            return (state.archive, onDisk, all, expired)
        }
        if !archived.isEmpty { archive?.remove(archived) }
        if model == nil { similar.removeAll() } else { similar.remove(keys) }
        return (keys.count, expired)
    }

    /// Removes what has expired, from memory and from the archive.
    /// - Returns: how many answers went.
    @discardableResult public func removeExpired(now: Int64) -> Int {
        var gone: Set<CacheKey> = []
        var archived: [CacheKey] = []
        let slots = state.withLock { max($0.memory.slotCount, $0.archived.slotCount) }
        for start in stride(from: 0, to: slots, by: Self.slice) {
            let (inMemory, onDisk) = state.withLock { state in
                let oldest = now - state.settings.lifetimeMilliseconds
                let range = start..<start + Self.slice
                let inMemory = state.memory.keys(inSlots: range) { $0.storedAt <= oldest }
                let onDisk = state.archived.keys(inSlots: range) { $0.storedAt <= oldest }
                for key in inMemory { state.memory.remove(key) }
                for key in onDisk { state.archived.remove(key) }
                return (inMemory, onDisk)
            }
            gone.formUnion(inMemory)
            archived += onDisk
        }
        if !archived.isEmpty { removeFromArchive(archived) }
        similar.removeExpired(storedUntil: now - state.withLock { $0.settings.lifetimeMilliseconds })
        return gone.union(archived).count
    }
}

extension AnswerCache.State {
    fileprivate mutating func keepInMemory(_ answer: CachedAnswer, for key: CacheKey) {
        guard settings.mode != .off, answer.byteCount <= settings.maximumBytes else { return }
        memory.keep(answer, for: key, byteCount: answer.byteCount)
        shrinkMemory()
    }

    fileprivate mutating func shrinkMemory() {
        figures.evictions += memory.shrink(toBytes: settings.maximumBytes, count: settings.maximumEntries).count
    }

    /// A list of keys is in memory, so their number is bounded too.
    fileprivate mutating func shrinkArchive() -> [CacheKey] {
        archived.shrink(toBytes: settings.maximumDiskBytes, count: 100_000)
    }
}
