import Foundation
import GRDB
import OmniCore
import Testing

@testable import OmniStore

/// The audit log keeps what it was told, and shows when somebody else changed it.
@Suite struct AuditStoreTests {
    private static func entry(_ number: Int, action: String = "keys.create", time: Int64? = nil) -> AuditEntry {
        AuditEntry(
            time: time ?? Int64(number) * 1000, action: action, actor: "session:\(number % 2)",
            actorName: number % 2 == 0 ? "even" : nil, target: "t\(number)", address: "10.0.0.\(number)",
            outcome: number % 3 == 0 ? .refused : .success, status: 200, requestID: "r\(number)",
            details: #"{"n":\#(number)}"#)
    }

    private static func filled(_ count: Int) async throws -> (TemporaryFolder, SQLiteConfigurationStore) {
        let folder = try TemporaryFolder()
        let store = try folder.store().configuration
        for number in 1...count { try await store.appendAudit(entry(number)) }
        return (folder, store)
    }

    @Test func keepsEntriesInOrder() async throws {
        let (folder, store) = try await Self.filled(5)
        let page = try await store.auditLog(AuditFilter())
        #expect(page.entries.map(\.sequence) == [5, 4, 3, 2, 1])
        #expect(page.total == 5)
        var expected = Self.entry(5)
        expected.sequence = 5
        expected.code = page.entries[0].code
        #expect(page.entries[0] == expected)
        #expect(Set(page.entries.map(\.code)).count == 5)
        #expect(try await store.verifyAudit() == AuditVerification(entries: 5))
        // Of another process too.
        #expect(try await folder.store(exclusive: false).configuration.verifyAudit().isSound)
    }

    private static func filter(_ change: (inout AuditFilter) -> Void) -> AuditFilter {
        var filter = AuditFilter()
        change(&filter)
        return filter
    }

    @Test(
        arguments: [
            (filter { $0.action = "keys.*" }, [6, 5, 4, 3, 2, 1]), (filter { $0.action = "keys" }, []),
            (filter { $0.actor = "even" }, [6, 4, 2]),
            (filter { $0.actor = "1" }, [5, 3, 1]), (filter { $0.target = "t2" }, [2]),
            (filter { $0.address = "10.0.0.3" }, [3]),
            (filter { $0.outcome = .refused }, [6, 3]),
            (
                filter {
                    $0.from = 2000
                    $0.to = 4000
                }, [3, 2]
            ), (filter { $0.before = 3 }, [2, 1]),
            (
                filter {
                    $0.limit = 2
                    $0.offset = 1
                }, [5, 4]
            ), (filter { $0.target = "' OR 1=1 --" }, []), (filter { $0.action = "%" }, []),
        ] as [(AuditFilter, [Int64])])
    func filters(filter: AuditFilter, expected: [Int64]) async throws {
        let (folder, store) = try await Self.filled(6)
        defer { withExtendedLifetime(folder) {} }
        #expect(try await store.auditLog(filter).entries.map(\.sequence) == expected)
    }

    /// The triggers are for programs that mean no harm; the chain is for the others.
    @Test(
        arguments: [
            ("UPDATE audit SET actor = 'somebody' WHERE sequence = 3", 3),
            ("UPDATE audit SET time = 1 WHERE sequence = 5", 5),
            ("DELETE FROM audit WHERE sequence = 2", 2), ("DELETE FROM audit WHERE sequence = 6", 6),
            ("DELETE FROM audit WHERE sequence = 1", 1),
            ("UPDATE audit SET actorName = target, target = NULL WHERE sequence = 2", 2),
        ] as [(String, Int64)])
    func showsTampering(sql: String, place: Int64) async throws {
        let (folder, store) = try await Self.filled(6)
        defer { withExtendedLifetime(folder) {} }
        await #expect(throws: DatabaseError.self) { try await store.pool.write { try $0.execute(sql: sql) } }
        #expect(try await store.verifyAudit().isSound)
        try await store.pool.write { database in
            try database.execute(sql: "DROP TRIGGER auditIsNotChanged; DROP TRIGGER auditIsKept; " + sql)
        }
        let found = try await store.verifyAudit()
        #expect(found.brokenAt == place)
        #expect(!found.isSound)
    }

    @Test func oldEntriesGoAndTheRestIsVerifiable() async throws {
        let (folder, store) = try await Self.filled(6)
        defer { withExtendedLifetime(folder) {} }
        #expect(try await store.removeAudit(before: 3000) == 2)
        #expect(try await store.removeAudit(before: 3000) == 0)
        #expect(try await store.auditLog(AuditFilter()).entries.map(\.sequence) == [6, 5, 4, 3])
        #expect(try await store.verifyAudit() == AuditVerification(entries: 4))
        #expect(try await store.removeAudit(before: 1_000_000) == 4)
        #expect(try await store.appendAudit(Self.entry(7)).sequence == 7)
        #expect(try await store.verifyAudit() == AuditVerification(entries: 1))
    }

    @Test func simultaneousEntriesMakeOneChain() async throws {
        let folder = try TemporaryFolder()
        let stores = [try folder.store().configuration, try folder.store(exclusive: false).configuration]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...40 {
                group.addTask { try await stores[number % 2].appendAudit(Self.entry(number)) }
            }
            try await group.waitForAll()
        }
        #expect(try await stores[0].verifyAudit() == AuditVerification(entries: 40))
    }

    @Test func tokensAndSessionsAreKept() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.store().configuration
        let made = AdminTokenSecret(id: "a", name: "backup", scopes: [.read, .write], now: 1, expiresAt: 9)
        try await store.insertAdminToken(made.token)
        await #expect(throws: ConfigurationConflict.self) {
            try await store.insertAdminToken(
                AdminTokenSecret(id: "b", name: "backup", scopes: [.read], now: 1, expiresAt: nil).token)
        }
        try await store.touchAdminToken("a", at: 5, from: "10.0.0.1")
        let again = try folder.store(exclusive: false).configuration
        var expected = made.token
        expected.lastUsedAt = 5
        expected.lastUsedFrom = "10.0.0.1"
        #expect(try await again.adminToken(digest: AdminTokenSecret.digest(made.secret)) == expected)
        #expect(try await again.adminTokens() == [expected])
        #expect(try folder.everything().firstRange(of: Data(made.secret.utf8)) == nil)
        #expect(try await store.deleteAdminToken("a"))
        #expect(try await !store.deleteAdminToken("a"))

        let digests = (0..<3).map { Array(repeating: UInt8($0), count: 32) }
        for digest in digests {
            try await store.insertSession(
                StoredSession(digest: digest, createdAt: 1, expiresAt: 10, address: "10.0.0.2", agent: "browser"))
        }
        try await store.touchSession(digest: digests[1], at: 7)
        #expect(try await store.session(digest: digests[1])?.lastUsedAt == 7)
        #expect(try await store.sessions(now: 10).isEmpty)
        #expect(try await store.removeSession(id: StoredSession.id(of: digests[0])))
        #expect(try await !store.removeSession(id: "zz"))
        #expect(try await store.removeSessions(except: digests[1]) == 1)
        #expect(try await store.sessions(now: 9).map(\.digest) == [digests[1]])
    }
}
