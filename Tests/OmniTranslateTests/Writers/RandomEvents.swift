import OmniJSON
import TestSupport

@testable import OmniTranslate

/// Made-up stream events: legal ones, and what no decoder should ever send.
///
/// The same seed gives the same events.
struct RandomEvents {
    private var random: SeededNumbers
    var callCount = 0

    /// - Parameters:
    ///   - seed: told when something fails.
    ///   - isLegal: whether the order is that of ``StreamEvent``; else a few events are missing, doubled, moved or put in.
    static func sequence(seed: UInt64, isLegal: Bool) -> [StreamEvent] {
        var source = RandomEvents(random: SeededNumbers(seed: seed))
        let events = source.legal()
        return isLegal ? events : source.disordered(events)
    }

    // MARK: Legal sequences

    private mutating func legal() -> [StreamEvent] {
        var events: [StreamEvent] = [
            .start(
                id: pick(["chatcmpl-1", "msg_1", "resp_1", "é\\\"", nil]), model: "m",
                created: pick([1_790_000_000, nil]))
        ]
        let choices = pick([[0], [0], [0], [0, 1], [0, 1, 2], [2, 0]])
        // Choices come interleaved, each in its own order.
        var rest: [[StreamEvent]] = []
        for choice in choices {
            var own: [StreamEvent] = []
            for _ in 0..<number(0...4) { own += block(choice: choice) }
            rest.append(own + [.finish(choice: choice, finish())])
        }
        while let slot = rest.indices.filter({ !rest[$0].isEmpty }).randomElement(using: &random) {
            for _ in 0..<min(number(1...4), rest[slot].count) { events.append(rest[slot].removeFirst()) }
            if oneIn(12) { events.append(.ping) }
            if oneIn(12) { events.append(.usage(usage())) }
        }
        if oneIn(2) { events.append(.usage(usage())) }
        if oneIn(6) { return Array(events.prefix(number(0...events.count))) + [.error(fault())] }
        return events + [.end]
    }

    private mutating func block(choice: Int) -> [StreamEvent] {
        var events: [StreamEvent] = []
        switch number(0...8) {
        case 7: return [.hostedCall(choice: choice, hostedCall())]
        case 8: return [.hostedCall(choice: choice, nativeCall())]
        case 0, 1:
            events.append(.blockStart(choice: choice, .text))
            for _ in 0..<number(0...4) {
                events.append(.text(choice: choice, words()))
                if oneIn(5) { events.append(.citation(choice: choice, citation())) }
                if oneIn(5) { events.append(.logprobs(choice: choice, logprobs())) }
            }
        case 2:
            events.append(.blockStart(choice: choice, .refusal))
            for _ in 0..<number(0...2) { events.append(.refusal(choice: choice, words())) }
        case 3, 4:
            events.append(.blockStart(choice: choice, .reasoning))
            for _ in 0..<number(0...3) {
                if oneIn(4) { events.append(.state(choice: choice, state())) }
                events.append(.reasoning(choice: choice, words()))
            }
            if oneIn(2) { events.append(.state(choice: choice, state())) }
        case 5:
            events += call(choice: choice)
        default:
            if oneIn(2) { events += call(choice: choice) + [.blockEnd(choice: choice)] }
            events.append(.blockStart(choice: choice, .unknown(unknown())))
        }
        return events + [.blockEnd(choice: choice)]
    }

    private mutating func call(choice: Int) -> [StreamEvent] {
        callCount += 1
        let isCustom = oneIn(4)
        let name: JSONText = pick(["t", "get_weather", "a.b", "é"])
        let start = StreamEvent.Block.toolCall(id: JSONText("call_\(callCount)"), name: name, isCustom: isCustom)
        let arguments: [JSONText] = pick([
            [], [""], ["{}"], [#"{"a""#, ":1", "}"], ["{\n  \"a\": [\n1.0\n]\r\n}"], ["{\"é😀", "\":\"\\n\"}"],
            ["not", " json"], ["[1]"],
            ["  "], ["null"], ["", "{\"s\":\"data: x\\n\\n\"}", ""],
        ])
        return [.blockStart(choice: choice, start)]
            + (isCustom ? [words(), words()] : arguments).map { .arguments(choice: choice, $0) }
    }

    // MARK: Disorder

    private mutating func disordered(_ legal: [StreamEvent]) -> [StreamEvent] {
        var events = legal
        for _ in 0..<number(1...4) {
            let position = number(0...max(0, events.count - 1))
            let other = number(0...max(0, events.count - 1))
            switch number(0...5) {
            case 0 where events.count > 1: events.remove(at: position)
            case 1: events.insert(events[position], at: other)
            case 2: events.swapAt(position, other)
            default: events.insert(anything(), at: position)
            }
        }
        return events
    }

    private mutating func anything() -> StreamEvent {
        let choice = pick([0, 0, 0, 0, 1, 7, -1, Int.min])
        switch number(0...14) {
        case 0: return .start(id: "again", model: nil, created: nil)
        case 1: return .blockStart(choice: choice, pick([.text, .reasoning, .refusal, .unknown(unknown())]))
        case 2: return call(choice: choice)[0]
        case 3: return .text(choice: choice, words())
        case 4: return .reasoning(choice: choice, words())
        case 5: return .refusal(choice: choice, words())
        case 6: return .arguments(choice: choice, words())
        case 7: return .state(choice: choice, state())
        case 8: return .citation(choice: choice, citation())
        case 9: return .logprobs(choice: choice, logprobs())
        case 10: return .blockEnd(choice: choice)
        case 11: return .finish(choice: choice, finish())
        case 12: return pick([.usage(usage()), .ping])
        case 13: return .hostedCall(choice: choice, oneIn(2) ? hostedCall() : nativeCall())
        default: return pick([.end, .error(fault())])
        }
    }

    // MARK: What events hold

    mutating func words() -> JSONText {
        // Escaped as clients may find them: written out, escaped, halves of pairs, and what could break a frame.
        let spelled: [StaticString] = [
            "", "", "a", "Hello ", "é", "😀", "\\ud83d\\ude00", "\\ud83dx", "\\u0000\\u001f", "\\n\\r\\t", "\\\"\\\\\\/",
            "data: x\\n\\n",
            "[DONE]", "\u{2028}\u{85}", " ", "\\u00e9", "<think>", "]}",
        ]
        let text = JSONText(escaped: Array(pick(spelled).withUTF8Buffer { Array($0) })[...])
        return oneIn(40) ? JSONText(String(repeating: "long é ", count: 400)) : text
    }

    private mutating func citation() -> JSONValue {
        value(
            pick([
                #"{"type":"url_citation","url_citation":{"start_index":0,"end_index":1,"title":"T","url":"https://e.example"}}"#,
                "{\"type\": \"url_citation\",\n\"url_citation\": {\"url\": \"https://e.example\",\r\n\"start_index\": 5, \"end_index\": 99999}}",
                #"{"type":"web_search_result_location","url":"https://e.example/é","title":null,"encrypted_index":"x"}"#,
                "{\"type\":\"file_citation\",\n\"file_id\":\"f\"}",
                #"{"type":"url_citation","url_citation":{"start_index":-3}}"#,
                "{}", "[]", "7", "null", "\"x\"",
            ]))
    }

    private mutating func logprobs() -> JSONValue {
        value(
            pick([
                #"{"content":[{"token":"a","logprob":-1.50,"bytes":[97],"top_logprobs":[]}],"refusal":null}"#,
                "{\"content\":[\n{\"token\":\"é\",\r\n\"logprob\":0,\"bytes\":null,\"top_logprobs\":[{\"token\":\"b\",\"logprob\":-2,\"bytes\":[98]}]}\n]}",
                "{}", #"{"content":null}"#, "[]", "null", "5",
            ]))
    }

    private mutating func unknown() -> UnknownPart {
        pick([
            UnknownPart(
                type: "server_tool_use", origin: .anthropicMessages, raw: value(#"{"type":"server_tool_use"}"#)),
            UnknownPart(
                type: "executableCode", origin: .gemini, raw: value("{\n  \"executableCode\": {\r\n\"code\": \"1\"}\n}")
            ),
            UnknownPart(type: "é, \\n", origin: .openAIResponses, raw: value("{}")),
        ])
    }

    private mutating func state() -> OpaqueState {
        OpaqueState(
            kind: pick([.signature, .redacted, .encrypted, .thoughtSignature]), origin: pick(WireFormat.allCases),
            provider: pick([nil, "acme"]), model: pick([nil, "m\"é"]), itemID: pick([nil, "rs_1", "text"]),
            payload: pick(["EqAB", "c2lnbmF0dXJl", "x\\n\\\"", ""]))
    }

    private mutating func finish() -> Finish {
        Finish(
            pick([
                .stop, .stopSequence, .toolUse, .length, .contextFull, .contentFilter, .refusal, .pause, .malformedTool,
                .unknown,
            ]), stopSequence: pick([nil, nil, "", "END\\n"]))
    }

    private mutating func usage() -> Usage {
        var usage = Usage()
        usage.input = number(0...9)
        usage.cacheRead = number(0...3)
        usage.cacheWrite = number(0...3)
        usage.output = number(0...100)
        usage.reasoning = number(0...9)
        return usage
    }

    private mutating func fault() -> UpstreamFault {
        UpstreamFault(
            pick(UpstreamFault.Kind.allCases), message: pick(["busy", "", "a\nb\r\n\n\"é\u{0}"]),
            code: pick([nil, "code\n"]), parameter: pick([nil, "messages[0]"]))
    }

    // MARK: Dice

    func value(_ text: String) -> JSONValue {
        guard let value = try? JSONValue(parsing: Array(text.utf8)) else { preconditionFailure("written above") }
        return value
    }

    private mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    mutating func oneIn(_ count: Int) -> Bool { number(1...count) == 1 }

    mutating func pick<Value>(_ values: [Value]) -> Value { values[number(0...values.count - 1)] }
}
