import Testing

@testable import OmniCore

@Suite struct ExclusionFiguresTests {
    private let before = Exclusion(isCooling: false, openings: 0)

    @Test func aCooldownIsCountedWhenItBegins() {
        var counts = ExclusionCounts()
        let verdict = FailureVerdict(.rateLimited, scope: .model, action: .rotate)
        let cooling = Exclusion(isCooling: true, openings: 0)
        counts.note(verdict, from: before, to: cooling)
        counts.note(verdict, from: cooling, to: cooling)
        counts.note(verdict, from: before, to: before)
        #expect(counts.cooldowns == [.init(scope: .model, reason: .rateLimited): 1])
        #expect(counts.openings.isEmpty)
    }

    @Test func aBreakerIsCountedEachTimeItOpens() {
        var counts = ExclusionCounts()
        let verdict = FailureVerdict(.unreachable, scope: .account, action: .retry)
        counts.note(verdict, from: before, to: Exclusion(isCooling: false, openings: 1))
        counts.note(
            verdict, from: Exclusion(isCooling: false, openings: 1), to: Exclusion(isCooling: false, openings: 2))
        #expect(counts.openings == [.account: 2] && counts.cooldowns.isEmpty)
    }

    @Test func whatIsPutAsideNowIsTold() {
        let wall: Int64 = 1_790_000_000_000
        let now = MonotonicInstant(nanoseconds: 1_000_000_000_000)
        var health = RouterHealth()
        var snapshot = RouterHealth.Snapshot()
        func cooldown(until end: Int64) -> RouterHealth.CooldownState {
            .init(until: end, probeAfter: end, level: 1, reason: .rateLimited, isExplicit: false)
        }
        snapshot.accounts = [
            .init(
                connection: ConnectionID("a"), cooldown: cooldown(until: wall + 5000),
                breaker: .init(openUntil: wall + 5000, openings: 1))
        ]
        snapshot.models = [
            .init(connection: ConnectionID("a"), model: "cooling", cooldown: cooldown(until: wall + 5000)),
            .init(
                connection: ConnectionID("a"), model: "recovering", cooldown: cooldown(until: wall - 5000),
                breaker: .init(openUntil: wall - 5000, openings: 1)),
        ]
        health.restore(snapshot, at: now, wall: wall)
        let figures = health.exclusionFigures(at: now)
        #expect(
            figures.cooling == [
                .init(scope: .account, reason: .rateLimited): 1, .init(scope: .model, reason: .rateLimited): 1,
            ])
        #expect(figures.open == [.account: 1] && figures.halfOpen == [.model: 1])
    }
}
