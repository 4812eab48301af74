import Testing

@testable import OmniCore

@Suite struct CircuitBreakerTests {
    private var random = SeededRandom(seed: 2)
    private var breaker = CircuitBreaker()

    private mutating func call(fails: Bool, at now: Double, startedAt: Double? = nil) {
        let start = MonotonicInstant.seconds(startedAt ?? now)
        if fails {
            breaker.failed(startedAt: start, at: .seconds(now), profile: .apiKey, using: &random)
        } else {
            breaker.succeeded(startedAt: start, at: .seconds(now))
        }
    }

    @Test mutating func opensAfterFiveFailures() {
        for index in 0..<4 { call(fails: true, at: 100 + Double(index)) }
        #expect(breaker.state(at: .seconds(104)) == .closed)
        call(fails: true, at: 104)
        #expect(breaker.state(at: .seconds(104)) == .open)
        let open = Double(breaker.openUntil.since(.seconds(104))) / 1e9
        #expect(open >= 13.5 && open <= 16.5)
    }

    @Test(arguments: [(10, 9, false), (10, 10, true), (3, 3, true), (1, 4, true), (16, 3, false)])
    mutating func opensAtHalf(successes: Int, failures: Int, opens: Bool) {
        for _ in 0..<successes { call(fails: false, at: 100) }
        for _ in 0..<failures { call(fails: true, at: 101) }
        #expect((breaker.state(at: .seconds(101)) == .open) == opens)
    }

    @Test mutating func onlyTheLastTwentyCallsCount() {
        for _ in 0..<100 { call(fails: false, at: 100) }
        #expect(breaker.recent(at: .seconds(100)) == (20, 0))
        for index in 1...9 {
            call(fails: true, at: 100)
            #expect(breaker.recent(at: .seconds(100)) == (20, index))
        }
        call(fails: true, at: 100)
        #expect(breaker.state(at: .seconds(100)) == .open)
    }

    @Test mutating func onlyTheLastMinuteCounts() {
        for _ in 0..<4 { call(fails: true, at: 100) }
        call(fails: true, at: 161)
        #expect(breaker.state(at: .seconds(161)) == .closed)
        #expect(breaker.recent(at: .seconds(161)) == (1, 1))
    }

    /// The stored times begin anew every 655.36 s.
    @Test mutating func oldCallsDoNotComeBack() {
        for now in stride(from: 100.0, through: 820, by: 45) { call(fails: true, at: now) }
        #expect(breaker.recent(at: .seconds(820)) == (2, 2))
        #expect(breaker.recent(at: .seconds(1475.4)) == (0, 0))
        #expect(breaker.state(at: .seconds(820)) == .closed)
    }

    @Test mutating func aFailedTestOpensItForTwiceAsLong() {
        for _ in 0..<5 { call(fails: true, at: 100) }
        var now = 100.0
        for expected in [30.0, 60, 120, 240, 300, 300] {
            now = Double(breaker.openUntil.nanoseconds) / 1e9 + 1
            #expect(breaker.state(at: .seconds(now)) == .halfOpen)
            call(fails: true, at: now)
            let open = Double(breaker.openUntil.since(.seconds(now))) / 1e9
            #expect(open >= expected * 0.9 - 0.001 && open <= expected * 1.1 + 0.001)
        }
    }

    @Test mutating func aTestThatSucceedsClosesIt() {
        for _ in 0..<5 { call(fails: true, at: 100) }
        call(fails: false, at: 200)
        #expect(breaker == CircuitBreaker())
    }

    @Test mutating func oldNewsChangesNothing() {
        for _ in 0..<5 { call(fails: true, at: 100) }
        let before = breaker
        call(fails: false, at: 101, startedAt: 99)
        call(fails: true, at: 101, startedAt: 99)
        call(fails: true, at: 200, startedAt: 99)
        #expect(breaker == before)
    }
}
