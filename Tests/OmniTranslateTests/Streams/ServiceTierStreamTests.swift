import OmniJSON
import Testing

@testable import OmniTranslate

/// The tier an answer was served at, and what else its head says, survives streams and dialects (A.1.3, A.2.2, A.3.4).
@Suite struct ServiceTierStreamTests {
    private typealias Sample = StreamSample

    /// An answer of one text at a tier, as each dialect streams it.
    private static func stream(_ format: WireFormat, tier: String) -> String {
        switch format {
        case .openAIResponses:
            let item =
                #"{"id":"m","type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Hi","annotations":[]}]}"#
            return [
                #"{"type":"response.created","response":{"id":"r","created_at":1,"service_tier":"auto","output":[]}}"#,
                #"{"type":"response.output_item.done","output_index":0,"item":\#(item)}"#,
                #"{"type":"response.completed","response":{"id":"r","created_at":1,"status":"completed","service_tier":"\#(tier)","output":[\#(item)]}}"#,
            ].map { "data: \($0)\n\n" }.joined()
        case .anthropicMessages:
            let start =
                #"{"type":"message_start","message":{"id":"msg_01","model":"m","content":[],"usage":{"input_tokens":8,"output_tokens":1,"service_tier":"\#(tier)"}}}"#
            let text = Sample.textBlock(0, "Hi")
            return Sample.anthropic(
                start, text[0], text[1], text[2], Sample.messageDelta("end_turn"), Sample.messageStop)
        default:
            let head = #""service_tier":"\#(tier)","system_fingerprint":"fp_1","#
            return Sample.chat(
                head + Sample.delta(#"{"content":"H"}"#), head + Sample.delta(#"{"content":"i"}"#, finish: "stop"))
                + Sample.done
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let upstream: WireFormat
        let tier: String
        let client: WireFormat
        let expected: String?

        init(_ upstream: WireFormat, _ tier: String, _ client: WireFormat, _ expected: String?) {
            self.upstream = upstream
            self.tier = tier
            self.client = client
            self.expected = expected
        }

        var testDescription: String { "\(upstream.rawValue) \(tier) to \(client.rawValue)" }
    }

    static let cases = [
        Case(.openAIChat, "default", .openAIChat, "default"), Case(.openAIChat, "flex", .openAIResponses, "flex"),
        Case(.openAIChat, "default", .anthropicMessages, "standard"), Case(.openAIChat, "odd", .openAIResponses, nil),
        Case(.openAIChat, "priority", .anthropicMessages, "priority"),
        Case(.openAIChat, "flex", .anthropicMessages, nil),
        Case(.openAIResponses, "priority", .openAIChat, "priority"),
        Case(.openAIResponses, "default", .openAIResponses, "default"),
        Case(.openAIResponses, "default", .anthropicMessages, "standard"),
        Case(.anthropicMessages, "standard", .openAIChat, "default"),
        Case(.anthropicMessages, "priority", .openAIResponses, "priority"),
        Case(.anthropicMessages, "batch", .openAIChat, nil),
        Case(.anthropicMessages, "batch", .anthropicMessages, "batch"),
    ]

    @Test(arguments: cases)
    func aCollectedAnswerNamesItsTier(item: Case) throws {
        var collector = StreamCollector(from: item.upstream, to: item.client, context: .sample())
        _ = Array(Self.stream(item.upstream, tier: item.tier).utf8).withUnsafeBytes { collector.push($0) }
        let body = try JSONValue(parsing: collector.finish().body)
        let holder = item.client == .anthropicMessages ? body["usage"] : body
        #expect(holder?["service_tier"]?.string == item.expected)
        let isChat = item.upstream == .openAIChat && item.client == .openAIChat
        #expect(body["system_fingerprint"]?.string == (isChat ? "fp_1" : nil))
    }

    @Test(arguments: cases.filter { $0.upstream != $0.client })
    func aTranslatedStreamNamesItsTier(item: Case) throws {
        let context = TranslationContext.sample(includesStreamUsage: true)
        var translator = StreamTranslator(from: item.upstream, to: item.client, context: context)
        var output: [UInt8] = []
        _ = Array(Self.stream(item.upstream, tier: item.tier).utf8).withUnsafeBytes {
            translator.push($0, into: &output)
        }
        #expect(translator.finish(into: &output).failure == nil)
        let events = StreamRun.events(in: output).compactMap { event in
            event.data == "[DONE]" ? nil : Optional(event.data)
        }
        let bodies = try events.map { try JSONValue(parsing: Array($0.utf8)) }
        let tiers = bodies.compactMap { body -> String? in
            (body["response"] ?? body["message"]?["usage"] ?? body["usage"] ?? body)["service_tier"]?.string
                ?? body["service_tier"]?.string
        }
        #expect(Set(tiers) == Set(item.expected.map { [$0] } ?? []))
        // The last event that could tell it does: Anthropic's last but one, for the last is empty.
        let last = item.client == .anthropicMessages ? bodies.dropLast().last : bodies.last
        #expect(item.expected == nil || last?.rawText.contains("\"service_tier\":") == true)
    }
}
