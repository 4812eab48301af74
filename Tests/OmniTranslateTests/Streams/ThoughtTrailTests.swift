import OmniJSON
import Testing

@testable import OmniTranslate

@Suite struct ThoughtTrailTests {
    private let state = OpaqueState(kind: .signature, origin: .anthropicMessages, payload: "Eabc")

    private func thought(_ text: JSONText) -> [StreamEvent] {
        [
            .blockStart(choice: 0, .reasoning), .reasoning(choice: 0, text), .state(choice: 0, state),
            .blockEnd(choice: 0),
        ]
    }

    private func call(_ id: JSONText, _ arguments: JSONText) -> [StreamEvent] {
        [
            .blockStart(choice: 0, .toolCall(id: id, name: "f", isCustom: false)),
            .arguments(choice: 0, arguments), .blockEnd(choice: 0),
        ]
    }

    private func trail(_ events: [StreamEvent]) -> ThoughtTrail {
        var trail = ThoughtTrail()
        for event in events { trail.add(event) }
        return trail
    }

    @Test func thoughtsGoWithTheCallTheyLedTo() {
        let events =
            thought("one") + thought("two") + call("a", "{}") + call("b", "{}") + thought("three") + call("c", "{}")
        let entries = trail(events).entries
        #expect(entries.map(\.call.id) == ["a", "c"])
        #expect(entries.map { $0.thoughts.map(\.text) } == [["one", "two"], ["three"]])
        #expect(entries.allSatisfy { $0.thoughts.allSatisfy { $0.state?.payload == "Eabc" } })
    }

    @Test func withoutStateThereIsNothingToRemember() {
        let events: [StreamEvent] =
            [.blockStart(choice: 0, .reasoning), .reasoning(choice: 0, "hm"), .blockEnd(choice: 0)] + call("a", "{}")
        #expect(trail(events).entries.isEmpty)
    }

    @Test func aCallIsKnownByWhatItSays() throws {
        let asSent = ToolCall(id: "a", name: "f", arguments: .string(#"{"city":"R\u00f6m","n":1.0}"#))
        let kept = try JSONValue(parsing: Array(#"{ "city": "Röm", "n": 1.0 }"#.utf8))
        #expect(asSent.fingerprint == ToolCall(id: "b", name: "f", arguments: .value(kept)).fingerprint)
        let other = try JSONValue(parsing: Array(#"{"city":"Rom","n":1.0}"#.utf8))
        #expect(asSent.fingerprint != ToolCall(id: "a", name: "f", arguments: .value(other)).fingerprint)
        #expect(asSent.fingerprint != ToolCall(id: "a", name: "g", arguments: .value(kept)).fingerprint)
    }

    @Test func restoredThoughtsStandBeforeTheirCalls() {
        let calls = ["a", "b", "c"].map { ToolCall(id: $0, name: "f", arguments: .string("{}")) }
        var request = CanonicalRequest(origin: .openAIChat, model: "m")
        request.messages = [
            Message(
                role: .assistant,
                parts: [.reasoning(ReasoningPart(text: "words")), .text(TextPart("Look."))] + calls.map(Part.toolCall))
        ]
        let state = state
        request.restoreThoughts { call in
            call.id == "b" ? [] : [ReasoningPart(text: call.id, state: state)]
        }
        let kinds = request.messages[0].parts.map { part -> String in
            switch part {
            case .reasoning(let thought): "thought of \(thought.text.string)"
            case .text: "text"
            case .toolCall(let call): call.id.string
            default: "other"
            }
        }
        #expect(kinds == ["thought of a", "text", "a", "b", "thought of c", "c"])
    }

    @Test func whoSendsStateNeedsNoMemory() {
        var request = CanonicalRequest(origin: .openAIChat, model: "m")
        request.messages = [
            Message(
                role: .assistant,
                parts: [
                    .reasoning(ReasoningPart(text: "sent", state: state)),
                    .toolCall(ToolCall(id: "a", name: "f", arguments: .string("{}"))),
                ])
        ]
        let state = state
        request.restoreThoughts { _ in [ReasoningPart(text: "remembered", state: state)] }
        #expect(request.messages[0].parts.count == 2)
    }
}
