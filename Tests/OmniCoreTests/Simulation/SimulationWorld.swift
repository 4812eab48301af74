import OmniTranslate

@testable import OmniCore

/// What one seed makes: plans, accounts and how their upstreams behave.
struct SimulationWorld {
    struct UpstreamKey: Hashable {
        var connection: ConnectionID
        var model: String
    }

    var plans: [RoutePlan] = []
    var upstreams: [UpstreamKey: SimulatedUpstream] = [:]
    /// The mean time between requests, in nanoseconds.
    var gap: UInt64

    init(_ random: inout SeededRandom) {
        let accounts = (0..<(1 + Int(random.next() % 4))).map { _ in 1 + Int(random.next() % 4) }
        let combos = Self.combos(providers: accounts.count, &random)
        var draw = random
        let snapshot = RouteCourseFixture.snapshot(
            accounts: accounts, combos: combos, windows: [1000, 0, 4000, 500],
            options: { _, _ in Self.options(&draw) },
            configure: { routing in
                let strategies = AccountStrategy.allCases
                routing.accountStrategy = strategies[Int(draw.next() % UInt64(strategies.count))]
                routing.retries = Int(draw.next() % 3)
                routing.timeout = .seconds(Int64(5 + draw.next() % 120))
            })
        random = draw
        let names = (0..<accounts.count).flatMap { ["p\($0)/m", "p\($0)/n"] } + combos.map(\.name)
        for name in names {
            if let plan = try? snapshot.plan(name) { plans.append(plan) }  // A combo may lead nowhere.
        }
        // One behaviour in three for a whole account: keys are dead for every model.
        for plan in plans {
            for target in plan.targets {
                guard let connection = target.connection else { continue }
                let key = UpstreamKey(connection: connection, model: target.model)
                if upstreams[key] == nil { upstreams[key] = SimulatedUpstream.random(&random) }
            }
        }
        gap = [2_000_000, 50_000_000, 1_000_000_000, 20_000_000_000][Int(random.next() % 4)]
    }

    private static func options(_ random: inout SeededRandom) -> AccountOptions {
        var options = AccountOptions()
        if random.next() % 4 == 0 { options.maximumConcurrency = 1 + Int(random.next() % 4) }
        if random.next() % 8 == 0 { options.requestsPerMinute = 5 + Int(random.next() % 60) }
        if random.next() % 8 == 0 { options.tokensPerMinute = 1000 + Int(random.next() % 9000) }
        options.weight = Double(1 + random.next() % 5)
        options.profile = ResilienceProfile.Kind.allCases[Int(random.next() % 3)]
        return options
    }

    private static func combos(providers: Int, _ random: inout SeededRandom) -> [Combo] {
        var combos: [Combo] = []
        for number in 0..<Int(random.next() % 4) {
            var steps: [ComboStep] = []
            for _ in 0..<(1 + Int(random.next() % 5)) {
                var step = ComboStep("p\(random.next() % UInt64(providers))/\(random.next() % 2 == 0 ? "m" : "n")")
                // Combos may hold those that were made before them.
                if number > 0, random.next() % 4 == 0 { step.model = "c\(random.next() % UInt64(number))" }
                step.weight = Double(random.next() % 4)
                if random.next() % 6 == 0 { step.conditions.hasTools = random.next() % 2 == 0 }
                if random.next() % 8 == 0 { step.conditions.maximumInput = 500 }
                if random.next() % 6 == 0 { step.concurrency = 1 + Int(random.next() % 3) }
                if random.next() % 6 == 0 { step.timeout = .seconds(Int64(1 + random.next() % 10)) }
                steps.append(step)
            }
            let strategies = ComboStrategy.allCases
            combos.append(
                RouteCourseFixture.combo(
                    steps, strategies[Int(random.next() % UInt64(strategies.count))], name: "c\(number)"
                ) { options in
                    options.retries = Int(random.next() % 3)
                    options.retryDelay = .milliseconds(Int64(random.next() % 3000))
                    options.timeout = .seconds(Int64(5 + random.next() % 120))
                    options.sticky = 1 + Int(random.next() % 3)
                    options.fallbackOnContentFilter = random.next() % 2 == 0
                })
        }
        return combos
    }
}
