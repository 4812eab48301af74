import Testing

@testable import OmniCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Seeded schedules of requests against upstreams that fail in every way.
///
/// `OMNIROUTE_SIMULATIONS` is how many requests are made; `.ci/run` makes a million, for which the debug build takes some
/// two minutes, less than building the tests for release. `OMNIROUTE_SIMULATION_SEED` replays one seed.
///
/// Checked are the invariants of routing. After every step: a request ends once at most and leaves nothing in flight,
/// counts of what is in flight are true, every exclusion ends within a day. With each decision: nothing that cools, is
/// full or is being tested is chosen, nothing is repeated, nobody waits and nobody fails while a healthy target is there;
/// repetitions stay within their budget; one test at a time; deadlines and caps hold. With each end: what the client got
/// wrong, a departure and an empty answer change no target's state. At the end: all have ended once, nothing is in flight,
/// and a day later every plan serves again. Spending is not part of routing, and is not checked here.
@Suite struct RoutingSimulationTests {
    private static let requestsPerSeed = 250
    private static let shards = 2

    private static func number(_ name: String) -> UInt64? {
        getenv(name).flatMap { UInt64(String(cString: $0)) }
    }

    @Test(arguments: 0..<shards)
    func everyRequestEndsOnceAndNoTargetIsHurt(shard: Int) {
        if let seed = Self.number("OMNIROUTE_SIMULATION_SEED") {
            if shard == 0 { _ = Self.run(seed) }
            return
        }
        let total = Self.number("OMNIROUTE_SIMULATIONS") ?? 50000
        let seeds = max(1, Int(total) / Self.requestsPerSeed / Self.shards)
        var sum = RoutingSimulation.Statistics()
        for number in 0..<seeds {
            guard let statistics = Self.run(UInt64(number * Self.shards + shard)) else { return }
            sum.requests += statistics.requests
            sum.served += statistics.served
            sum.failed += statistics.failed
            sum.cancelled += statistics.cancelled
            sum.retries += statistics.retries
            sum.probes += statistics.probes
            sum.lastResorts += statistics.lastResorts
            sum.waits += statistics.waits
        }
        // A simulation in which nothing happens proves nothing.
        #expect(sum.requests >= seeds * Self.requestsPerSeed)
        #expect(sum.served > sum.requests / 3)
        for seen in [sum.failed, sum.cancelled, sum.retries, sum.probes, sum.lastResorts, sum.waits] {
            #expect(seen > 0)
        }
    }

    @Test func theSameSeedGivesTheSameCourse() throws {
        var first = RoutingSimulation(seed: 5)
        var second = RoutingSimulation(seed: 5)
        try first.run(requests: 200)
        try second.run(requests: 200)
        #expect(first.statistics == second.statistics)
        #expect(first.now == second.now)
    }

    /// - Returns: nil when an invariant was broken, which is recorded.
    private static func run(_ seed: UInt64) -> RoutingSimulation.Statistics? {
        var simulation = RoutingSimulation(seed: seed)
        do throws(RoutingSimulation.Violation) {
            try simulation.run(requests: requestsPerSeed)
            return simulation.statistics
        } catch {
            let replay = "OMNIROUTE_SIMULATION_SEED=\(seed) swift test --filter RoutingSimulationTests"
            Issue.record("\(error.message); seed \(seed), replay with: \(replay)")
            return nil
        }
    }
}
