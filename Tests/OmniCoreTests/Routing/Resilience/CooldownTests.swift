import OmniTranslate
import Testing

@testable import OmniCore

@Suite struct CooldownTests {
    private var random = SeededRandom(seed: 1)

    private static func verdict(
        _ kind: UpstreamFault.Kind, reset: Double? = nil, message: String = "m"
    )
        -> FailureVerdict
    {
        FailureClassifier.verdict(
            UpstreamFault(kind, message: message), reset: reset.map { UInt64($0 * 1e9) })
    }

    private mutating func fail(
        _ cooldown: inout Cooldown, _ verdict: FailureVerdict, startedAt: Double? = nil, at now: Double
    ) {
        cooldown.failed(
            verdict, startedAt: .seconds(startedAt ?? now), at: .seconds(now), maximumLevel: 5, using: &random)
    }

    @Test mutating func theUpstreamsOwnResetIsKept() {
        var cooldown = Cooldown()
        fail(&cooldown, Self.verdict(.rateLimit, reset: 30), at: 100)
        #expect(cooldown.until == .seconds(130))
        #expect(
            cooldown.isExplicit && cooldown.isCooling(at: .seconds(129.9)) && !cooldown.isCooling(at: .seconds(130)))
        #expect(cooldown.isRecovering(at: .seconds(130)))
    }

    @Test(arguments: [(0, 0.1), (0.05, 0.1), (1e6, 1800)] as [(Double, Double)])
    mutating func resetsAreHeldToSense(reset: Double, expected: Double) {
        var cooldown = Cooldown()
        fail(&cooldown, Self.verdict(.rateLimit, reset: reset), at: 100)
        #expect(cooldown.until == .seconds(100 + expected))
    }

    @Test mutating func guessesDoubleWithJitterUpToTheirCeiling() {
        var cooldown = Cooldown()
        var now = 100.0
        for level in 1...12 {
            fail(&cooldown, Self.verdict(.overloaded), at: now)
            let ceiling = min(3 * Double(1 << min(level - 1, 5)), 60)
            let wait = Double(cooldown.until.since(.seconds(now))) / 1e9
            #expect(wait >= ceiling / 10 - 0.001 && wait <= ceiling)
            #expect(cooldown.level == level && !cooldown.isExplicit)
            now += 100
        }
    }

    /// Ten requests that fail in the same storm are one failure.
    @Test mutating func whatBeganBeforeTheCooldownDoesNotMakeItLonger() {
        var cooldown = Cooldown()
        fail(&cooldown, Self.verdict(.upstream), startedAt: 99, at: 100)
        let until = cooldown.until
        for _ in 0..<9 { fail(&cooldown, Self.verdict(.upstream), startedAt: 99, at: 100.5) }
        #expect(cooldown.level == 1 && cooldown.until == until)
        // Unless the upstream itself names a later end.
        fail(&cooldown, Self.verdict(.rateLimit, reset: 60), startedAt: 99, at: 100.5)
        #expect(cooldown.level == 1 && cooldown.until == .seconds(160.5) && cooldown.isExplicit)
    }

    @Test mutating func anOlderSuccessDoesNotEndANewerCooldown() {
        var cooldown = Cooldown()
        fail(&cooldown, Self.verdict(.rateLimit, reset: 30), at: 100)
        let older = cooldown.succeeded(startedAt: .seconds(99))
        #expect(!older && cooldown.isCooling(at: .seconds(101)))
        let newer = cooldown.succeeded(startedAt: .seconds(131))
        #expect(newer)
        #expect(cooldown == Cooldown())
    }

    @Test mutating func aGuessDoesNotShortenWhatTheUpstreamSaid() {
        var cooldown = Cooldown()
        fail(&cooldown, Self.verdict(.rateLimit, reset: 1500), at: 100)
        #expect(cooldown.probeAfter == .seconds(700))
        fail(&cooldown, Self.verdict(.upstream), at: 710)
        #expect(cooldown.until == .seconds(1600) && cooldown.isExplicit && cooldown.reason == .rateLimited)
        // The test failed, so that the next one is due later.
        #expect(cooldown.probeAfter == .seconds(1310))
    }

    @Test mutating func everyCooldownEnds() {
        for kind in UpstreamFault.Kind.allCases {
            for reset in [nil, 0, 5, 1e9] as [Double?] {
                let verdict = Self.verdict(kind, reset: reset)
                guard verdict.scope != .none else { continue }
                var cooldown = Cooldown()
                for round in 0..<30 { fail(&cooldown, verdict, at: 100 + Double(round)) }
                #expect(cooldown.until > .seconds(129))
                #expect(cooldown.until <= .seconds(130 + 24 * 3600))
            }
        }
    }
}
