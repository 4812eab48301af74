import Testing

@testable import OmniCore

@Suite struct PendingLoginsTests {
    private static let session: [UInt8] = [1, 2, 3]

    private static func login(at now: Int64 = 0) -> PendingLogins.Login {
        PendingLogins.Login(
            provider: "server", redirectURI: "http://localhost/callback", proof: ProofKey(verifier: "v"),
            session: session, purpose: LoginPurpose(), startedAt: now)
    }

    @Test func aStateIsGoodOnce() {
        var logins = PendingLogins()
        logins.begin(Self.login(), state: "s")
        let claim: (inout PendingLogins) -> Bool = {
            $0.claim("s", provider: "server", redirectURI: "http://localhost/callback", session: Self.session, at: 1)
                != nil
        }
        #expect(claim(&logins))
        #expect(!claim(&logins))
    }

    @Test(
        arguments: [
            ("other", nil, [1, 2, 3], 1), ("server", "http://localhost/other", [1, 2, 3], 1),
            ("server", nil, [9], 1), ("server", nil, nil, 1), ("server", nil, [1, 2, 3], 600_000),
        ] as [(String, String?, [UInt8]?, Int64)])
    func aStateIsBound(provider: String, redirectURI: String?, session: [UInt8]?, now: Int64) {
        var logins = PendingLogins()
        logins.begin(Self.login(), state: "s")
        #expect(
            logins.claim("s", provider: provider, redirectURI: redirectURI, session: session, at: now) == nil)
        // Whoever used it wrongly gets no second try.
        #expect(logins.claim("s", provider: "server", redirectURI: nil, session: Self.session, at: 1) == nil)
    }

    @Test func theOldestGoesWhenThereAreTooMany() {
        var logins = PendingLogins()
        for index in 0...PendingLogins.capacity { logins.begin(Self.login(at: Int64(index)), state: "s\(index)") }
        #expect(!logins.contains("s0", provider: "server", at: 200))
        #expect(logins.contains("s1", provider: "server", at: 200))
        #expect(logins.contains("s\(PendingLogins.capacity)", provider: "server", at: 200))
    }
}
