import Foundation
import OmniCore
import Testing

@testable import OmniStore

@Suite struct OAuthStoreTests {
    private static func tokens(_ number: Int) -> OAuthTokens {
        var tokens = OAuthTokens(
            issuer: "server", accessToken: "access-\(number)", refreshToken: "refresh-\(number)", obtainedAt: 7)
        tokens.expiresAt = 8
        tokens.email = "a@example.org"
        tokens.loginNeeded = "revoked"
        return tokens
    }

    private static let connection = Connection(
        id: ConnectionID("c"), provider: ProviderID("p"), name: "n", credential: .oauth(tokens(1)))

    @Test func tokensKeepEveryField() async throws {
        let folder = try TemporaryFolder()
        try await folder.store().configuration.insertConnection(Self.connection)
        #expect(try await folder.store().configuration.load().connections == [Self.connection])
    }

    @Test func oneOfTwoRenewalsIsWritten() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.store().configuration
        try await store.insertConnection(Self.connection)
        #expect(try await store.replaceTokens(of: Self.connection.id, from: Self.tokens(1), to: Self.tokens(2)))
        #expect(try await !store.replaceTokens(of: Self.connection.id, from: Self.tokens(1), to: Self.tokens(3)))
        #expect(try await store.load().connections.first?.credential?.tokens == Self.tokens(2))
        #expect(try await store.replaceTokens(of: Self.connection.id, from: nil, to: Self.tokens(4)))
        #expect(try await !store.replaceTokens(of: ConnectionID("gone"), from: nil, to: Self.tokens(4)))
    }

    /// A change that was begun with old tokens in hand must not bring them back.
    @Test func aChangeOfTheConnectionLeavesItsTokens() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.store().configuration
        try await store.insertConnection(Self.connection)
        _ = try await store.replaceTokens(of: Self.connection.id, from: nil, to: Self.tokens(2))
        var changed = Self.connection
        changed.priority = 9
        #expect(try await store.updateConnection(changed))
        let stored = try await store.load().connections.first
        #expect(stored?.priority == 9)
        #expect(stored?.credential?.tokens == Self.tokens(2))
    }

    @Test func registrationsStayUntilTheyAreTakenBack() async throws {
        let folder = try TemporaryFolder()
        var registration = OAuthRegistration()
        registration.tokenURL = "https://auth.example.org/token"
        registration.clientSecret = "the-secret-of-a-client"
        registration.tokenPrefix = "Token "
        registration.headers = ["x-a": "b"]
        _ = try await folder.store().configuration.setOAuth(registration, of: "server")
        let store = try folder.store().configuration
        #expect(try await store.load().oauth == ["server": registration])
        #expect(try await store.setOAuth(nil, of: "server"))
        #expect(try await !store.setOAuth(nil, of: "server"))
        #expect(try await store.load().oauth.isEmpty)
    }

    @Test func noSecretIsInTheFiles() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.store().configuration
        try await store.insertConnection(Self.connection)
        _ = try await store.replaceTokens(of: Self.connection.id, from: nil, to: Self.tokens(2))
        var registration = OAuthRegistration()
        registration.clientSecret = "the-secret-of-a-client"
        _ = try await store.setOAuth(registration, of: "server")
        let files = try folder.everything()
        for secret in ["access-1", "refresh-1", "access-2", "refresh-2", "the-secret-of-a-client"] {
            #expect(files.range(of: Data(secret.utf8)) == nil)
        }
    }
}
