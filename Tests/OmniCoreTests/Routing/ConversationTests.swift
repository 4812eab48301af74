import Testing

@testable import OmniCore

/// Conversations as they are shown, and the settings that say what they are remembered for.
@Suite struct ConversationTests {
    private typealias Fixture = RouteCourseFixture
    private let fixture = Fixture()

    private static func talk(_ hash: UInt64) -> RequestTraits { RequestTraits(session: SessionKey(hash: hash)) }

    @Test func areShownWithTheirAccount() throws {
        let plan = try Fixture.snapshot(accounts: [2]).plan("p0/m")
        _ = fixture.run(plan, Self.talk(7), failing: ["p0a0"])
        fixture.pass(5)
        var course = RouteCourse(plan, request: Self.talk(7), at: fixture.now)
        let begun = try fixture.begin(&course)
        let all = fixture.health.conversations(at: fixture.now)
        let one = try #require(all.first)
        #expect(all.count == 1 && one.id == 7 && one.connection == ConnectionID("p0a1") && one.model == "m")
        #expect(one.requests == 2 && one.active == 1)
        #expect(fixture.now.since(one.createdAt) == 5_000_000_000 && one.usedAt == fixture.now)
        fixture.end(&course, begun.ticket, .cancelled)
        #expect(fixture.health.conversations(at: fixture.now).first?.active == 0)
        fixture.pass(1201)
        #expect(fixture.health.conversations(at: fixture.now).isEmpty)
        _ = fixture.run(plan, Self.talk(7))
        #expect(fixture.health.conversations(at: fixture.now).first?.requests == 1)
    }

    @Test func theLatestIsFirst() throws {
        let plan = try Fixture.snapshot(accounts: [1]).plan("p0/m")
        for talk in [1, 2, 1] as [UInt64] { _ = fixture.run(plan, Self.talk(talk)) }
        #expect(fixture.health.conversations(at: fixture.now).map(\.id) == [1, 2])
    }

    @Test(arguments: [true, false])
    func stayWhereTheyAreIfWanted(isWanted: Bool) throws {
        let plan = try Fixture.snapshot(accounts: [2]) { _, _ in
            AccountOptions()
        } configure: {
            $0.keepsAccounts = isWanted
        }.plan("p0/m")
        #expect(fixture.run(plan, Self.talk(7), failing: ["p0a0"]) == ["p0a0", "p0a1"])
        fixture.health.reset()
        #expect(fixture.run(plan, Self.talk(7)) == [isWanted ? "p0a1" : "p0a0"])
    }

    @Test func theStepThatServedLastGoesFirst() throws {
        let combo = Fixture.combo([ComboStep("p0/m"), ComboStep("p1/m"), ComboStep("p2/m")], .lastKnownGood)
        let plan = try Fixture.snapshot(accounts: [1, 1, 1], combos: [combo]).plan("c")
        #expect(fixture.run(plan, Self.talk(7), failing: ["p0a0", "p1a0"]) == ["p0a0", "p1a0", "p2a0"])
        fixture.health.reset()
        #expect(fixture.run(plan, Self.talk(7)) == ["p2a0"])
        // Others begin at the beginning, and so do requests that are no conversation.
        #expect(fixture.run(plan, Self.talk(8)) == ["p0a0"])
        #expect(fixture.run(plan) == ["p0a0"])
        // When it cannot serve, the others follow as listed.
        #expect(fixture.run(plan, Self.talk(7), failing: ["p2a0"]) == ["p2a0", "p0a0"])
        fixture.health.reset()
        #expect(fixture.run(plan, Self.talk(7)) == ["p0a0"])
        // Other steps are another combo.
        let other = Fixture.combo([ComboStep("p1/m"), ComboStep("p0/m")], .lastKnownGood)
        #expect(
            fixture.run(try Fixture.snapshot(accounts: [1, 1], combos: [other]).plan("c"), Self.talk(7)) == ["p1a0"])
    }
}
