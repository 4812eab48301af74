import Testing

@testable import OmniCore

/// What a combo and its steps may do follows from several layers.
@Suite struct ComboLimitsTests {
    @Test func laterLayersWin() {
        var defaults = Combo.Options()
        defaults.retries = 4
        defaults.sticky = 5
        var own = Combo.Options()
        own.retries = 0
        let limits = ComboLimits(defaults, nil, own)
        #expect(limits.retries == 0 && limits.sticky == 5)
        #expect(limits.maximumAttempts == ComboLimits().maximumAttempts)
    }

    /// Defaults of all combos hold for those that exist already.
    @Test func plansFollowTheDefaults() throws {
        let combo = Combo(id: ComboID("c"), name: "c", steps: [ComboStep("p0/m"), ComboStep("p1/m")])
        let plan = try RouteCourseFixture.snapshot(
            accounts: [1, 1], combos: [combo],
            configure: { routing in
                routing.comboDefaults.retries = 7
                routing.comboDefaults.maximumAttempts = 3
                routing.comboDefaults.queueTimeout = .seconds(1)
                var provider = Combo.Options()
                provider.retries = 2
                provider.attemptTimeout = .seconds(9)
                provider.concurrency = 6
                routing.providerOptions[ProviderID("p1")] = provider
            }
        ).plan("c")
        #expect(plan.limits.retries == 7 && plan.limits.attempts == 3 && plan.limits.queueTimeout == 1_000_000_000)
        #expect(plan.children.map(\.retries) == [7, 2])
        #expect(plan.children.map(\.timeout) == [0, 9_000_000_000])
        #expect(plan.children.map(\.concurrency) == [0, 6])
    }

    @Test func whatACombosSaysGoesBeforeItsProviders() throws {
        var combo = Combo(
            id: ComboID("c"), name: "c", steps: [ComboStep("p0/m"), ComboStep("p0/n", retries: 5)])
        combo.options.retries = 1
        let plan = try RouteCourseFixture.snapshot(
            accounts: [1], combos: [combo],
            configure: { routing in
                var provider = Combo.Options()
                provider.retries = 2
                provider.retryDelay = .seconds(4)
                routing.providerOptions[ProviderID("p0")] = provider
            }
        ).plan("c")
        #expect(plan.children.map(\.retries) == [1, 5])
        #expect(plan.children.map(\.retryDelay) == [4_000_000_000, 4_000_000_000])
    }
}
