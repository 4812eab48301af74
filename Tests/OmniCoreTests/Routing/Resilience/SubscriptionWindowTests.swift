import Testing

@testable import OmniCore

/// What headers tell of a subscription's windows.
@Suite struct SubscriptionWindowTests {
    private static let now: Int64 = 1_700_000_000_000

    private static func windows(_ headers: [(name: String, value: String)]) -> [SubscriptionWindow] {
        ResetHints(headers: headers, now: now).windows
    }

    private static func window(_ name: String, _ used: Double, resetsIn: Int64?) -> SubscriptionWindow {
        SubscriptionWindow(name: name, used: used, resetsAt: resetsIn.map { now + $0 }, toldAt: now)
    }

    @Test func readsClaudesWindows() {
        let windows = Self.windows([
            ("anthropic-ratelimit-unified-status", "allowed"), ("anthropic-ratelimit-unified-5h-utilization", "0.37"),
            ("anthropic-ratelimit-unified-5h-reset", "1700003600"),
            ("anthropic-ratelimit-unified-7d-utilization", "1.02"), ("content-type", "application/json"),
        ])
        let expected = [
            Self.window("session", 0.37, resetsIn: 3_600_000), Self.window("weekly", 1.02, resetsIn: nil),
        ]
        #expect(windows == expected)
    }

    @Test func readsChatGPTsWindows() {
        let windows = Self.windows([
            ("x-codex-primary-used-percent", "12.5"), ("x-codex-primary-window-minutes", "300"),
            ("x-codex-primary-reset-after-seconds", "60"), ("x-codex-secondary-used-percent", "80"),
            ("x-codex-secondary-reset-at", "1700000100"), ("x-codex-credits-balance", "nonsense"),
        ])
        let expected = [
            Self.window("session", 0.125, resetsIn: 60_000), Self.window("weekly", 0.8, resetsIn: 100_000),
        ]
        #expect(windows == expected)
    }

    @Test(arguments: ["nan", "", "-5", "1e400"])
    func nonsenseIsNoUse(value: String) {
        let windows = Self.windows([("anthropic-ratelimit-unified-5h-utilization", value)])
        #expect(windows.allSatisfy { $0.used == 0 })
    }

    @Test func aWindowEndsWithItsReset() {
        let window = SubscriptionWindow(name: "session", used: 1, resetsAt: 100, toldAt: 1)
        #expect(window.isCurrent(at: 99) && !window.isCurrent(at: 100))
        #expect(SubscriptionWindow(name: "session", used: 1, resetsAt: nil, toldAt: 1).isCurrent(at: 100))
    }
}
