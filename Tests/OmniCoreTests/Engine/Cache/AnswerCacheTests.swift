import OmniJSON
import OmniTranslate
import Testing

@testable import OmniCore

/// Who asks, who waits and what is kept for how long.
@Suite(.timeLimit(.minutes(5))) struct AnswerCacheTests {
    private static let now: Int64 = 1_700_000_000_000
    private static let hour: Int64 = 3_600_000

    private static func key(_ number: Int) -> CacheKey { CacheKey(of: [Array("\(number)".utf8)]) }

    private static func answer(_ text: String = "x", at time: Int64 = now, model: String = "m") -> CachedAnswer {
        CachedAnswer(
            provider: ProviderID("p"), model: model, format: .openAIChat, isStream: false, body: Array(text.utf8),
            storedAt: time)
    }

    private static func keep(_ answer: CachedAnswer, as number: Int, in cache: AnswerCache) {
        guard case .lead = cache.claim(key(number), now: answer.storedAt) else {
            Issue.record("somebody else asks \(number)")
            return
        }
        cache.end(key(number), .answer(answer))
    }

    private static func text(_ claim: AnswerCache.Claim) -> String? {
        if case .answer(let answer) = claim { String(decoding: answer.body, as: UTF8.self) } else { nil }
    }

    private static func isLead(_ claim: AnswerCache.Claim) -> Bool { if case .lead = claim { true } else { false } }

    /// Waits until so many requests wait.
    private static func whenWaiting(_ count: Int, in cache: AnswerCache) async {
        while cache.figures.waiting != count { await Task.yield() }
    }

    // MARK: One at a time

    @Test func theFirstAsksAndTheOthersWait() async {
        let cache = AnswerCache()
        #expect(Self.isLead(cache.claim(Self.key(1), now: Self.now)))
        await withTaskGroup { group in
            for _ in 0..<5 {
                group.addTask {
                    guard case .wait = cache.claim(Self.key(1), now: Self.now) else { return "asked" }
                    guard case .answer(let answer) = await cache.wait(for: Self.key(1), limit: .seconds(60)) else {
                        return "not answered"
                    }
                    return String(decoding: answer.body, as: UTF8.self)
                }
            }
            await Self.whenWaiting(5, in: cache)
            cache.end(Self.key(1), .answer(Self.answer("once")))
            for await text in group { #expect(text == "once") }
        }
        #expect(cache.figures.misses == 1 && cache.figures.waiting == 0 && cache.figures.stored == 1)
        #expect(Self.text(cache.claim(Self.key(1), now: Self.now)) == "once")
    }

    /// Whoever failed or left is followed by one of those who wait, until one succeeds.
    @Test func theNextTakesOver() async {
        let cache = AnswerCache()
        _ = cache.claim(Self.key(1), now: Self.now)
        await withTaskGroup { group in
            for _ in 0..<3 {
                group.addTask {
                    switch await cache.wait(for: Self.key(1), limit: .seconds(60)) {
                    case .lead:
                        cache.end(Self.key(1), .answer(Self.answer("second")))
                        return "led"
                    case .answer: return "answered"
                    case .alone, .again: return "lost"
                    }
                }
            }
            await Self.whenWaiting(3, in: cache)
            cache.end(Self.key(1), .failed)
            var results: [String] = []
            for await result in group { results.append(result) }
            #expect(results.sorted() == ["answered", "answered", "led"])
        }
    }

    @Test func nobodyWaitsInVain() async {
        let cache = AnswerCache()
        _ = cache.claim(Self.key(1), now: Self.now)
        await withTaskGroup { group in
            for _ in 0..<3 {
                group.addTask {
                    if case .alone = await cache.wait(for: Self.key(1), limit: .seconds(60)) { true } else { false }
                }
            }
            await Self.whenWaiting(3, in: cache)
            cache.end(Self.key(1), .notKept)
            for await isAlone in group { #expect(isAlone) }
        }
        #expect(Self.isLead(cache.claim(Self.key(1), now: Self.now)))
    }

    @Test func waitingHasAnEnd() async {
        let cache = AnswerCache()
        _ = cache.claim(Self.key(1), now: Self.now)
        let wait = await cache.wait(for: Self.key(1), limit: .milliseconds(1))
        guard case .alone = wait else {
            Issue.record("\(wait)")
            return
        }
        #expect(cache.figures.waiting == 0)
        // The one that asks is still the one.
        guard case .wait = cache.claim(Self.key(1), now: Self.now) else {
            Issue.record("the lead is lost")
            return
        }
    }

    @Test(arguments: [false, true])
    func aClientThatLeavesWaitsNoMore(isEarly: Bool) async {
        let cache = AnswerCache()
        _ = cache.claim(Self.key(1), now: Self.now)
        let isAlone = await withTaskGroup(of: Bool.self) { group in
            if isEarly { group.cancelAll() }
            group.addTask {
                if case .alone = await cache.wait(for: Self.key(1), limit: .seconds(60)) { true } else { false }
            }
            if !isEarly { await Self.whenWaiting(1, in: cache) }
            group.cancelAll()
            return await group.next() ?? false
        }
        #expect(isAlone && cache.figures.waiting == 0)
        // It does not stand in anybody's way.
        cache.end(Self.key(1), .failed)
        #expect(Self.isLead(cache.claim(Self.key(1), now: Self.now)))
    }

    @Test func whatEndedMeanwhileIsClaimedAgain() async {
        let cache = AnswerCache()
        let wait = await cache.wait(for: Self.key(1), limit: .seconds(60))
        guard case .again = wait else {
            Issue.record("\(wait)")
            return
        }
    }

    /// Many tasks, few questions, leads that fail, are not kept or succeed: every one ends, and no lead is double.
    @Test func manyAtOnce() async {
        let cache = AnswerCache()
        await withTaskGroup { group in
            for task in 0..<200 {
                group.addTask {
                    let number = task % 7
                    var rounds = 0
                    while rounds < 1000 {
                        rounds += 1
                        var isLead = false
                        switch cache.claim(Self.key(number), now: Self.now) {
                        case .answer: return true
                        case .archived: return false
                        case .lead: isLead = true
                        case .wait:
                            switch await cache.wait(for: Self.key(number), limit: .seconds(30)) {
                            case .answer, .alone: return true
                            case .lead: isLead = true
                            case .again: continue
                            }
                        }
                        guard isLead else { continue }
                        await Task.yield()
                        switch (task + rounds) % 3 {
                        case 0: cache.end(Self.key(number), .failed)
                        case 1: cache.end(Self.key(number), .notKept)
                        default: cache.end(Self.key(number), .answer(Self.answer()))
                        }
                        return true
                    }
                    return false
                }
            }
            for await ended in group { #expect(ended) }
        }
        #expect(cache.figures.waiting == 0)
    }

    // MARK: Bounds

    @Test func answersExpire() {
        let cache = AnswerCache()
        Self.keep(Self.answer("a"), as: 1, in: cache)
        #expect(Self.text(cache.claim(Self.key(1), now: Self.now + Self.hour - 1)) == "a")
        var settings = CacheSettings()
        settings.lifetime = .seconds(1)
        cache.apply(settings)
        #expect(Self.isLead(cache.claim(Self.key(1), now: Self.now + 1000)))
        #expect(cache.figures.entries == 0)
    }

    @Test func boundsHoldAtOnce() {
        let cache = AnswerCache()
        for number in 0..<10 { Self.keep(Self.answer(String(repeating: "x", count: 1000)), as: number, in: cache) }
        var settings = CacheSettings()
        settings.maximumEntries = 6
        cache.apply(settings)
        #expect(cache.figures.entries == 6 && cache.figures.evictions == 4)
        settings.maximumBytes = 4000
        cache.apply(settings)
        #expect(cache.figures.bytes <= 4000 && cache.figures.entries == 3)
        Self.keep(Self.answer(String(repeating: "x", count: 5000)), as: 20, in: cache)
        #expect(cache.figures.entries == 3)
        settings.mode = .off
        cache.apply(settings)
        #expect(cache.figures.entries == 0)
    }

    // MARK: Archive

    @Test func theArchiveOutlivesTheCache() async throws {
        let archive = MemoryArchive()
        let first = AnswerCache()
        try await first.open(archive, now: Self.now)
        Self.keep(Self.answer("a"), as: 1, in: first)
        Self.keep(Self.answer("old", at: Self.now - Self.hour), as: 2, in: first)
        #expect(archive.keys.count == 2)
        let second = AnswerCache()
        try await second.open(archive, now: Self.now)
        // What has expired is gone from the archive too.
        #expect(archive.keys == [Self.key(1)])
        #expect(second.figures.entries == 0 && second.figures.archivedEntries == 1)
        guard case .archived(let found) = second.claim(Self.key(1), now: Self.now),
            let answer = try await found.answer(Self.key(1))
        else {
            Issue.record("not archived")
            return
        }
        second.admit(answer, for: Self.key(1))
        #expect(Self.text(second.claim(Self.key(1), now: Self.now)) == "a")
        #expect(second.figures.archiveReads == 1)
        // A question nobody asked before reads nothing.
        #expect(Self.isLead(second.claim(Self.key(3), now: Self.now)))
        #expect(archive.reads == 1)
    }

    @Test func theArchiveIsBounded() async throws {
        let archive = MemoryArchive()
        let cache = AnswerCache()
        try await cache.open(archive, now: Self.now)
        var settings = CacheSettings()
        settings.maximumDiskBytes = 3000
        cache.apply(settings)
        for number in 0..<10 { Self.keep(Self.answer(String(repeating: "x", count: 700)), as: number, in: cache) }
        #expect(cache.figures.archivedEntries == 3 && cache.figures.archivedBytes <= 3000)
        #expect(archive.keys == Set((7..<10).map(Self.key)))
        settings.maximumDiskBytes = 0
        cache.apply(settings)
        #expect(archive.keys.isEmpty)
        Self.keep(Self.answer(), as: 30, in: cache)
        #expect(archive.keys.isEmpty && cache.figures.entries == 11)
    }

    @Test func clearing() async throws {
        let archive = MemoryArchive()
        let cache = AnswerCache()
        try await cache.open(archive, now: Self.now)
        for number in 0..<4 { Self.keep(Self.answer(model: number == 0 ? "a" : "b"), as: number, in: cache) }
        cache.noteHit(tokens: 5, saved: NanoDollars(7), hasWaited: true)
        #expect(cache.clear(model: "a", now: Self.now) == (1, 0))
        #expect(cache.figures.entries == 3 && cache.figures.hits == 1 && archive.keys.count == 3)
        #expect(cache.removeExpired(now: Self.now) == 0)
        #expect(cache.clear(now: Self.now + Self.hour) == (3, 3))
        #expect(archive.keys.isEmpty)
        #expect(cache.figures == CacheFigures())
    }

    @Test func figures() {
        let cache = AnswerCache()
        #expect(cache.figures.hitRate == 0)
        Self.keep(Self.answer(), as: 1, in: cache)
        cache.noteHit(tokens: 10, saved: NanoDollars(3), hasWaited: false)
        cache.noteHit(tokens: 20, saved: nil, hasWaited: true)
        cache.noteBypass()
        let figures = cache.figures
        #expect((figures.hits, figures.misses, figures.joined, figures.bypasses) == (2, 1, 1, 1))
        #expect(figures.tokensSaved == 30 && figures.saved == NanoDollars(3))
        #expect(figures.hitRate == 2.0 / 3)
    }

    @Test func descriptionsSurvive() throws {
        var answer = Self.answer("body", model: "m\"é")
        answer.renamedTools = ["a": "b.c", "d": "e\\n"]
        answer.customTools = ["x"]
        answer.groupedTools = ["g__h": GroupedTool(namespace: "g", name: "h")]
        answer.stopSequences = ["s", "t"]
        answer.report.add("seed")
        answer.usesArrayFraming = true
        answer.cost = NanoDollars(12)
        let read = try #require(
            CachedAnswer(description: answer.description, body: answer.body, storedAt: answer.storedAt))
        #expect(read.description == answer.description)
        #expect(read.renamedTools == answer.renamedTools && read.report == answer.report && read.cost == answer.cost)
        #expect(read.stopSequences == answer.stopSequences && read.customTools == answer.customTools)
        #expect(read.groupedTools == answer.groupedTools)
        for damaged in ["", "{}", #"{"provider":"p","model":"m","format":"none","stream":true}"#] {
            #expect(CachedAnswer(description: Array(damaged.utf8), body: [], storedAt: 0) == nil)
        }
    }
}
