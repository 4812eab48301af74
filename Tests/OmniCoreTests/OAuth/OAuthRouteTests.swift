import OmniTranslate
import Testing

@testable import OmniCore

/// How accounts that came by OAuth are routed.
@Suite struct OAuthRouteTests {
    private static func tokens(_ access: String) -> OAuthTokens {
        OAuthTokens(issuer: "server", accessToken: access, refreshToken: "r", obtainedAt: 1)
    }

    private static func targets(
        _ tokens: OAuthTokens, _ registration: OAuthRegistration? = nil
    ) throws -> [Target] {
        var configuration = RoutingFixture.configuration("openai")
        configuration.connections[0].credential = .oauth(tokens)
        configuration.oauth["server"] = registration
        return try RoutingFixture.snapshot(configuration).plan(model: "openai/gpt-4o", clientFormat: .openAIChat)
            .targets
    }

    @Test func showsItsTokenAsBearer() throws {
        let target = try #require(try Self.targets(Self.tokens("first")).first)
        #expect(target.headers.contains { $0 == ("authorization", "Bearer first") })
        let renewed = target.renewed(with: "second")
        #expect(renewed.headers.contains { $0 == ("authorization", "Bearer second") })
        #expect(renewed.headers.count == target.headers.count)
        #expect(renewed.renewed(with: "third").headers.contains { $0 == ("authorization", "Bearer third") })
    }

    @Test func showsItsTokenAsTheProviderWantsIt() throws {
        var registration = OAuthRegistration()
        registration.tokenURL = "https://auth.example/token"
        registration.tokenHeader = "x-token"
        registration.tokenPrefix = ""
        registration.headers = ["X-Project": "mine"]
        let target = try #require(try Self.targets(Self.tokens("first"), registration).first)
        #expect(target.headers.contains { $0 == ("x-token", "first") })
        #expect(target.headers.contains { $0 == ("x-project", "mine") })
        #expect(!target.headers.contains { $0.name == "authorization" })
        #expect(target.renewed(with: "second").headers.contains { $0 == ("x-token", "second") })
    }

    @Test func withoutATokenItIsNoAccount() {
        #expect(throws: (any Error).self) { try Self.targets(Self.tokens("")) }
    }

    @Test func aRenewalIsNoOtherAccount() {
        func revision(_ tokens: OAuthTokens) -> UInt64? {
            var configuration = RoutingFixture.configuration("openai")
            configuration.connections[0].credential = .oauth(tokens)
            return RoutingFixture.snapshot(configuration).accountOptions.first?.options.revision
        }
        var renewed = Self.tokens("second")
        renewed.obtainedAt = 50
        #expect(revision(Self.tokens("first")) == revision(renewed))
        renewed.validSince = 50
        #expect(revision(Self.tokens("first")) != revision(renewed))
    }
}
