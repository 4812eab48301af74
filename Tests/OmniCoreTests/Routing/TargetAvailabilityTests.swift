import OmniTranslate
import Testing

@testable import OmniCore

/// What is told of a model's accounts, and what takes it back.
@Suite struct TargetAvailabilityTests {
    private static let now = MonotonicInstant(nanoseconds: 1_000_000_000_000)

    private static func plan() throws -> RoutePlan {
        let configuration = RouterConfiguration(connections: [
            RoutingFixture.connection("openai", id: "a"), RoutingFixture.connection("openai", id: "b", priority: 2),
        ])
        return try RoutingFixture.snapshot(configuration).plan(model: "openai/gpt-4o", clientFormat: .openAIChat)
    }

    /// - Parameter seconds: by connection, how long the model is left alone on it.
    private static func health(cooling seconds: [String: UInt64]) -> RouterHealth {
        var snapshot = RouterHealth.Snapshot()
        for (connection, duration) in seconds {
            snapshot.models.append(
                RouterHealth.ModelState(
                    connection: ConnectionID(connection), model: "gpt-4o",
                    cooldown: .init(
                        until: Int64(duration * 1000), probeAfter: Int64(duration * 1000), level: 1,
                        reason: .rateLimited, isExplicit: true)))
        }
        var health = RouterHealth()
        health.restore(snapshot, at: now, wall: 0)
        return health
    }

    @Test func oneHealthyAccountIsEnough() throws {
        let found = TargetAvailability(try Self.plan(), health: Self.health(cooling: ["a": 60]), at: Self.now)
        #expect(found.isAvailable)
        #expect(found.pools.count == 1)
        #expect(found.pools[0].accounts == 2 && found.pools[0].available == 1)
        #expect(found.pools[0].skip == nil && found.pools[0].readyInMS == nil)
    }

    @Test func theFirstToRecoverCounts() throws {
        let health = Self.health(cooling: ["a": 60, "b": 20])
        let found = TargetAvailability(try Self.plan(), health: health, at: Self.now)
        #expect(!found.isAvailable)
        #expect(found.pools[0].available == 0 && found.pools[0].skip == .cooling)
        #expect(found.pools[0].readyInMS == 20_000)
    }

    @Test func whatStandsAgainstAModelIsTakenBack() throws {
        var health = Self.health(cooling: ["a": 60, "b": 20])
        let asked = [("b", "GPT-4o"), ("b", "gpt-4o"), ("a", "other"), ("nobody", "gpt-4o")]
        let answers = asked.map { health.reset(ConnectionID($0), model: $1) }
        #expect(answers == [true, false, false, false])
        let found = TargetAvailability(try Self.plan(), health: health, at: Self.now)
        #expect(found.pools[0].available == 1)
        #expect(health.snapshot(at: Self.now, wall: 0).models.map(\.connection.rawValue) == ["a"])
    }
}
