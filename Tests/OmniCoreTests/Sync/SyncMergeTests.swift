import OmniJSON
import Testing

@testable import OmniCore

/// What becomes of one thing on two machines.
@Suite struct SyncMergeTests {
    private static let key = SyncKey(.combo, "c")

    private static func item(_ fields: [String: String]) -> SyncItem {
        var item = SyncItem()
        for (name, text) in fields { item.set(name, text) }
        return item
    }

    /// - Parameters: nil for nothing.
    private static func merge(
        base: [String: String]?, mine: [String: String]?, theirs: [String: String]?, tombstone: SyncTombstone? = nil,
        known: SyncTombstone? = nil, resolutions: [SyncResolution] = [], isValid: Bool = true
    ) -> SyncMerge.Outcome {
        var merge = SyncMerge()
        merge.base.items[key] = base.map(item)
        merge.base.tombstones[key] = known
        merge.local[key] = mine.map(item)
        merge.remote.items[key] = theirs.map(item)
        merge.remote.tombstones[key] = tombstone
        merge.resolutions = resolutions
        merge.isValid = { _, _ in isValid }
        merge.now = 7
        return merge.run()
    }

    struct Case: Sendable, CustomStringConvertible {
        var description: String
        var base: [String: String]?
        var mine: [String: String]?
        var theirs: [String: String]?
        var both: [String: String]?
    }

    @Test(arguments: [
        Case(description: "nothing new", base: ["a": "1"], mine: ["a": "1"], theirs: ["a": "1"], both: ["a": "1"]),
        Case(description: "made here", base: nil, mine: ["a": "1"], theirs: nil, both: ["a": "1"]),
        Case(description: "made there", base: nil, mine: nil, theirs: ["a": "1"], both: ["a": "1"]),
        Case(description: "changed here", base: ["a": "1"], mine: ["a": "2"], theirs: ["a": "1"], both: ["a": "2"]),
        Case(description: "changed there", base: ["a": "1"], mine: ["a": "1"], theirs: ["a": "2"], both: ["a": "2"]),
        Case(
            description: "different fields", base: ["a": "1", "b": "1"], mine: ["a": "2", "b": "1"],
            theirs: ["a": "1", "b": "2"], both: ["a": "2", "b": "2"]),
        Case(
            description: "a field added and one removed", base: ["a": "1", "b": "1"], mine: ["b": "1"],
            theirs: ["a": "1", "b": "1", "c": "3"], both: ["b": "1", "c": "3"]),
        Case(description: "the same change", base: ["a": "1"], mine: ["a": "2"], theirs: ["a": "2"], both: ["a": "2"]),
        Case(description: "deleted here", base: ["a": "1"], mine: nil, theirs: ["a": "1"], both: nil),
        Case(description: "deleted there", base: ["a": "1"], mine: ["a": "1"], theirs: nil, both: nil),
        Case(description: "deleted on both", base: ["a": "1"], mine: nil, theirs: nil, both: nil),
        Case(
            description: "nothing known of before, fields that go together", base: nil, mine: ["a": "1", "b": "1"],
            theirs: ["a": "1", "c": "1"], both: ["a": "1", "b": "1", "c": "1"]),
    ])
    func agrees(_ one: Case) {
        let outcome = Self.merge(base: one.base, mine: one.mine, theirs: one.theirs)
        let expected = one.both.map(Self.item)
        #expect(outcome.conflicts.isEmpty)
        #expect(outcome.local[Self.key] == expected)
        #expect(outcome.remote.items[Self.key] == expected)
        #expect(outcome.baseAfter.items[Self.key] == expected)
        #expect(outcome.baseBefore.items[Self.key] == one.theirs.map(Self.item))
    }

    @Test(arguments: [
        Case(description: "the same field", base: ["a": "1"], mine: ["a": "2"], theirs: ["a": "3"]),
        Case(description: "deleted here, changed there", base: ["a": "1"], mine: nil, theirs: ["a": "3"]),
        Case(description: "changed here, deleted there", base: ["a": "1"], mine: ["a": "2"], theirs: nil),
        Case(description: "nothing known of before", base: nil, mine: ["a": "2"], theirs: ["a": "3"]),
        Case(description: "removed here, changed there", base: ["a": "1"], mine: [:], theirs: ["a": "3"]),
    ])
    func asks(_ one: Case) throws {
        let outcome = Self.merge(base: one.base, mine: one.mine, theirs: one.theirs)
        let conflict = try #require(outcome.conflicts.first)
        #expect(outcome.local[Self.key] == one.mine.map(Self.item))
        #expect(outcome.remote.items[Self.key] == one.theirs.map(Self.item))
        #expect(outcome.baseAfter.items[Self.key] == one.base.map(Self.item))
        for (choice, expected) in [(SyncResolution.Choice.mine, one.mine), (.theirs, one.theirs)] {
            let decided = Self.merge(
                base: one.base, mine: one.mine, theirs: one.theirs,
                resolutions: [
                    SyncResolution(conflict: conflict.id, fingerprint: conflict.fingerprint, choice: choice)
                ])
            #expect(decided.conflicts.isEmpty)
            #expect(decided.local[Self.key] == expected.map(Self.item))
            #expect(decided.remote.items[Self.key] == expected.map(Self.item))
        }
    }

    @Test func aDecisionHoldsForWhatWasSeenOnly() throws {
        let seen = Self.merge(base: ["a": "1"], mine: ["a": "2"], theirs: ["a": "3"])
        let conflict = try #require(seen.conflicts.first)
        let later = Self.merge(
            base: ["a": "1"], mine: ["a": "2"], theirs: ["a": "4"],
            resolutions: [SyncResolution(conflict: conflict.id, fingerprint: conflict.fingerprint, choice: .mine)])
        #expect(later.conflicts.count == 1)
        #expect(later.remote.items[Self.key] == Self.item(["a": "4"]))
    }

    @Test func whatMakesNoSenseTogetherIsAsked() {
        let outcome = Self.merge(
            base: ["a": "1", "b": "1"], mine: ["a": "2", "b": "1"], theirs: ["a": "1", "b": "2"], isValid: false)
        #expect(outcome.conflicts.map(\.fields) == [["a", "b"]])
    }

    @Test func deletingLeavesATombstone() {
        let outcome = Self.merge(base: ["a": "1"], mine: nil, theirs: ["a": "1"])
        #expect(
            outcome.remote.tombstones[Self.key]
                == SyncTombstone(deletedAt: 7, digest: Self.item(["a": "1"]).digest))
    }

    @Test func aMachineThatWasAwayDoesNotBringBackWhatWasDeleted() {
        let tombstone = SyncTombstone(deletedAt: 1, digest: Self.item(["a": "1"]).digest)
        let same = Self.merge(base: nil, mine: ["a": "1"], theirs: nil, tombstone: tombstone)
        #expect(same.local[Self.key] == nil && same.conflicts.isEmpty)
        let changed = Self.merge(base: nil, mine: ["a": "2"], theirs: nil, tombstone: tombstone)
        #expect(changed.conflicts.map(\.reason) == [.deleted])
        #expect(changed.local[Self.key] == Self.item(["a": "2"]))
    }

    @Test func whatIsMadeAnewAfterItsDeletionStays() {
        let tombstone = SyncTombstone(deletedAt: 1, digest: Self.item(["a": "1"]).digest)
        let outcome = Self.merge(base: nil, mine: ["a": "1"], theirs: nil, tombstone: tombstone, known: tombstone)
        #expect(outcome.remote.items[Self.key] == Self.item(["a": "1"]))
        #expect(outcome.remote.tombstones[Self.key] == nil)
    }

    @Test func whatIsLeftAloneIsPassedOn() {
        var merge = SyncMerge()
        let secret = SyncKey(.secret, "connection:x")
        merge.remote.items[secret] = Self.item(["apiKey": "k"])
        merge.remote.tombstones[SyncKey(.secret, "gone")] = SyncTombstone(deletedAt: 1, digest: "d")
        merge.isLeftAlone = { $0.kind == .secret }
        let outcome = merge.run()
        #expect(outcome.remote == merge.remote)
        #expect(outcome.local.isEmpty && outcome.baseAfter == SyncState() && outcome.baseBefore == SyncState())
    }

    // MARK: Names

    private static func named(_ one: String, _ other: String) -> SyncMerge {
        var merge = SyncMerge()
        merge.local[SyncKey(.combo, "1")] = item(["name": one])
        merge.remote.items[SyncKey(.combo, "2")] = item(["name": other])
        return merge
    }

    @Test func twoOfOneNameAreHeldBack() throws {
        let merge = Self.named("fast", "fast")
        let outcome = merge.run()
        let conflict = try #require(outcome.conflicts.first)
        #expect(conflict.reason == .name && conflict.choices == [.mine, .theirs, .both])
        #expect(outcome.local == merge.local)
        #expect(outcome.remote == merge.remote)
    }

    @Test(arguments: [
        (SyncResolution.Choice.mine, ["1": "fast"]), (.theirs, ["2": "fast"]), (.both, ["1": "fast-2", "2": "fast"]),
    ])
    func namesAreSettled(choice: SyncResolution.Choice, expected: [String: String]) throws {
        var merge = Self.named("fast", "fast")
        let conflict = try #require(merge.run().conflicts.first)
        merge.resolutions = [
            SyncResolution(conflict: conflict.id, fingerprint: conflict.fingerprint, choice: choice)
        ]
        let outcome = merge.run()
        let items = expected.reduce(into: [SyncKey: SyncItem]()) {
            $0[SyncKey(.combo, $1.key)] = Self.item(["name": $1.value])
        }
        #expect(outcome.conflicts.isEmpty)
        #expect(outcome.local == items)
        #expect(outcome.remote.items == items)
    }

    @Test func aComboAndAnAliasShareTheirNames() {
        var merge = Self.named("fast", "slow")
        merge.remote.items[SyncKey(.alias, "fast")] = Self.item(["model": "openai/gpt"])
        let outcome = merge.run()
        #expect(outcome.conflicts.map(\.reason) == [.name])
        #expect(outcome.local[SyncKey(.alias, "fast")] == nil)
        #expect(outcome.local[SyncKey(.combo, "2")] == Self.item(["name": "slow"]))
    }

    // MARK: Secrets

    @Test func aSecretStaysWithAnAccountThatIsInDispute() {
        let (account, secret) = (SyncKey(.connection, "x"), SyncKey(.secret, "connection:x"))
        var merge = SyncMerge()
        merge.base.items = [account: Self.item(["name": "a"]), secret: Self.item(["apiKey": "k"])]
        // Deleted here, and renamed there.
        merge.remote.items = [account: Self.item(["name": "b"]), secret: Self.item(["apiKey": "k"])]
        let outcome = merge.run()
        #expect(outcome.conflicts.count == 1)
        #expect(outcome.remote == merge.remote)
        merge.resolutions = outcome.conflicts.map {
            SyncResolution(conflict: $0.id, fingerprint: $0.fingerprint, choice: .theirs)
        }
        #expect(merge.run().local == merge.remote.items)
        merge.resolutions[0].choice = .mine
        #expect(merge.run().remote.items.isEmpty)
    }
}
