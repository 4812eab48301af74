import OmniTranslate
import Testing

@testable import OmniCore

/// What is counted of combos and their steps.
@Suite struct ComboCountTests {
    private typealias Fixture = RouteCourseFixture
    private let fixture = Fixture()

    private static let combos = [
        Fixture.combo([ComboStep("inner"), ComboStep("p2/m")], name: "outer"),
        Fixture.combo([ComboStep("p0/m"), ComboStep("p1/m")], name: "inner"),
    ]
    private let snapshot = Fixture.snapshot(accounts: [1, 1, 1], combos: Self.combos)

    private func counts(_ name: String) -> ServingCounts { fixture.health.counts(of: ComboID(name)) }
    private func step(_ name: String) -> ServingCounts { fixture.health.counts(ofStep: name) }

    @Test func successAndFallbacks() throws {
        let plan = try snapshot.plan("outer")
        #expect(fixture.run(plan) == ["p0a0"])
        #expect(fixture.run(plan, failing: ["p0a0"], with: .rateLimit) == ["p0a0", "p1a0"])
        #expect(fixture.run(plan, failing: ["p1a0"], with: .rateLimit) == ["p1a0", "p2a0"])
        let (outer, inner) = (counts("outer"), counts("inner"))
        #expect(outer.requests == 3 && outer.successes == 3 && outer.failures == 0)
        // One change inside the inner combo, one away from it.
        #expect(outer.fallbacks == 1 && inner.fallbacks == 1)
        #expect(inner.requests == 3 && inner.successes == 2 && inner.failures == 1)
        #expect(step("inner/0/p0/m").requests == 2 && step("inner/0/p0/m").failures == 1)
        #expect(step("inner/0/p0/m").lastStatus == 429)
        #expect(step("inner/1/p1/m").successes == 1 && step("inner/1/p1/m").failures == 1)
        #expect(step("outer/1/p2/m").successes == 1 && step("outer/1/p2/m").lastStatus == 200)
        #expect(step("outer/0/inner").requests == 4)
    }

    @Test func aFailedRequestCountsOnce() throws {
        let plan = try snapshot.plan("outer")
        var first = RouteCourse(plan, request: RequestTraits(), at: fixture.now)
        while let (_, ticket) = fixture.attempt(&first) {
            fixture.end(&first, ticket, Fixture.failure(.rateLimit, retryAfter: 1000))
        }
        // Being told once more counts no more.
        _ = fixture.next(&first)
        var outer = counts("outer")
        #expect(outer.requests == 1 && outer.failures == 1 && outer.successes == 0)
        #expect(counts("inner").failures == 1 && outer.lastStatus == 429)
        // Nothing is left to be attempted, which is a failure all the same.
        var course = RouteCourse(plan, request: RequestTraits(), at: fixture.now)
        guard case .fail = fixture.next(&course) else {
            Issue.record("everything is limited")
            return
        }
        outer = counts("outer")
        #expect(outer.requests == 2 && outer.failures == 2)
    }

    @Test func latencyIsTheTimeToTheFirstEvent() throws {
        let plan = try snapshot.plan("inner")
        var course = RouteCourse(plan, request: RequestTraits(), at: fixture.now)
        let begun = try fixture.begin(&course)
        fixture.pass(2)
        course.answering(begun.ticket, at: fixture.now, health: &fixture.health)
        fixture.pass(30)
        #expect(counts("inner").requests == 0)
        fixture.end(&course, begun.ticket, .answered(tokens: nil, hints: ResetHints()))
        #expect(counts("inner").latency == 2_000_000_000 && counts("inner").answers == 1)
        #expect(step("inner/0/p0/m").latency == 2_000_000_000)
        #expect(counts("inner").lastUsedAt == fixture.now)
    }

    @Test func aStreamThatBreaksIsAFailureAndACancelledOneNeither() throws {
        let plan = try snapshot.plan("inner")
        for outcome in [Fixture.failure(.upstream), .cancelled] {
            var course = RouteCourse(plan, request: RequestTraits(), at: fixture.now)
            let begun = try fixture.begin(&course)
            course.answering(begun.ticket, at: fixture.now, health: &fixture.health)
            fixture.end(&course, begun.ticket, outcome)
            fixture.health.reset()
        }
        let inner = counts("inner")
        #expect(inner.requests == 2 && inner.failures == 1 && inner.successes == 0 && inner.lastStatus == 499)
    }

    @Test func countsSurviveARestart() throws {
        _ = fixture.run(try snapshot.plan("outer"), failing: ["p0a0"], with: .rateLimit)
        fixture.pass(60)
        let kept = fixture.health.snapshot(at: fixture.now, wall: 2_000_000)
        #expect(kept.combos.map(\.key) == ["inner", "outer"])
        #expect(kept.combos[0].lastUsedAt == 1_940_000)
        var health = RouterHealth()
        health.restore(RouterHealth.Snapshot(json: kept.json), at: .seconds(500), wall: 2_010_000)
        for name in ["inner", "outer"] {
            var counted = counts(name)
            counted.lastUsedAt = .seconds(430)
            #expect(health.counts(of: ComboID(name)) == counted)
        }
        #expect(health.counts(ofStep: "inner/1/p1/m").successes == 1)
    }

    @Test func countsAreForgottenOnDemandAndWithTheirCombo() throws {
        for name in ["outer", "inner"] { _ = fixture.run(try snapshot.plan(name)) }
        fixture.health.resetCounts(of: Self.combos[0])
        #expect(counts("outer") == ServingCounts() && step("outer/0/inner") == ServingCounts())
        #expect(counts("inner").requests == 2)
        fixture.health.adopt(Fixture.snapshot(accounts: [1, 1, 1], combos: [Self.combos[0]]), at: fixture.now)
        #expect(counts("inner") == ServingCounts() && step("inner/0/p0/m") == ServingCounts())
        _ = fixture.run(try snapshot.plan("inner"))
        fixture.health.resetCounts()
        #expect(counts("inner") == ServingCounts())
    }
}
