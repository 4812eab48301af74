import OmniTranslate
import Testing

@testable import OmniCore

/// Limits and profiles that people set, as they come into force.
@Suite struct LimitSettingTests {
    private typealias Fixture = RouteCourseFixture
    private let fixture = Fixture()

    private func served(_ plan: RoutePlan) -> String {
        fixture.run(plan).joined(separator: " ")
    }

    @Test func attemptsKeepTheirDistance() throws {
        let plan = try Fixture.snapshot(accounts: [1]) { _, _ in
            var options = AccountOptions()
            options.minimumInterval = .seconds(4)
            return options
        } configure: {
            $0.patience = .zero
        }.plan("p0/m")
        #expect(served(plan) == "p0a0")
        fixture.pass(3.9)
        #expect(served(plan) == "failed")
        fixture.pass(0.2)
        #expect(served(plan) == "p0a0")
    }

    @Test func defaultsHoldForAccountsThatSayNothing() throws {
        let snapshot = Fixture.snapshot(accounts: [2]) { _, account in
            var options = AccountOptions()
            if account == 1 { options.requestsPerMinute = 3 }
            return options
        } configure: { settings in
            settings.resilience.defaults.requestsPerMinute = 1
            settings.patience = .zero
        }
        fixture.health.adopt(snapshot, at: fixture.now)
        let plan = try snapshot.plan("p0/m")
        #expect((0..<5).map { _ in served(plan) } == ["p0a0", "p0a1", "p0a1", "p0a1", "failed"])
        let loads = fixture.health.loads(at: fixture.now)
        #expect(loads.map(\.requests?.limit) == [1, 3])
        #expect(loads.map(\.requests?.remaining) == [0, 0])
    }

    /// What was in force for loops that plan by the old snapshot is not in force again.
    @Test func theLatestSettingsWin() throws {
        let strict = Fixture.snapshot(accounts: [1]) { _, _ in
            var options = AccountOptions()
            options.requestsPerMinute = 1
            return options
        }
        let free = Fixture.snapshot(accounts: [1])
        let old = try strict.plan("p0/m")
        #expect(served(old) == "p0a0")
        fixture.health.adopt(free, at: fixture.now)
        #expect(served(try free.plan("p0/m")) == "p0a0")
        #expect(served(old) == "p0a0")
        #expect(fixture.health.loads(at: fixture.now)[0].requests == nil)
    }

    @Test func modelsHaveLimitsOfTheirOwn() throws {
        let snapshot = Fixture.snapshot(accounts: [1]) { _, _ in
            var options = AccountOptions()
            options.modelLimits["m"] = RateLimits()
            options.modelLimits["m"]?.maximumConcurrency = 1
            options.modelLimits["n"] = RateLimits()
            options.modelLimits["n"]?.requestsPerMinute = 1
            return options
        } configure: { settings in
            settings.patience = .zero
            settings.queueTimeout = .zero
        }
        fixture.health.adopt(snapshot, at: fixture.now)
        var first = RouteCourse(try snapshot.plan("p0/m"), request: RequestTraits(), at: fixture.now)
        let begun = try fixture.begin(&first)
        #expect(served(try snapshot.plan("p0/m")) == "failed")
        #expect(served(try snapshot.plan("p0/n")) == "p0a0")
        #expect(served(try snapshot.plan("p0/n")) == "failed")
        fixture.end(&first, begun.ticket, .answered(tokens: nil, hints: ResetHints()))
        #expect(served(try snapshot.plan("p0/m")) == "p0a0")
        // Taken away, they hold no longer.
        let free = Fixture.snapshot(accounts: [1])
        fixture.health.adopt(free, at: fixture.now)
        #expect(served(try free.plan("p0/n")) == "p0a0")
    }

    @Test func limitsCanBeSwitchedOff() throws {
        let snapshot = Fixture.snapshot(accounts: [1]) { _, _ in
            var options = AccountOptions()
            options.requestsPerMinute = 1
            options.isLimited = false
            return options
        } configure: {
            $0.resilience.defaults.maximumConcurrency = 1
        }
        fixture.health.adopt(snapshot, at: fixture.now)
        let plan = try snapshot.plan("p0/m")
        #expect((0..<3).map { _ in served(plan) } == ["p0a0", "p0a0", "p0a0"])
        // Nor do headers limit it.
        var course = RouteCourse(plan, request: RequestTraits(), at: fixture.now)
        let begun = try fixture.begin(&course)
        var hints = ResetHints()
        hints.requests = .init(limit: 10, remaining: 0, reset: 60_000_000_000)
        fixture.end(&course, begun.ticket, .answered(tokens: 5, hints: hints))
        #expect(served(plan) == "p0a0")
    }

    @Test func profilesComeIntoForceAtOnce() throws {
        let snapshot = Fixture.snapshot(accounts: [1]) { _, _ in
            var options = AccountOptions()
            options.profile = .local
            return options
        } configure: { settings in
            settings.resilience.profiles.local.transientBase = 400_000_000_000
            settings.patience = .zero
        }
        fixture.health.adopt(snapshot, at: fixture.now)
        _ = fixture.run(try snapshot.plan("p0/m"), failing: ["p0a0"], with: .upstream)
        let model = fixture.health.models[0]
        let cooldown = max(model.cooldown.until, fixture.health.accounts[0].cooldown.until)
        // By lot, a tenth of it at least; without the setting 2 s would be the most.
        #expect((40_000_000_000...400_000_000_000).contains(cooldown.since(fixture.now)))
    }

    @Test func aResetKeepsWhatWasSetByHand() throws {
        let snapshot = Fixture.snapshot(accounts: [1]) { _, _ in
            var options = AccountOptions()
            options.minimumInterval = .seconds(10)
            return options
        } configure: {
            $0.patience = .zero
        }
        fixture.health.adopt(snapshot, at: fixture.now)
        let plan = try snapshot.plan("p0/m")
        #expect(served(plan) == "p0a0")
        fixture.health.reset()
        #expect(served(plan) == "failed")
    }
}
