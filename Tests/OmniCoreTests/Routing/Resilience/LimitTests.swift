import Testing

@testable import OmniCore

/// The small counters: gate, probe, limiter, budget, latency and use.
@Suite struct LimitTests {
    @Test func theGateHoldsTheCap() {
        var gate = ConcurrencyGate(cap: 2)
        gate.enter()
        #expect(!gate.isFull)
        gate.enter()
        #expect(gate.isFull)
        gate.leave()
        #expect(!gate.isFull && gate.inFlight == 1)
        var open = ConcurrencyGate()
        for _ in 0..<1000 { open.enter() }
        #expect(!open.isFull)
    }

    @Test func oneTestAtATimeAndOneMoreEachLease() {
        var probe = RecoveryProbe()
        #expect(probe.isFree(at: .seconds(1)))
        probe.take(7, at: .seconds(1))
        #expect(!probe.isFree(at: .seconds(5.9)))
        #expect(probe.isFree(at: .seconds(6)))
        probe.take(8, at: .seconds(6))
        // The first one's end does not make room beside the second.
        probe.release(7)
        #expect(!probe.isFree(at: .seconds(7)))
        probe.release(8)
        #expect(probe.isFree(at: .seconds(7)))
    }

    @Test func aLimitByHandFillsSteadily() {
        var limiter = RateLimiter(requestsPerMinute: 60, tokensPerMinute: 6000, at: .seconds(0))
        for _ in 0..<60 {
            #expect(limiter.wait(tokens: 10, at: .seconds(0)) == 0)
            limiter.take(tokens: 10, at: .seconds(0))
        }
        let wait = Double(limiter.wait(tokens: 10, at: .seconds(0))) / 1e9
        #expect(abs(wait - 1) < 0.001)
        #expect(limiter.wait(tokens: 10, at: .seconds(1.001)) == 0)
        #expect(limiter.wait(tokens: 5700, at: .seconds(1.001)) > 1_000_000_000)
    }

    @Test func whatNeverFitsNeedsAFullBucket() {
        let limiter = RateLimiter(requestsPerMinute: nil, tokensPerMinute: 100, at: .seconds(0))
        #expect(limiter.wait(tokens: 1_000_000, at: .seconds(0)) == 0)
    }

    @Test func anEstimateIsCorrected() {
        var limiter = RateLimiter(requestsPerMinute: nil, tokensPerMinute: 6000, at: .seconds(0))
        limiter.take(tokens: 6000, at: .seconds(0))
        #expect(limiter.wait(tokens: 1000, at: .seconds(0)) > 0)
        limiter.correct(estimate: 6000, actual: 2000, at: .seconds(0))
        #expect(limiter.wait(tokens: 4000, at: .seconds(0)) == 0)
    }

    @Test func headersTeach() {
        var limiter = RateLimiter()
        var hints = ResetHints()
        hints.requests = .init(limit: 10, remaining: 0, reset: 20_000_000_000)
        limiter.learn(hints, at: .seconds(100))
        // It fills evenly up to the reset: a tenth each two seconds.
        let wait = Double(limiter.wait(tokens: 0, at: .seconds(100))) / 1e9
        #expect(abs(wait - 2) < 0.001)
        #expect(limiter.headroom(at: .seconds(110)) > 0.49 && limiter.headroom(at: .seconds(110)) < 0.51)
        #expect(limiter.headroom(at: .seconds(121)) == 1)
    }

    @Test func headersDoNotOverruleAPerson() {
        var limiter = RateLimiter(requestsPerMinute: 100, tokensPerMinute: nil, at: .seconds(0))
        var hints = ResetHints()
        hints.requests = .init(limit: 10, remaining: 0, reset: 20_000_000_000)
        limiter.learn(hints, at: .seconds(0))
        #expect(limiter.wait(tokens: 0, at: .seconds(0)) == 0)
    }

    @Test(arguments: [
        ResetHints.Allowance(limit: nil, remaining: 0), .init(limit: 0, remaining: 0), .init(limit: .nan, remaining: 0),
        .init(limit: 10, remaining: -1), .init(limit: 10, remaining: nil), .init(limit: .infinity, remaining: 1),
    ])
    func nonsenseTeachesNothing(_ allowance: ResetHints.Allowance) {
        var bucket = TokenBucket()
        bucket.learn(allowance, at: .seconds(0))
        #expect(!bucket.isLimited)
    }

    @Test func retriesAreAFifthOfRequests() {
        var budget = RetryBudget()
        var retries = 0
        for index in 0..<1000 {
            // All within a second, so that the floor's income does not count.
            let now = MonotonicInstant.seconds(100 + Double(index) / 1000)
            budget.request(at: now)
            if budget.allowsRetry(at: now) {
                budget.retry(at: now)
                retries += 1
            }
        }
        #expect((190...210).contains(retries))
    }

    @Test func aQuietAccountMayRetryThreeTimesInTenSeconds() {
        var budget = RetryBudget()
        for round in 0..<3 {
            var retries = 0
            let now = MonotonicInstant.seconds(100 + 10 * Double(round))
            while budget.allowsRetry(at: now) {
                budget.retry(at: now)
                retries += 1
            }
            #expect(retries == 3)
        }
    }

    @Test func badNewsCountAtOnceAndGoodNewsSlowly() {
        var latency = LatencyEstimate()
        #expect(latency.cost(inFlight: 5) == 0)
        latency.observe(1_000_000_000, at: .seconds(1))
        latency.observe(8_000_000_000, at: .seconds(2))
        #expect(latency.nanoseconds == 8e9)
        latency.observe(1_000_000_000, at: .seconds(3))
        #expect(latency.nanoseconds > 7e9)
        latency.observe(1_000_000_000, at: .seconds(13))
        #expect(latency.nanoseconds < 5e9)
        #expect(latency.cost(inFlight: 1) == 2 * latency.nanoseconds)
    }

    @Test func useIsForgottenAfterTenMinutes() {
        var usage = UsageWindow()
        usage.add(requests: 100, tokens: 5000, at: .seconds(600))
        #expect(usage.requests(at: .seconds(1199)) == 100)
        #expect(usage.tokens(at: .seconds(1500)) == 2500)
        usage.add(requests: 10, at: .seconds(1500))
        #expect(usage.requests(at: .seconds(1500)) == 60)
        #expect(usage.requests(at: .seconds(2400)) == 0)
        #expect(usage.requests(at: .seconds(100_000)) == 0)
    }

    @Test func instantsSaturate() {
        #expect(MonotonicInstant.never + 5 == .never)
        #expect(MonotonicInstant.seconds(1) + Duration.seconds(Int64.max) == .never)
        #expect(MonotonicInstant.seconds(1) + Duration.seconds(-5) == .seconds(1))
        #expect(MonotonicInstant.seconds(1).since(.seconds(2)) == 0)
    }
}
