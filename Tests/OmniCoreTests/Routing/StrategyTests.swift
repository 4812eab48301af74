import OmniTranslate
import Testing

@testable import OmniCore

/// The order in which steps and accounts are tried, strategy by strategy.
@Suite struct StrategyTests {
    private typealias Fixture = RouteCourseFixture
    private let fixture = Fixture()

    private static let three = [ComboStep("p0/m"), ComboStep("p1/m"), ComboStep("p2/m")]
    private static let everyone: Set<String> = ["p0a0", "p1a0", "p2a0"]

    private static func plan(
        _ steps: [ComboStep], _ strategy: ComboStrategy, accounts: [Int] = [1, 1, 1], windows: [Int] = [],
        prices: [String: ModelPrice] = [:], configure: (inout Combo.Options) -> Void = { _ in }
    ) throws -> RoutePlan {
        let combo = Fixture.combo(steps, strategy, configure: configure)
        return try Fixture.snapshot(accounts: accounts, combos: [combo], prices: prices, windows: windows).plan("c")
    }

    private static func pool(
        _ strategy: AccountStrategy, accounts: Int = 3, options: @escaping (Int) -> AccountOptions = { _ in .init() }
    ) throws -> RoutePlan {
        try Fixture.snapshot(
            accounts: [accounts], options: { _, account in options(account) },
            configure: { $0.accountStrategy = strategy }
        ).plan("p0/m")
    }

    private func counts(_ plan: RoutePlan, rounds: Int) -> [String: Int] {
        var counts: [String: Int] = [:]
        for _ in 0..<rounds { counts[fixture.run(plan)[0], default: 0] += 1 }
        return counts
    }

    // MARK: Combos

    @Test func weightsAreShares() throws {
        var steps = Self.three
        steps[0].weight = 6
        steps[1].weight = 3
        steps[2].weight = 1
        let counts = counts(try Self.plan(steps, .weighted), rounds: 4000)
        #expect((2250...2550).contains(counts["p0a0"] ?? 0))
        #expect((1080...1320).contains(counts["p1a0"] ?? 0))
        #expect((320...480).contains(counts["p2a0"] ?? 0))
    }

    @Test func whatHasNoWeightComesLast() throws {
        var steps = Self.three
        steps[1].weight = 0
        let plan = try Self.plan(steps, .weighted)
        for _ in 0..<50 {
            fixture.health.reset()
            #expect(fixture.run(plan, failing: Self.everyone)[2] == "p1a0")
        }
        fixture.health.reset()
        for index in steps.indices { steps[index].weight = 0 }
        #expect(counts(try Self.plan(steps, .weighted), rounds: 300).count == 3)
    }

    /// Acceptance check 15 of the pipeline: a nested combo keeps its own distribution.
    @Test func nestedCombosKeepTheirStrategy() throws {
        var inner = Fixture.combo(
            [ComboStep("p0/m", weight: 3), ComboStep("p1/m", weight: 1)], .weighted, name: "inner")
        inner.options.retries = 0
        let outer = Fixture.combo([ComboStep("inner"), ComboStep("p2/m")], .priority, name: "outer")
        let plan = try Fixture.snapshot(accounts: [1, 1, 1], combos: [inner, outer]).plan("outer")
        let counts = counts(plan, rounds: 1000)
        #expect((690...810).contains(counts["p0a0"] ?? 0))
        #expect((190...310).contains(counts["p1a0"] ?? 0))
        #expect(counts["p2a0"] == nil)
        #expect(fixture.run(plan, failing: ["p0a0", "p1a0"]).last == "p2a0")
    }

    @Test func roundRobinTakesTurnsOfTheGivenLength() throws {
        let plan = try Self.plan(Self.three, .roundRobin) { $0.sticky = 2 }
        let turns = (0..<8).map { _ in fixture.run(plan)[0] }
        #expect(turns == ["p0a0", "p0a0", "p1a0", "p1a0", "p2a0", "p2a0", "p0a0", "p0a0"])
    }

    @Test func aShuffledDeckDealsEachOncePerCycle() throws {
        let plan = try Self.plan(Self.three, .random)
        var last = ""
        for _ in 0..<100 {
            let cycle = (0..<3).map { _ in fixture.run(plan)[0] }
            #expect(Set(cycle) == Self.everyone)
            #expect(cycle[0] != last)
            last = cycle[2]
        }
    }

    @Test func leastUsedCountsFailuresToo() throws {
        let plan = try Self.plan(Self.three, .leastUsed)
        let turns = (0..<6).map { _ in fixture.run(plan, failing: ["p1a0"], with: .invalidRequest)[0] }
        #expect(turns == ["p0a0", "p1a0", "p2a0", "p0a0", "p1a0", "p2a0"])
    }

    @Test func leastBusyLooksAtWhatIsInFlight() throws {
        let plan = try Self.plan(Self.three, .leastBusy)
        var first = RouteCourse(plan, request: RequestTraits(), at: fixture.now)
        var second = RouteCourse(plan, request: RequestTraits(), at: fixture.now)
        let one = try fixture.begin(&first)
        let two = try fixture.begin(&second)
        #expect([one.account, two.account] == ["p0a0", "p1a0"])
        fixture.end(&first, one.ticket, .answered(tokens: nil, hints: ResetHints()))
        #expect(fixture.run(plan) == ["p0a0"])
    }

    @Test func theFasterOfTwoIsPreferred() throws {
        let plan = try Self.plan(Self.three, .lowestLatency)
        for (index, seconds) in [1.0, 0.2, 5].enumerated() {
            let binding = fixture.health.binding(of: plan, at: fixture.now)
            fixture.health.steps[Int(binding.steps[index])].latency.observe(UInt64(seconds * 1e9), at: fixture.now)
        }
        var counts: [String: Int] = [:]
        for _ in 0..<600 {
            var course = RouteCourse(plan, request: RequestTraits(), at: fixture.now)
            let (account, ticket) = try fixture.begin(&course)
            fixture.end(&course, ticket, .cancelled)
            counts[account, default: 0] += 1
        }
        // Of three pairs the fastest is in two and the slowest wins none.
        #expect((340...460).contains(counts["p1a0"] ?? 0))
        #expect((140...260).contains(counts["p0a0"] ?? 0))
        #expect(counts["p2a0"] == nil)
    }

    @Test func theCheapestForThisRequestIsPreferred() throws {
        let prices = ["p1/m": ModelPrice(input: 1, output: 10), "p2/m": ModelPrice(input: 3, output: 4)]
        let plan = try Self.plan(Self.three, .costOptimized, prices: prices)
        #expect(fixture.run(plan, RequestTraits(inputTokens: 1000, outputTokens: 10)) == ["p1a0"])
        #expect(fixture.run(plan, RequestTraits(inputTokens: 10, outputTokens: 1000)) == ["p2a0"])
        // What has no price is not free.
        let tried = fixture.run(plan, RequestTraits(inputTokens: 1000), failing: Self.everyone)
        #expect(tried == ["p1a0", "p2a0", "p0a0", "failed"])
    }

    @Test func theSmallestWindowThatFitsIsPreferred() throws {
        let plan = try Self.plan(
            Self.three + [ComboStep("p3/m")], .contextAware, accounts: [1, 1, 1, 1], windows: [8000, 1000, 4000])
        let everyone = Self.everyone.union(["p3a0"])
        #expect(
            fixture.run(plan, RequestTraits(inputTokens: 2000), failing: everyone)
                == ["p2a0", "p0a0", "p3a0", "p1a0", "failed"])
        fixture.health.reset()
        #expect(fixture.run(plan, RequestTraits(inputTokens: 20000), failing: everyone).prefix(2) == ["p3a0", "p0a0"])
    }

    @Test func theFullestAllowanceIsPreferred() throws {
        let plan = try Self.plan(Self.three, .quotaAware)
        fixture.health.noteQuota(ConnectionID("p0a0"), remaining: 0.2, resetsAt: .never)
        fixture.health.noteQuota(ConnectionID("p1a0"), remaining: 0.9, resetsAt: .never)
        fixture.health.noteQuota(ConnectionID("p2a0"), remaining: 0.5, resetsAt: .never)
        #expect(fixture.run(plan, failing: Self.everyone) == ["p1a0", "p2a0", "p0a0", "failed"])
    }

    @Test func conditionsAndPlacesDecideWhoIsAsked() throws {
        var steps = Self.three
        steps[0].conditions.hasImages = true
        steps[1].conditions.minimumInput = 1000
        steps[1].concurrency = 1
        let plan = try Self.plan(steps, .priority)
        #expect(fixture.run(plan, RequestTraits(hasImages: true)) == ["p0a0"])
        #expect(fixture.run(plan) == ["p2a0"])
        let large = RequestTraits(inputTokens: 5000)
        var course = RouteCourse(plan, request: large, at: fixture.now)
        let (account, ticket) = try fixture.begin(&course)
        #expect(account == "p1a0")
        #expect(fixture.run(plan, large) == ["p2a0"])
        fixture.end(&course, ticket, .cancelled)
        #expect(fixture.run(plan, large) == ["p1a0"])
    }

    // MARK: Accounts

    @Test func accountsTakeTurns() throws {
        let plan = try Self.pool(.roundRobin)
        let turns = (0..<10).map { _ in fixture.run(plan)[0] }
        #expect(turns == ["p0a0", "p0a0", "p0a0", "p0a1", "p0a1", "p0a1", "p0a2", "p0a2", "p0a2", "p0a0"])
    }

    @Test func lotsAreDrawnByWeight() throws {
        let plan = try Self.pool(.random) { account in
            var options = AccountOptions()
            options.weight = account == 0 ? 2 : 1
            return options
        }
        let counts = counts(plan, rounds: 2000)
        #expect((900...1100).contains(counts["p0a0"] ?? 0))
        #expect((420...580).contains(counts["p0a1"] ?? 0))
    }

    @Test func theLeastUsedAccountIsNext() throws {
        let plan = try Self.pool(.leastUsed)
        #expect((0..<6).map { _ in fixture.run(plan)[0] } == ["p0a0", "p0a1", "p0a2", "p0a0", "p0a1", "p0a2"])
    }

    @Test func twoAccountsAreCompared() throws {
        let plan = try Self.pool(.powerOfTwo)
        var courses = (0..<30).map { _ in RouteCourse(plan, request: RequestTraits(), at: fixture.now) }
        var counts: [String: Int] = [:]
        for index in courses.indices { counts[try fixture.begin(&courses[index]).account, default: 0] += 1 }
        // Nobody is left out, and nobody is buried.
        #expect(counts.count == 3 && counts.values.allSatisfy { (7...13).contains($0) })
    }

    @Test func ofEqualAllowancesTheOneThatIsWholeAgainFirstIsBurnt() throws {
        let plan = try Self.pool(.quotaAware)
        fixture.health.noteQuota(ConnectionID("p0a0"), remaining: 0.5, resetsAt: .seconds(9000))
        fixture.health.noteQuota(ConnectionID("p0a1"), remaining: 0.5, resetsAt: .seconds(4000))
        fixture.health.noteQuota(ConnectionID("p0a2"), remaining: 0.1, resetsAt: .seconds(2000))
        #expect(fixture.run(plan) == ["p0a1"])
        // The window of the third is over: it is whole again.
        fixture.now = .seconds(2000)
        #expect(fixture.run(plan) == ["p0a2"])
    }

    // MARK: Names

    @Test(
        arguments: [
            ("round-robin", ComboStrategy.roundRobin), ("least-used", .leastUsed), ("cost-optimized", .costOptimized),
            ("context-optimized", .contextAware), ("p2c", .lowestLatency), ("fill-first", .priority),
            ("strict-random", .random), ("lkgp", .lastKnownGood), ("last-known-good", .lastKnownGood),
            ("Weighted", .weighted), ("nonsense", nil), ("", nil),
        ] as [(String, ComboStrategy?)])
    func combosReadOthersNames(name: String, expected: ComboStrategy?) {
        #expect(ComboStrategy(name: name) == expected)
    }

    @Test func everyNameIsReadBack() {
        for strategy in ComboStrategy.allCases { #expect(ComboStrategy(name: strategy.rawValue) == strategy) }
        for strategy in AccountStrategy.allCases { #expect(AccountStrategy(name: strategy.rawValue) == strategy) }
        #expect(AccountStrategy(name: "cost-optimized") == .fillFirst && AccountStrategy(name: "x") == nil)
    }
}
