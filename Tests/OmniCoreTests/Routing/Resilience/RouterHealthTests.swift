import OmniTranslate
import Testing

@testable import OmniCore

@Suite struct RouterHealthTests {
    private typealias Fixture = RouteCourseFixture
    private let fixture = Fixture()

    @Test func whatIsKnownSurvivesARestart() throws {
        let plan = try Fixture.snapshot(accounts: [3]).plan("p0/m")
        var course = RouteCourse(plan, request: RequestTraits(), at: fixture.now)
        for outcome in [
            Fixture.failure(.rateLimit, retryAfter: 100), Fixture.failure(.authentication, retryAfter: 50),
        ] {
            let (_, ticket) = try fixture.begin(&course)
            fixture.end(&course, ticket, outcome)
        }
        let (_, ticket) = try fixture.begin(&course)
        var hints = ResetHints()
        hints.requests = .init(limit: 10, remaining: 2, reset: 80_000_000_000)
        fixture.end(&course, ticket, .answered(tokens: 5, hints: hints))
        fixture.health.noteQuota(ConnectionID("p0a2"), remaining: 0.25, resetsAt: fixture.now + 60_000_000_000)

        let kept = fixture.health.snapshot(at: fixture.now, wall: 1_000_000)
        #expect(kept.accounts.map(\.connection.rawValue) == ["p0a1", "p0a2"])
        #expect(kept.models.map(\.connection.rawValue) == ["p0a0", "p0a2"])
        #expect(kept.models[0].cooldown?.until == 1_100_000)

        // Forty seconds later, on a clock that began anew.
        var health = RouterHealth()
        let now = MonotonicInstant.seconds(5)
        health.restore(kept, at: now, wall: 1_040_000)
        let binding = health.binding(of: plan, at: now)
        let states = (0..<3).map { index in
            health.targetStates.standing(
                account: binding.accounts[index], model: binding.models[index], tokens: 0, at: now)
        }
        #expect(states.map(\.skip) == [.cooling, .cooling, nil])
        #expect(states.map(\.readyAt) == [.seconds(65), .seconds(15), .zero])
        let account = health.accounts[Int(binding.accounts[2])]
        #expect(account.quota == 0.25 && account.quotaResetsAt == .seconds(25))
        // Two of ten were left, and half of the way to the reset is gone.
        let left = health.models[Int(binding.models[2])].limiter.requests.available(at: now)
        #expect(abs(left - 6) < 0.01)
        #expect(health.snapshot(at: now, wall: 1_040_000).models[0].cooldown == kept.models[0].cooldown)
    }

    @Test func aCooldownThatEndedMeanwhileIsTestedFirst() throws {
        let plan = try Fixture.snapshot(accounts: [1]).plan("p0/m")
        var course = RouteCourse(plan, request: RequestTraits(), at: fixture.now)
        let (_, ticket) = try fixture.begin(&course)
        fixture.end(&course, ticket, Fixture.failure(.rateLimit, retryAfter: 100))
        let kept = fixture.health.snapshot(at: fixture.now, wall: 0)
        fixture.health = RouterHealth()
        fixture.health.restore(kept, at: fixture.now, wall: 7_200_000)
        var first = RouteCourse(plan, request: RequestTraits(), at: fixture.now)
        let begun = try fixture.begin(&first)
        #expect(begun.ticket.isProbe)
    }

    @Test func damagedTimesDoNoHarm() throws {
        var kept = RouterHealth.Snapshot()
        for time in [Int64.min, -1, 0, .max] {
            kept.models.append(
                .init(
                    connection: ConnectionID("p0a0"), model: "m",
                    cooldown: .init(until: time, probeAfter: time, level: -5, reason: .rateLimited, isExplicit: true),
                    breaker: .init(openUntil: time, openings: 0),
                    limits: .init(
                        requests: .init(capacity: .infinity, available: .nan, perSecond: -1, at: time), tokens: nil)))
            var health = RouterHealth()
            health.restore(kept, at: .seconds(10), wall: 0)
            #expect(health.models[0].cooldown.until <= .seconds(10))
            #expect(health.models[0].breaker.openUntil <= .seconds(10))
        }
    }

    @Test func nothingKnownIsNothingKept() throws {
        _ = fixture.run(try Fixture.snapshot(accounts: [2]).plan("p0/m"))
        #expect(fixture.health.snapshot(at: fixture.now, wall: 0).isEmpty)
        #expect(fixture.health.revision == 0)
    }

    @Test func anotherKeyIsAnotherChance() throws {
        var configuration = RouterConfiguration(connections: [RoutingFixture.connection("openai", id: "a")])
        let old = try RoutingFixture.snapshot(configuration).plan("openai/gpt-4o")
        #expect(fixture.run(old, failing: ["a"], with: .authentication) == ["a", "failed"])
        configuration.connections[0].name = "renamed"
        _ = fixture.health.binding(
            of: try RoutingFixture.snapshot(configuration).plan("openai/gpt-4o"), at: fixture.now)
        #expect(fixture.health.accounts[0].trouble > 0)
        configuration.connections[0].credential = Credential(apiKey: "key-2")
        let new = try RoutingFixture.snapshot(configuration).plan("openai/gpt-4o")
        #expect(fixture.run(new) == ["a"])
        #expect(fixture.health.accounts[0].trouble == 0)
    }

    @Test func aResetForgetsWhatIsAgainstAnAccount() throws {
        let plan = try Fixture.snapshot(accounts: [2]).plan("p0/m")
        _ = fixture.run(plan, failing: ["p0a0", "p0a1"], with: .authentication)
        fixture.health.reset(ConnectionID("p0a1"))
        #expect(fixture.run(plan) == ["p0a1"])
        fixture.health.reset()
        #expect(fixture.run(plan) == ["p0a0"])
    }

    /// Clients may name models without end; what is in flight or in trouble stays where it is.
    @Test func modelsThatNobodyUsesGiveTheirPlaceAway() throws {
        fixture.health = RouterHealth(maximumModels: 10)
        let snapshot = Fixture.snapshot(accounts: [1])
        var open = RouteCourse(try snapshot.plan("p0/open"), request: RequestTraits(), at: fixture.now)
        let (_, ticket) = try fixture.begin(&open)
        _ = fixture.run(try snapshot.plan("p0/limited"), failing: ["p0a0"], with: .rateLimit)
        let epoch = fixture.health.epoch
        for number in 0..<100 {
            let plan = try snapshot.plan("p0/x\(number)")
            #expect(fixture.run(plan) == ["p0a0"])
        }
        #expect(fixture.health.models.count <= 11)
        #expect(fixture.health.epoch > epoch)
        fixture.end(&open, ticket, .answered(tokens: nil, hints: ResetHints()))
        #expect(fixture.health.models.allSatisfy { $0.inFlight == 0 })
        #expect(fixture.health.snapshot(at: fixture.now, wall: 0).models.map(\.model) == ["limited"])
    }

    @Test func modelsThatDoNotExistDoNotFillTheMemory() throws {
        fixture.health = RouterHealth(maximumModels: 10)
        let snapshot = Fixture.snapshot(accounts: [1])
        for number in 0..<100 {
            let plan = try snapshot.plan("p0/x\(number)")
            #expect(fixture.run(plan, failing: ["p0a0"], with: .notFound) == ["p0a0", "failed"])
        }
        #expect(fixture.health.models.count <= 11)
    }

    @Test func decisionsAreTracedWhenAsked() throws {
        let combo = Fixture.combo([ComboStep("p0/m"), ComboStep("p1/m")])
        let plan = try Fixture.snapshot(accounts: [2, 1], combos: [combo]).plan("c")
        _ = fixture.run(plan, failing: ["p0a0"], with: .authentication)
        var health = fixture.health  // A dry run changes a copy only.
        var request = RequestTraits()
        request.allowedConnections = [ConnectionID("p0a0"), ConnectionID("p1a0")]
        var course = RouteCourse(plan, request: request, at: fixture.now, trace: RouteTrace())
        _ = course.next(at: fixture.now, health: &health, random: &fixture.random)
        let trace = try #require(course.trace)
        #expect(
            trace.entries.map(\.decision) == [.skipped(.cooling), .skipped(.notAllowed), .chosen])
        #expect(trace.entries.map(\.subject) == [.target(0), .target(1), .target(2)])
        #expect(trace.entries[0].readyAt == fixture.health.accounts[0].cooldown.until)
        var silent = RouteCourse(plan, request: request, at: fixture.now)
        _ = silent.next(at: fixture.now, health: &health, random: &fixture.random)
        #expect(silent.trace == nil)
        #expect(plan.stepName(1) == "c/1/p1/m")
    }
}
