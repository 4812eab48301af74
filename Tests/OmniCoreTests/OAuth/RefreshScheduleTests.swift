import Testing

@testable import OmniCore

@Suite struct RefreshScheduleTests {
    private static let id = ConnectionID("c")

    private static func tokens(
        _ access: String = "first", refresh: String? = "refresh", obtainedAt: Int64 = 0, life: Int64? = 3_600_000
    ) -> OAuthTokens {
        var tokens = OAuthTokens(
            issuer: "server", accessToken: access, refreshToken: refresh, obtainedAt: obtainedAt)
        tokens.expiresAt = life.map { obtainedAt + $0 }
        return tokens
    }

    private static func schedule(_ tokens: OAuthTokens = tokens()) -> RefreshSchedule {
        var schedule = RefreshSchedule()
        var random = SplitMix64(seed: 1)
        schedule.adopt([id: tokens], using: &random)
        return schedule
    }

    /// An hour: 6 minutes ahead; ten minutes: 2; eight hours: 48; and up to half as much more by lot.
    @Test(arguments: [(3_600_000, 360_000), (600_000, 120_000), (28_800_000, 2_880_000), (4000, 800)])
    func renewsAheadOfTheEnd(life: Int64, margin: Int64) throws {
        var earliest = Int64.max
        var latest = Int64.min
        for seed in 0..<200 {
            var random = SplitMix64(seed: UInt64(seed))
            let due = try #require(RefreshSchedule.due(Self.tokens(life: life), using: &random))
            earliest = min(earliest, due)
            latest = max(latest, due)
        }
        #expect(latest <= life - margin)
        #expect(earliest >= life - margin - margin / 2)
        #expect(latest - earliest > margin / 4, "the lot spreads them")
    }

    @Test func hasNothingToRenewWithoutTimeOrRefreshToken() {
        var random = SplitMix64(seed: 1)
        #expect(RefreshSchedule.due(Self.tokens(life: nil), using: &random) == nil)
        #expect(RefreshSchedule.due(Self.tokens(refresh: nil), using: &random) == nil)
    }

    @Test func takesEachAccountOnce() {
        var schedule = Self.schedule()
        #expect(schedule.takeDue(at: 1000) == [])
        #expect(schedule.takeDue(at: 3_300_000) == [Self.id])
        #expect(schedule.takeDue(at: 3_300_000) == [])
    }

    @Test func manyWhoAreRefusedWaitForOneRenewal() {
        var schedule = Self.schedule()
        var random = SplitMix64(seed: 1)
        #expect(schedule.demand(Self.id, insteadOf: "first", at: 100_000) == .begin)
        for _ in 0..<49 { #expect(schedule.demand(Self.id, insteadOf: "first", at: 100_000) == .join) }
        schedule.settled(Self.id, Self.tokens("second", obtainedAt: 100_100), using: &random)
        #expect(schedule.demand(Self.id, insteadOf: "first", at: 100_200) == .token("second"))
    }

    @Test(arguments: [(31_999, .hopeless), (32_000, .begin)] as [(Int64, RefreshSchedule.Demand)])
    func aTokenThatCameOfARefusalAndIsRefusedIsNotRenewedAtOnce(now: Int64, expected: RefreshSchedule.Demand) {
        var schedule = Self.schedule()
        var random = SplitMix64(seed: 1)
        #expect(schedule.demand(Self.id, insteadOf: "first", at: 2000) == .begin)
        schedule.settled(Self.id, Self.tokens("second", obtainedAt: 2100), using: &random)
        #expect(schedule.demand(Self.id, insteadOf: "second", at: now) == expected)
    }

    @Test func aTokenWhoseTimeIsOverIsRenewedAtOnce() {
        var schedule = Self.schedule()
        var random = SplitMix64(seed: 1)
        #expect(schedule.demand(Self.id, insteadOf: "first", at: 2000) == .begin)
        schedule.settled(Self.id, Self.tokens("second", obtainedAt: 2100, life: 1000), using: &random)
        #expect(schedule.demand(Self.id, insteadOf: "second", at: 3000) == .hopeless)
        #expect(schedule.demand(Self.id, insteadOf: "second", at: 3100) == .begin)
    }

    @Test func aServerThatFailsIsLeftAloneLongerEachTime() throws {
        var schedule = Self.schedule()
        var random = SplitMix64(seed: 1)
        let fault = OAuthFault(.unavailable, "out of order")
        for pause in [5000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000] as [Int64] {
            #expect(schedule.demandByHand(Self.id) == .begin)
            schedule.failed(Self.id, fault, at: 1_000_000, using: &random)
            let due = try #require(schedule.accounts[Self.id]?.due)
            #expect((1_000_000 + pause / 2...1_000_000 + pause).contains(due))
        }
        #expect(schedule.accounts[Self.id]?.lastFault == fault)
        #expect(schedule.demand(Self.id, insteadOf: "first", at: 1_000_001) == .hopeless)
        #expect(schedule.takeDue(at: 1_300_000) == [Self.id])
        schedule.settled(Self.id, Self.tokens("second", obtainedAt: 1_300_000), using: &random)
        #expect(schedule.accounts[Self.id]?.failures == 0)
    }

    @Test func whoNeedsALoginIsNotRenewed() {
        var spent = Self.tokens()
        spent.loginNeeded = "revoked"
        var schedule = Self.schedule(spent)
        #expect(schedule.takeDue(at: 3_599_999) == [], "what it has is used to its end")
        #expect(schedule.takeDue(at: 3_600_000) == [Self.id], "and then taken out of service")
        spent.accessToken = ""
        schedule = Self.schedule(spent)
        #expect(schedule.takeDue(at: .max) == [])
        #expect(schedule.demand(Self.id, insteadOf: "first", at: 3_600_000) == .hopeless)
    }

    @Test func aLoginWhileARenewalIsUnderWayKeepsItSingle() {
        var schedule = Self.schedule()
        var random = SplitMix64(seed: 1)
        #expect(schedule.demand(Self.id, insteadOf: "first", at: 100_000) == .begin)
        schedule.adopt([Self.id: Self.tokens("other", obtainedAt: 100_000)], using: &random)
        #expect(schedule.demand(Self.id, insteadOf: "other", at: 200_000) == .join)
    }

    @Test func forgetsConnectionsThatAreGone() {
        var schedule = Self.schedule()
        var random = SplitMix64(seed: 1)
        schedule.adopt([:], using: &random)
        #expect(schedule.accounts.isEmpty)
        #expect(schedule.demand(Self.id, insteadOf: "first", at: 0) == .hopeless)
    }
}
