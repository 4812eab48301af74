import OmniJSON
import Testing

@testable import OmniCore

@Suite struct OAuthRegistrationTests {
    private static func merge(_ text: String) throws -> OAuthRegistration {
        var registration = OAuthRegistration()
        try registration.merge(JSONFields(JSONValue(parsing: Array(text.utf8))))
        return registration
    }

    @Test(arguments: [
        (#"{"tokenUrl":"http://169.254.169.254/token"}"#, "tokenUrl"),
        (#"{"tokenUrl":"http://auth.example.org/token"}"#, "tokenUrl"),
        (#"{"deviceUrl":"ftp://auth.example.org/"}"#, "deviceUrl"),
        (#"{"authorizeUrl":"https://user@auth.example.org/"}"#, "authorizeUrl"),
        (#"{"tokenUrl":"https://metadata.google.internal/token"}"#, "tokenUrl"),
        (#"{"tokenHeader":"content-length"}"#, "tokenHeader"), (#"{"headers":{"a b":"c"}}"#, "headers"),
        (#"{"tokenPrefix":"a\nb"}"#, "tokenPrefix"), (#"{"clientAuthentication":"magic"}"#, "clientAuthentication"),
        (#"{"scopes":"openid"}"#, "scopes"),
    ])
    func refusesWhatCannotBe(text: String, field: String) throws {
        let fault = #expect(throws: FieldFault.self) { try Self.merge(text) }
        #expect(fault?.field == field)
    }

    @Test func takesServersOfOnesOwnNetwork() throws {
        #expect(try Self.merge(#"{"tokenUrl":"http://127.0.0.1:8080/token"}"#).tokenURL != nil)
        #expect(try Self.merge(#"{"tokenUrl":"https://auth.example.org/token"}"#).tokenURL != nil)
    }

    @Test func thePersonsWordReplacesTheCatalogues() throws {
        var catalog = RoutingFixture.catalog
        catalog.oauth["server"] = try Self.merge(
            #"{"tokenUrl":"https://auth.example.org/token","scopes":["a"],"provider":"openai"}"#)
        var configuration = RouterConfiguration()
        configuration.oauth["server"] = try Self.merge(#"{"clientId":"mine","clientSecret":"s3cret"}"#)
        let provider = try #require(configuration.oauthProvider("server", in: catalog))
        #expect(provider.clientID == "mine" && provider.scopes == ["a"] && provider.provider == "openai")
        #expect(provider.clientAuthentication == .post, "a client with a secret shows it")
        #expect(!"\(provider)\(configuration)".contains("s3cret"))
        #expect(configuration.oauthProvider("unknown", in: catalog) == nil)
    }

    @Test func showsNoSecret() throws {
        let registration = try Self.merge(#"{"clientId":"mine","clientSecret":"s3cret","tokenPrefix":"Token "}"#)
        var writer = JSONWriter()
        writer.beginObject()
        registration.writeMembers(into: &writer, showsSecret: false)
        writer.endObject()
        let text = String(decoding: writer.bytes, as: UTF8.self)
        #expect(text.contains(#""hasClientSecret":true"#) && !text.contains("s3cret"))
        #expect(text.contains(#""tokenPrefix":"Token ""#), "the space at its end counts")
    }
}
