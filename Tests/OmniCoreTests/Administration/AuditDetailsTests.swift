import OmniJSON
import Testing

@testable import OmniCore

/// What the audit log keeps of a body.
@Suite struct AuditDetailsTests {
    private static func kept(_ body: String) throws -> JSONValue {
        var writer = JSONWriter()
        AuditDetails.write(try JSONValue(parsing: Array(body.utf8)), into: &writer)
        return try JSONValue(parsing: writer.bytes)
    }

    @Test(arguments: [
        #"{"apiKey":"MARK"}"#, #"{"password":"MARK"}"#, #"{"a":{"clientSecret":"MARK"}}"#,
        #"{"list":[{"token":"MARK"}]}"#,
        #"{"headers":{"X-Own":"MARK"}}"#, #"{"credentials":{"value":["MARK"]}}"#, #"{"code":"MARK"}"#,
        #"{"pass_phrase":"MARK"}"#,
        #"{"url":"http://user:MARK@proxy.example:3128/path"}"#,
        #"{"url":"user:MARK@proxy.example:3128"}"#, #"{"url":"http://user:a/MARK@proxy.example"}"#,
        #"{"text":"Bearer MARK0123456789"}"#,
        #"{"text":"sk-MARK0123456789abcdef"}"#, #"{"refresh-token":12345,"idToken":"MARK"}"#,
    ])
    func keepsNoSecret(body: String) throws {
        let kept = try Self.kept(body)
        #expect(!String(decoding: kept.raw, as: UTF8.self).contains("MARK"))
        #expect(String(decoding: kept.raw, as: UTF8.self).contains("redacted"))
    }

    @Test func keepsWhatIsNoSecret() throws {
        let body =
            #"{"name":"laptop","priority":3,"isActive":false,"tags":["a","b"],"apiKey":null,"token":true,"o":{"n":1.50}}"#
        #expect(String(decoding: try Self.kept(body).raw, as: UTF8.self) == body)
    }

    /// Tests of combos and the like carry what a person asked.
    @Test(arguments: ["messages", "contents", "input", "body"])
    func keepsNoPrompt(name: String) throws {
        let kept = try Self.kept(#"{"model":"m","\#(name)":[{"role":"user","content":"MARK"}]}"#)
        #expect(String(decoding: kept.raw, as: UTF8.self) == #"{"model":"m","\#(name)":"[not kept]"}"#)
    }

    @Test func cutsWhatIsLong() throws {
        let kept = try Self.kept(
            #"{"text":"\#(String(repeating: "word ", count: 1000))","list":[\#(Array(repeating: "1", count: 500).joined(separator: ","))]}"#
        )
        #expect((kept["text"]?.string?.utf8.count ?? 0) < 320)
        #expect(kept["list"]?.elements.count(where: { _ in true }) == 60)
    }
}
