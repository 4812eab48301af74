import Foundation
import OmniCore
import Testing

@testable import OmniStore

/// Password, setup token and sessions.
@Suite struct AccessStoreTests {
    @Test func thePasswordHashIsKeptAndReplaced() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.store().configuration
        #expect(try await store.passwordHash() == nil)
        try await store.setPasswordHash("first")
        try await store.setPasswordHash("second")
        #expect(try await folder.store(exclusive: false).configuration.passwordHash() == "second")
    }

    /// nil must come back as nil: an empty digest would be one that a token could be compared with.
    @Test func theSetupTokenGoesWhenItIsUsed() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.store().configuration
        #expect(try await store.setupTokenDigest() == nil)
        let digest = (0..<32).map { UInt8($0 * 8) }
        try await store.setSetupTokenDigest(digest)
        #expect(try await store.setupTokenDigest() == digest)
        try await store.setSetupTokenDigest(nil)
        #expect(try await store.setupTokenDigest() == nil)
        #expect(try await folder.store(exclusive: false).configuration.setupTokenDigest() == nil)
        try await store.setSetupTokenDigest(digest)
        #expect(try await store.setupTokenDigest() == digest)
    }

    @Test func sessionsExpire() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.store().configuration
        let digests: [[UInt8]] = [[1], [2, 0, 255], [3]]
        for (digest, expiry) in zip(digests, [100, 200, 300] as [Int64]) {
            try await store.insertSession(digest: digest, expiresAt: expiry, createdAt: 1)
        }
        func expiries() async throws -> [Int64?] {
            var found: [Int64?] = []
            for digest in digests { found.append(try await store.sessionExpiry(digest: digest)) }
            return found
        }
        #expect(try await expiries() == [100, 200, 300])
        #expect(try await store.sessionExpiry(digest: [4]) == nil)
        try await store.removeExpiredSessions(now: 199)
        #expect(try await expiries() == [nil, 200, 300])
        try await store.removeExpiredSessions(now: 200)
        #expect(try await expiries() == [nil, nil, 300])
        try await store.insertSession(digest: [1], expiresAt: 400, createdAt: 2)
        try await store.removeSession(digest: [3])
        try await store.removeSession(digest: [3])
        #expect(try await expiries() == [400, nil, nil])
        try await store.removeAllSessions()
        #expect(try await expiries() == [nil, nil, nil])
    }

    @Test func sessionsSurviveARestart() async throws {
        let folder = try TemporaryFolder()
        try await folder.store().configuration.insertSession(digest: [1, 2], expiresAt: 5, createdAt: 1)
        #expect(try await folder.store().configuration.sessionExpiry(digest: [1, 2]) == 5)
    }
}
