import Testing

@testable import OmniCore

@Suite struct RouterHealthJSONTests {
    @Test func whatIsStoredComesBack() {
        var snapshot = RouterHealth.Snapshot()
        let cooldown = RouterHealth.CooldownState(
            until: 1_790_000_060_000, probeAfter: 1_790_000_030_000, level: 2, reason: .rateLimited, isExplicit: true)
        let limits = RouterHealth.LimitState(
            requests: RouterHealth.BucketState(capacity: 60, available: 12.5, perSecond: 1, at: 1_790_000_000_000),
            tokens: nil)
        snapshot.accounts = [
            RouterHealth.AccountState(
                connection: ConnectionID("a \"1\""), cooldown: cooldown,
                breaker: RouterHealth.BreakerState(openUntil: 1_790_000_015_000, openings: 3), limits: limits,
                quota: 0.25, quotaResetsAt: 1_790_003_600_000,
                windows: [
                    SubscriptionWindow(
                        name: "session", used: 0.75, resetsAt: 1_790_003_600_000, toldAt: 1_790_000_000_000),
                    SubscriptionWindow(name: "weekly", used: 1.5, resetsAt: nil, toldAt: 1_790_000_000_000),
                ])
        ]
        snapshot.models = [
            RouterHealth.ModelState(connection: ConnectionID("b"), model: "m/é", cooldown: cooldown, limits: limits),
            RouterHealth.ModelState(connection: ConnectionID("b"), model: "n"),
        ]
        #expect(RouterHealth.Snapshot(json: snapshot.json) == snapshot)
    }

    @Test(arguments: ["", "{", "[]", #"{"accounts":[{}],"models":[1,{"connection":"a"}]}"#])
    func damageIsNoNews(json: String) {
        #expect(RouterHealth.Snapshot(json: json).isEmpty)
    }
}
