import OmniJSON
import Testing

@testable import OmniCore

@Suite struct TokenAnswerTests {
    private static func answer(_ text: String, status: Int = 200) -> TokenAnswer {
        TokenAnswer(status: status, body: Array(text.utf8))
    }

    @Test func readsWhatWasGranted() throws {
        let claims = Base64URL.text(Array(#"{"sub":"u-1","email":"a@example.org"}"#.utf8))
        let text =
            #"{"access_token":"at","refresh_token":"rt","expires_in":3600,"token_type":"Bearer","scope":"a b","#
            + #""id_token":"e30.\#(claims).x"}"#
        guard case .granted(let grant) = Self.answer(text) else {
            Issue.record("nothing was granted")
            return
        }
        let tokens = grant.tokens(issuer: "server", at: 1000)
        #expect(tokens.accessToken == "at" && tokens.refreshToken == "rt")
        #expect(tokens.expiresAt == 3_601_000 && tokens.validSince == 1000)
        #expect(tokens.subject == "u-1" && tokens.email == "a@example.org" && tokens.scope == "a b")
    }

    @Test func keepsWhatARenewalDoesNotRepeat() {
        var old = OAuthTokens(issuer: "server", accessToken: "at", refreshToken: "rt", obtainedAt: 5)
        old.email = "a@example.org"
        guard case .granted(let grant) = Self.answer(#"{"access_token":"new","expires_in":"60"}"#) else {
            Issue.record("nothing was granted")
            return
        }
        let tokens = grant.tokens(issuer: "server", after: old, at: 1000)
        #expect(tokens.refreshToken == "rt" && tokens.email == "a@example.org")
        #expect(tokens.validSince == 5 && tokens.expiresAt == 61_000)
    }

    @Test(arguments: [
        (400, #"{"error":"invalid_grant"}"#, "invalid_grant"), (200, #"{"error":"slow_down"}"#, "slow_down"),
        (401, #"{"error":"invalid_client","error_description":"no"}"#, "invalid_client"),
    ])
    func readsRefusals(status: Int, text: String, expected: String) {
        guard case .refused(let error, _) = Self.answer(text, status: status) else {
            Issue.record("not refused")
            return
        }
        #expect(error == expected)
    }

    @Test(arguments: [
        (200, "<html>"), (200, "{}"), (200, #"{"access_token":"a\nb"}"#), (200, #"{"access_token":""}"#),
        (500, #"{"error":"server_error"}"#), (502, ""),
    ])
    func whatIsNoAnswerIsAFailure(status: Int, text: String) {
        guard case .failed(let reported) = Self.answer(text, status: status) else {
            Issue.record("taken for an answer")
            return
        }
        #expect(reported == status)
    }

    @Test func aServersWordsShowNoSecret() {
        let answer = Self.answer(#"{"error":"invalid_grant","error_description":"no token rt-12345678 here"}"#)
        guard case .refused(_, let description) = answer.redacting(["refresh_token", "rt-12345678", ""]) else {
            Issue.record("not refused")
            return
        }
        #expect(description == "no token … here")
    }

    @Test func tokensNeverShowThemselves() throws {
        var tokens = OAuthTokens(issuer: "s", accessToken: "secret-a", refreshToken: "secret-r", obtainedAt: 1)
        tokens.subject = "u"
        let connection = Connection(
            id: ConnectionID("c"), provider: ProviderID("p"), name: "n", credential: .oauth(tokens))
        for text in ["\(connection)", String(reflecting: connection), "\(tokens)"] {
            #expect(!text.contains("secret-"))
        }
        var writer = JSONWriter()
        writer.beginObject()
        tokens.writeMembers(into: &writer)
        writer.endObject()
        #expect(try OAuthTokens(stored: JSONFields(JSONValue(parsing: writer.bytes))) == tokens)
    }
}
