import Testing

@testable import OmniCore

@Suite struct DeviceLoginsTests {
    private static func logins(interval: Int64 = 5000) -> DeviceLogins {
        var logins = DeviceLogins()
        logins.begin(
            DeviceLogins.Login(
                provider: "server", deviceCode: "secret", proof: nil, purpose: LoginPurpose(), interval: interval,
                expiresAt: 600_000, nextPoll: interval), handle: "h", at: 0)
        return logins
    }

    /// What a poll comes to, in a word.
    private static func poll(_ logins: inout DeviceLogins, at now: Int64, provider: String = "server") -> String {
        switch logins.poll("h", provider: provider, at: now) {
        case .ask(let login): "ask \(login.deviceCode)"
        case .wait(let interval): "wait \(interval)"
        case .expired: "expired"
        case .unknown: "unknown"
        }
    }

    @Test func asksNoEarlierThanTheServerWants() {
        var logins = Self.logins()
        #expect(Self.poll(&logins, at: 1000) == "wait 4000")
        #expect(Self.poll(&logins, at: 5000) == "ask secret")
        #expect(Self.poll(&logins, at: 5001) == "wait 5000", "one question is under way")
        logins.pending("h", slowsDown: false, at: 5100)
        #expect(Self.poll(&logins, at: 10_099) == "wait 1")
        #expect(Self.poll(&logins, at: 10_100) == "ask secret")
    }

    @Test func slowsDownForGood() {
        var logins = Self.logins()
        #expect(Self.poll(&logins, at: 5000) == "ask secret")
        #expect(logins.pending("h", slowsDown: true, at: 5000) == 10_000)
        #expect(Self.poll(&logins, at: 14_999) == "wait 1")
        #expect(Self.poll(&logins, at: 15_000) == "ask secret")
        #expect(logins.pending("h", slowsDown: false, at: 15_000) == 10_000)
    }

    @Test func leavesAServerThatFailedAlone() {
        var logins = Self.logins()
        #expect(logins.failed("h", at: 0) == 10_000)
        #expect(logins.failed("h", at: 0) == 20_000)
        for _ in 0..<10 { logins.failed("h", at: 0) }
        #expect(logins.failed("h", at: 0) == 60_000)
    }

    @Test func endsWithItsTime() {
        var logins = Self.logins()
        #expect(Self.poll(&logins, at: 600_000) == "expired")
        #expect(Self.poll(&logins, at: 600_000) == "unknown")
    }

    @Test func belongsToItsProvider() {
        var logins = Self.logins()
        #expect(Self.poll(&logins, at: 5000, provider: "other") == "unknown")
        #expect(Self.poll(&logins, at: 5000) == "ask secret")
        logins.end("h")
        #expect(Self.poll(&logins, at: 20_000) == "unknown")
    }
}
