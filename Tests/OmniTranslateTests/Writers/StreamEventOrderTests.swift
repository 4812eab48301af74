import OmniJSON
import Testing

@testable import OmniTranslate

/// What the canonical grammar makes of events that are out of order.
@Suite struct StreamEventOrderTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let events: [StreamEvent]
        let legal: [String]

        init(_ name: String, _ events: [StreamEvent], _ legal: [String]) {
            testDescription = name
            self.events = events
            self.legal = legal
        }
    }

    private static let start = StreamEvent.start(id: "1", model: nil, created: nil)
    private static let call = StreamEvent.blockStart(choice: 0, .toolCall(id: "c", name: "t", isCustom: false))
    private static let stop = StreamEvent.finish(choice: 0, Finish(.length))

    static let cases = [
        Case(
            "a legal answer is as it was",
            [start, .blockStart(choice: 0, .text), .text(choice: 0, "a"), .blockEnd(choice: 0), stop, .end],
            ["start", "begin text", "text a", "blockEnd", "finish length", "end"]),
        Case("nothing but an end", [.end], ["start", "finish stop", "end"]),
        Case(
            "no start", [.text(choice: 0, "a"), stop, .end],
            ["start", "begin text", "text a", "blockEnd", "finish length", "end"]),
        Case("two starts", [start, start, .end], ["start", "finish stop", "end"]),
        Case(
            "words of another kind than the open block's",
            [
                start, .blockStart(choice: 0, .reasoning), .text(choice: 0, "a"), .refusal(choice: 0, "b"),
                .reasoning(choice: 0, "c"), stop,
            ],
            [
                "start", "begin reasoning", "blockEnd", "begin text", "text a", "blockEnd", "begin refusal",
                "refusal b", "blockEnd",
                "begin reasoning", "reasoning c", "blockEnd", "finish length",
            ]),
        Case("arguments of no call", [start, .arguments(choice: 0, "{}"), stop], ["start", "finish length"]),
        Case(
            "a call that does not end, and no finish", [start, call, .arguments(choice: 0, "{}"), .end],
            ["start", "begin call", "arguments {}", "blockEnd", "finish toolUse", "end"]),
        Case(
            "a finish twice, and words behind it", [start, stop, stop, .text(choice: 0, "a"), call, .end],
            ["start", "finish length", "end"]),
        Case(
            "anything after the end",
            [
                start, stop, .end, .end, start, .text(choice: 0, "a"), .ping,
                .error(UpstreamFault(.upstream, message: "")),
            ],
            ["start", "finish length", "end"]),
        Case(
            "anything after an error",
            [.error(UpstreamFault(.upstream, message: "")), .end, .error(UpstreamFault(.upstream, message: ""))],
            ["error"]),
        Case("an end of no block", [start, .blockEnd(choice: 0), .end], ["start", "finish stop", "end"]),
        Case(
            "choices that cannot be", [start, .text(choice: -1, "a"), .finish(choice: Int.min, Finish(.stop)), stop],
            ["start", "finish length"]),
        Case(
            "a choice that never finishes", [start, .text(choice: 3, "a"), stop, .end],
            ["start", "begin text", "text a", "finish length", "blockEnd", "finish stop", "end"]),
        Case(
            "an empty token",
            [start, .state(choice: 0, OpaqueState(kind: .signature, origin: .gemini, payload: "")), stop],
            ["start", "finish length"]),
    ]

    @Test(arguments: cases)
    func makesEventsLegal(sample: Case) {
        var order = StreamEventOrder()
        var legal: [StreamEvent] = []
        for event in sample.events {
            switch order.admit(event) {
            case .illegal: break
            case .legal: legal.append(event)
            case .after(let repairs): legal += repairs + [event]
            }
        }
        #expect(legal.map(Self.name) == sample.legal)
    }

    private static func name(_ event: StreamEvent) -> String {
        switch event {
        case .start: "start"
        case .blockStart(_, .text): "begin text"
        case .blockStart(_, .reasoning): "begin reasoning"
        case .blockStart(_, .refusal): "begin refusal"
        case .blockStart(_, .toolCall): "begin call"
        case .blockStart(_, .unknown): "begin unknown"
        case .text(_, let text): "text \(text.string)"
        case .reasoning(_, let text): "reasoning \(text.string)"
        case .refusal(_, let text): "refusal \(text.string)"
        case .arguments(_, let text): "arguments \(text.string)"
        case .state: "state"
        case .citation: "citation"
        case .blockEnd: "blockEnd"
        case .hostedCall: "hosted call"
        case .logprobs: "logprobs"
        case .finish(_, let finish): "finish \(finish.reason.rawValue)"
        case .usage: "usage"
        case .serviceTier: "tier"
        case .systemFingerprint: "fingerprint"
        case .ping: "ping"
        case .end: "end"
        case .error: "error"
        }
    }
}
