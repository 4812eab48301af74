import Testing

@testable import OmniCore

/// Who runs, who waits and who is given an answer again, at every moment of a virtual clock.
@Suite struct IdempotencyTableTests {
    private typealias Table = IdempotencyTable

    private let key = IdempotencyKey(digest: [1])
    private let body: [UInt8] = [7]

    private func answer(_ number: UInt8 = 1, at time: Int64 = 0, length: Int = 10) -> IdempotentAnswer {
        IdempotentAnswer(
            key: IdempotencyKey(digest: [number]), bodyDigest: body, completedAt: time, status: 200, headers: [],
            isStream: false, bytes: Array(repeating: number, count: length),
            record: UsageRecord(requestID: "", startedAt: 0))
    }

    private func run(_ claim: Table.Claim) throws -> Table.Run {
        guard case .run(let run) = claim else { throw NotARun(claim: "\(claim)") }
        return run
    }

    private struct NotARun: Error { var claim: String }

    @Test func theFirstRunsAndTheOthersWait() throws {
        var table = Table()
        let run = try run(table.claim(key, bodyDigest: body, as: 1, now: 0))
        #expect(table.claim(key, bodyDigest: body, as: 2, now: 1) == .wait)
        #expect(table.claim(key, bodyDigest: body, as: 3, now: 2) == .wait)
        let answer = answer(at: 10)
        #expect(
            table.complete(key, run, with: answer) == [
                .init(waiter: 2, claim: .replay(answer)), .init(waiter: 3, claim: .replay(answer)),
            ])
        #expect(table.claim(key, bodyDigest: body, as: 4, now: 11) == .replay(answer))
    }

    @Test func anotherBodyIsAConflictBeforeAndAfterTheAnswer() throws {
        var table = Table()
        let run = try run(table.claim(key, bodyDigest: body, as: 1, now: 0))
        #expect(table.claim(key, bodyDigest: [8], as: 2, now: 0) == .conflict)
        _ = table.complete(key, run, with: answer(at: 0))
        #expect(table.claim(key, bodyDigest: [8], as: 3, now: 4999) == .conflict)
        _ = try self.run(table.claim(key, bodyDigest: [8], as: 4, now: 5000))
    }

    @Test func theWindowBeginsWithTheAnswer() throws {
        var table = Table()
        let first = try run(table.claim(key, bodyDigest: body, as: 1, now: 0))
        #expect(table.claim(key, bodyDigest: body, as: 2, now: 60_000) == .wait)
        let answer = answer(at: 100_000)
        _ = table.complete(key, first, with: answer)
        #expect(table.claim(key, bodyDigest: body, as: 3, now: 104_999) == .replay(answer))
        let second = try run(table.claim(key, bodyDigest: body, as: 4, now: 105_000))
        #expect(second != first)
        #expect(table.byteCount == 0)
    }

    @Test func anotherWindowHoldsAtOnce() throws {
        var table = Table()
        let first = try run(table.claim(key, bodyDigest: body, as: 1, now: 0))
        let answer = answer(at: 0)
        _ = table.complete(key, first, with: answer)
        table.window = 60_000
        #expect(table.claim(key, bodyDigest: body, as: 2, now: 59_999) == .replay(answer))
        table.window = 100
        _ = try run(table.claim(key, bodyDigest: body, as: 3, now: 200))
    }

    @Test func withoutAWindowOnlyTheFlightIsShared() throws {
        var table = Table()
        table.window = 0
        let first = try run(table.claim(key, bodyDigest: body, as: 1, now: 0))
        #expect(table.claim(key, bodyDigest: body, as: 2, now: 0) == .wait)
        let answer = answer()
        #expect(table.complete(key, first, with: answer) == [.init(waiter: 2, claim: .replay(answer))])
        #expect(table.count == 0)
        _ = try run(table.claim(key, bodyDigest: body, as: 3, now: 0))
    }

    @Test func aRunWithoutAnAnswerGoesToTheNextInLine() throws {
        var table = Table()
        let first = try run(table.claim(key, bodyDigest: body, as: 1, now: 0))
        for waiter: UInt64 in 2...4 { #expect(table.claim(key, bodyDigest: body, as: waiter, now: 0) == .wait) }
        table.leave(key, 2)
        let wakes = table.complete(key, first, with: nil)
        #expect(wakes.map(\.waiter) == [3])
        let second = try run(try #require(wakes.first).claim)
        // What the first still says is of no effect.
        #expect(table.complete(key, first, with: answer()).isEmpty)
        #expect(table.release(key, first).isEmpty)
        #expect(table.claim(key, bodyDigest: body, as: 5, now: 0) == .wait)
        let answer = answer()
        #expect(table.complete(key, second, with: answer).map(\.waiter) == [4, 5])
    }

    @Test func afterTheLastTryTheKeyIsFree() throws {
        var table = Table()
        let first = try run(table.claim(key, bodyDigest: body, as: 1, now: 0))
        #expect(table.complete(key, first, with: nil).isEmpty)
        #expect(table.count == 0)
        _ = try run(table.claim(key, bodyDigest: [9], as: 2, now: 0))
    }

    @Test func whatIsTooLargeEverybodyAsksForThemselves() throws {
        var table = Table()
        let first = try run(table.claim(key, bodyDigest: body, as: 1, now: 0))
        #expect(table.claim(key, bodyDigest: body, as: 2, now: 0) == .wait)
        #expect(table.claim(key, bodyDigest: body, as: 3, now: 0) == .wait)
        #expect(
            table.release(key, first) == [.init(waiter: 2, claim: .runAlone), .init(waiter: 3, claim: .runAlone)])
        #expect(table.complete(key, first, with: nil).isEmpty)
        #expect(table.count == 0)
    }

    @Test func theOldestAnswersGoFirst() throws {
        var table = Table(limits: .init(entries: 3, bytes: 100))
        func finish(_ number: UInt8, length: Int) throws {
            let key = IdempotencyKey(digest: [number])
            let run = try run(table.claim(key, bodyDigest: body, as: UInt64(number), now: 0))
            _ = table.complete(key, run, with: answer(number, length: length))
        }
        for number: UInt8 in 1...3 { try finish(number, length: 30) }
        try finish(4, length: 30)
        #expect(table.count == 3 && table.byteCount == 90)
        _ = try run(table.claim(key, bodyDigest: body, as: 10, now: 0))
        try finish(5, length: 100)
        #expect(table.byteCount == 100 && table.count == 2)
        #expect(table.claim(IdempotencyKey(digest: [5]), bodyDigest: body, as: 11, now: 1) != .wait)
    }

    @Test func aTableFullOfRunsTakesNoMore() throws {
        var table = Table(limits: .init(entries: 2, bytes: 100))
        for number: UInt8 in 1...2 {
            _ = try run(table.claim(IdempotencyKey(digest: [number]), bodyDigest: body, as: 1, now: 0))
        }
        #expect(table.claim(IdempotencyKey(digest: [3]), bodyDigest: body, as: 2, now: 0) == .runAlone)
        #expect(table.count == 2)
    }

    @Test func answersOfAnEarlierProcessAreRepeated() throws {
        var table = Table()
        let answer = answer(at: 1000)
        table.restore(answer, now: 3000)
        #expect(table.claim(key, bodyDigest: body, as: 1, now: 5999) == .replay(answer))
        table = Table()
        table.restore(answer, now: 6000)
        #expect(table.count == 0)
    }

    /// Whatever happens in whichever order: nobody waits without a run, and all is forgotten in the end.
    @Test(arguments: 0..<50 as Range<UInt64>)
    func nobodyIsLeftWaiting(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var table = Table(limits: .init(entries: 4, bytes: 60))
        var now: Int64 = 0
        var runs: [(key: IdempotencyKey, run: Table.Run)] = []
        var waiting: [Table.Waiter: IdempotencyKey] = [:]
        func take(_ claim: Table.Claim, _ key: IdempotencyKey, _ waiter: Table.Waiter) {
            switch claim {
            case .run(let run): runs.append((key, run))
            case .wait: waiting[waiter] = key
            case .runAlone, .replay, .conflict: break
            }
        }
        func wake(_ wakes: [Table.Wake]) throws {
            for wake in wakes {
                let removed = waiting.removeValue(forKey: wake.waiter)
                let key = try #require(removed, "woken without waiting")
                #expect(wake.claim != .wait)
                take(wake.claim, key, wake.waiter)
            }
        }
        for step: UInt64 in 1...400 {
            now += Int64.random(in: 0...900, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0, 1:
                let key = IdempotencyKey(digest: [UInt8.random(in: 1...6, using: &random)])
                take(table.claim(key, bodyDigest: body, as: step, now: now), key, step)
            case 2:
                guard let (waiter, key) = waiting.randomElement(using: &random) else { continue }
                table.leave(key, waiter)
                waiting[waiter] = nil
            default:
                guard let index = runs.indices.randomElement(using: &random) else { continue }
                let (key, run) = runs.remove(at: index)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: try wake(table.complete(key, run, with: nil))
                case 1: try wake(table.release(key, run))
                default:
                    let length = Int.random(in: 0...80, using: &random)
                    try wake(table.complete(key, run, with: answer(key.digest[0], at: now, length: length)))
                }
            }
            #expect(table.byteCount <= 60 && table.count <= 4)
            for key in waiting.values { #expect(runs.contains { $0.key == key }) }
        }
        while let (key, run) = runs.popLast() { try wake(table.complete(key, run, with: nil)) }
        #expect(waiting.isEmpty)
        table.sweep(now: now + 5000)
        #expect(table.count == 0 && table.byteCount == 0)
    }
}
