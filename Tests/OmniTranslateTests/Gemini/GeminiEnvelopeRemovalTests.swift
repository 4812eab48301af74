import OmniJSON
import Testing

@testable import OmniTranslate

/// Requests of Gemini clients that go to Google as they are, but for what another vendor's model left in them.
@Suite struct GeminiEnvelopeRemovalTests {
    private let token = OpaqueState(kind: .signature, origin: .anthropicMessages, payload: "EqoBsig").geminiToken.string

    private func patched(_ parts: String, model: String = "gemini-3-flash-preview") throws -> String {
        let body =
            #"{"contents":[{"role":"user","parts":[{"text":"hi"}]},{"role":"model","parts":[\#(parts)]}],"x":1.0}"#
        let value = try JSONValue(parsing: Array(body.utf8))
        var patch = JSONPatch(value)
        EnvelopeRemoval.removeFromGemini(value, model: model, patch: &patch)
        let result = try JSONValue(parsing: patch.applied())
        #expect(result["x"]?.rawText == "1.0")
        return try #require(result.value(at: "contents.1.parts")).rawText
    }

    @Test func nothingForeignNothingChanged() throws {
        let parts =
            #"{"text": "a","thought":true},{"functionCall":{"name":"f"},"thoughtSignature":"c2ln"},{"functionCall":{"name":"g"}}"#
        #expect(try patched(parts) == "[\(parts)]")
    }

    @Test("a thought in an envelope goes, its call stays with the sentinel")
    func thoughts() throws {
        let parts =
            #"{"text":"a","thought":true,"thoughtSignature":"\#(token)"},{"functionCall":{"name":"f"}},{"functionCall":{"name":"g"}}"#
        #expect(
            try patched(parts)
                == #"[{"functionCall":{"name":"f"},"thoughtSignature":"skip_thought_signature_validator"},{"functionCall":{"name":"g"}}]"#
        )
        #expect(
            try patched(parts, model: "gemini-2.5-pro")
                == #"[{"functionCall":{"name":"f"}},{"functionCall":{"name":"g"}}]"#)
    }

    @Test("an envelope on a call goes, in either spelling", arguments: ["thoughtSignature", "thought_signature"])
    func calls(name: String) throws {
        let parts = #"{"functionCall":{"name":"f"},"\#(name)":"\#(token)"}"#
        #expect(try patched(parts, model: "gemini-2.5-pro") == #"[{"functionCall":{"name":"f"}}]"#)
        #expect(try patched(parts).contains("skip_thought_signature_validator"))
    }

    @Test("a turn of nothing else is still a turn")
    func empty() throws {
        #expect(
            try patched(#"{"text":"","thought":true,"thoughtSignature":"\#(token)"}"#) == #"[{"text":"(no content)"}]"#)
    }
}
