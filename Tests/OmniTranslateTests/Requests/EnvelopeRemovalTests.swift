import OmniJSON
import Testing

@testable import OmniTranslate

@Suite struct EnvelopeRemovalTests {
    private func removed(_ body: String) throws -> String {
        let value = try JSONValue(parsing: Array(body.utf8))
        var patch = JSONPatch(value)
        EnvelopeRemoval.remove(from: value, patch: &patch)
        return String(decoding: patch.applied(), as: UTF8.self)
    }

    @Test("C107 envelopes go, the call beside them and every other byte stays")
    func keepsTheSiblings() throws {
        let before =
            #"{"messages":[ {"role":"assistant","content":[{"type":"thinking","thinking":"x","signature":"rtr1.abc"}, {"type":"tool_use","id":"t1","name":"f","input":{"n":1.0}}]}, {"role":"user","content":"rtr1. is fine here"}]}"#
        let after =
            #"{"messages":[ {"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"f","input":{"n":1.0}}]}, {"role":"user","content":"rtr1. is fine here"}]}"#
        #expect(try removed(before) == after)
    }

    @Test func aTurnOfEnvelopesOnlyKeepsItsPlace() throws {
        let before = #"{"messages":[{"role":"assistant","content":[{"type":"redacted_thinking","data":"rtr1.abc"}]}]}"#
        #expect(try removed(before).contains(#""content":[{"type":"text","text":"(no content)"}]"#))
    }

    @Test func vendorsOwnTokensAreNotTouched() throws {
        let body =
            #"{"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"","signature":"EqQB"}]}]}"#
        #expect(try removed(body) == body)
    }
}
