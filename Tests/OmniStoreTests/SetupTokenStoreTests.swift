import OmniCore
import Testing

@testable import OmniStore

/// The setup token, which serves once.
@Suite struct SetupTokenStoreTests {
    private static let digest = (0..<32).map { UInt8($0 * 8) }

    @Test func onlyItsOwnDigestSpendsIt() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.store().configuration
        #expect(try await !store.spendSetupToken(digest: Self.digest))
        try await store.setSetupTokenDigest(Self.digest)
        for other in [[], Array(Self.digest.dropLast()), Self.digest.reversed()] {
            #expect(try await !store.spendSetupToken(digest: other))
        }
        #expect(try await store.setupTokenDigest() == Self.digest)
        #expect(try await store.spendSetupToken(digest: Self.digest))
        #expect(try await store.setupTokenDigest() == nil)
        #expect(try await !store.spendSetupToken(digest: Self.digest))
    }

    @Test func spendingLeavesOtherSettingsAlone() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.store().configuration
        try await store.setPasswordHash(Self.digest.hexadecimal)
        try await store.setSetupTokenDigest(Self.digest)
        #expect(try await store.spendSetupToken(digest: Self.digest))
        #expect(try await store.passwordHash() == Self.digest.hexadecimal)
    }
}
