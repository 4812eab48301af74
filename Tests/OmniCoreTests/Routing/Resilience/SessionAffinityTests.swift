import Testing

@testable import OmniCore

@Suite struct SessionAffinityTests {
    private static func key(_ value: UInt64) -> SessionKey { SessionKey(hash: value) }

    @Test func aConversationIsFoundForItsLifetime() {
        var affinity = SessionAffinity(capacity: 4)
        affinity.remember(Self.key(1), pool: 9, account: 3, at: .seconds(100))
        #expect(affinity.account(Self.key(1), pool: 9, at: .seconds(1300)) == 3)
        #expect(affinity.account(Self.key(1), pool: 9, at: .seconds(1301)) == -1)
        #expect(affinity.account(Self.key(1), pool: 8, at: .seconds(100)) == -1)
        #expect(affinity.account(Self.key(2), pool: 9, at: .seconds(100)) == -1)
    }

    @Test func theLeastRecentlyUsedIsForgotten() {
        var affinity = SessionAffinity(capacity: 3)
        for value in 1...3 {
            affinity.remember(Self.key(UInt64(value)), pool: 0, account: Int32(value), at: .seconds(1))
        }
        affinity.remember(Self.key(1), pool: 0, account: 7, at: .seconds(2))
        affinity.remember(Self.key(4), pool: 0, account: 4, at: .seconds(3))
        #expect((1...4).map { affinity.account(Self.key($0), pool: 0, at: .seconds(3)) } == [7, -1, 3, 4])
        #expect(affinity.count == 3)
    }

    @Test func manyConversationsKeepTheListWhole() {
        var affinity = SessionAffinity(capacity: 50)
        var random = SeededRandom(seed: 3)
        var model: [(key: UInt64, account: Int32)] = []
        for step in 0..<3000 {
            let key = random.next() % 120
            let account = Int32(random.next() % 9)
            affinity.remember(Self.key(key), pool: 0, account: account, at: .seconds(Double(step) / 1000))
            model.removeAll { $0.key == key }
            model.append((key, account))
            if model.count > 50 { model.removeFirst() }
        }
        for (key, account) in model { #expect(affinity.account(Self.key(key), pool: 0, at: .seconds(3)) == account) }
        #expect(affinity.count == model.count)
    }

    @Test func anAccountIsForgotten() {
        var affinity = SessionAffinity()
        affinity.remember(Self.key(1), pool: 0, account: 3, at: .seconds(1))
        affinity.forget(account: 3)
        #expect(affinity.account(Self.key(1), pool: 0, at: .seconds(1)) == -1)
    }
}
