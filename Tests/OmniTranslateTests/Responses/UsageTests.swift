import OmniJSON
import Testing

@testable import OmniTranslate

/// Token counts: five disjoint ones inside, each dialect's sums outside.
@Suite struct UsageTests {
    struct Counts: Sendable, Equatable {
        var input = 0
        var read = 0
        var write = 0
        var oneHour = 0
        var output = 0
        var reasoning = 0
    }

    struct Reading: Sendable, CustomTestStringConvertible {
        let name: String
        let usage: String
        let counts: Counts

        var testDescription: String { name }
    }

    private func counts(_ usage: Usage?) -> Counts? {
        usage.map {
            Counts(
                input: $0.input, read: $0.cacheRead, write: $0.cacheWrite, oneHour: $0.cacheWriteOneHour,
                output: $0.output,
                reasoning: $0.reasoning)
        }
    }

    private func parse(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }

    static let chat = [
        Reading(
            name: "plain", usage: #"{"prompt_tokens":8,"completion_tokens":2,"total_tokens":10}"#,
            counts: Counts(input: 8, output: 2)),
        Reading(
            name: "C167 cached tokens are inside prompt_tokens",
            usage:
                #"{"prompt_tokens":120,"completion_tokens":60,"prompt_tokens_details":{"cached_tokens":64},"completion_tokens_details":{"reasoning_tokens":40}}"#,
            counts: Counts(input: 56, read: 64, output: 20, reasoning: 40)),
        Reading(
            name: "C168 cache writes are inside prompt_tokens",
            usage:
                #"{"prompt_tokens":120,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":64,"cache_write_tokens":32}}"#,
            counts: Counts(input: 24, read: 64, write: 32, output: 1)),
        Reading(
            name: "C167 more cached than there is cannot make the rest negative",
            usage:
                #"{"prompt_tokens":10,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":64,"cache_write_tokens":32}}"#,
            counts: Counts(read: 10, output: 1)),
        Reading(
            name: "more reasoning than output",
            usage: #"{"prompt_tokens":1,"completion_tokens":5,"completion_tokens_details":{"reasoning_tokens":9}}"#,
            counts: Counts(input: 1, reasoning: 5)),
        Reading(
            name: "reasoning beside the output, as the total shows",
            usage:
                #"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":24,"completion_tokens_details":{"reasoning_tokens":9}}"#,
            counts: Counts(input: 10, output: 5, reasoning: 9)),
        Reading(
            name: "a top-level cache count",
            usage: #"{"prompt_tokens":10,"completion_tokens":1,"prompt_cache_hit_tokens":4}"#,
            counts: Counts(input: 6, read: 4, output: 1)),
        Reading(
            name: "null details",
            usage:
                #"{"prompt_tokens":10,"completion_tokens":1,"prompt_tokens_details":null,"completion_tokens_details":null}"#,
            counts: Counts(input: 10, output: 1)),
        Reading(
            name: "whole numbers written as decimals", usage: #"{"prompt_tokens":10.0,"completion_tokens":1e1}"#,
            counts: Counts(input: 10, output: 10)),
        Reading(
            name: "negative counts are none", usage: #"{"prompt_tokens":-5,"completion_tokens":3}"#,
            counts: Counts(output: 3)),
        Reading(name: "only one side", usage: #"{"completion_tokens":3}"#, counts: Counts(output: 3)),
    ]

    static let anthropic = [
        Reading(name: "plain", usage: #"{"input_tokens":8,"output_tokens":2}"#, counts: Counts(input: 8, output: 2)),
        Reading(
            name: "C166 the cache is beside input_tokens, thinking inside output_tokens",
            usage:
                #"{"input_tokens":24,"cache_read_input_tokens":64,"cache_creation_input_tokens":32,"cache_creation":{"ephemeral_5m_input_tokens":2,"ephemeral_1h_input_tokens":30},"output_tokens":60,"output_tokens_details":{"thinking_tokens":40}}"#,
            counts: Counts(input: 24, read: 64, write: 32, oneHour: 30, output: 20, reasoning: 40)),
        Reading(
            name: "nulls",
            usage:
                #"{"input_tokens":8,"cache_read_input_tokens":null,"cache_creation":null,"output_tokens":2,"output_tokens_details":null}"#,
            counts: Counts(input: 8, output: 2)),
        Reading(
            name: "C170 compaction is left out at the top and added",
            usage:
                #"{"input_tokens":10,"output_tokens":5,"iterations":[{"type":"compaction","input_tokens":100,"output_tokens":20,"cache_read_input_tokens":7},{"type":"message","input_tokens":10,"output_tokens":5}]}"#,
            counts: Counts(input: 110, read: 7, output: 25)),
        Reading(
            name: "C170 with a fallback the top is complete; what an advisor used is billed apart",
            usage:
                #"{"input_tokens":10,"output_tokens":5,"iterations":[{"type":"compaction","input_tokens":100,"output_tokens":20},{"type":"fallback_message","input_tokens":10,"output_tokens":5},{"type":"advisor_message","input_tokens":50,"output_tokens":50}]}"#,
            counts: Counts(input: 10, output: 5)),
    ]

    @Test(arguments: chat)
    func readsChat(reading: Reading) throws {
        let body = try parse("{\"usage\":\(reading.usage)}")
        #expect(counts(OpenAIChatUsage.decode(body["usage"])) == reading.counts)
        #expect(counts(Translator.usage(in: body, of: .openAIChat)) == reading.counts)
    }

    @Test(arguments: anthropic)
    func readsAnthropic(reading: Reading) throws {
        let body = try parse("{\"usage\":\(reading.usage)}")
        #expect(counts(AnthropicUsage.decode(body["usage"])) == reading.counts)
        #expect(counts(Translator.usage(in: body, of: .anthropicMessages)) == reading.counts)
    }

    @Test(arguments: chat)
    func chatIsSaidExactlyInAnthropic(reading: Reading) throws {
        let usage = try #require(
            ResponseTranslation.chat(message: #"{"content":"x"}"#, usage: reading.usage).body["usage"])
        let counts = reading.counts
        #expect(usage["input_tokens"]?.int == counts.input && usage["cache_read_input_tokens"]?.int == counts.read)
        #expect(
            usage["cache_creation_input_tokens"]?.int == counts.write
                && usage["output_tokens"]?.int == counts.output + counts.reasoning)
        #expect(
            usage["output_tokens_details"]?["thinking_tokens"]?.int == (counts.reasoning > 0 ? counts.reasoning : nil))
        #expect(self.counts(AnthropicUsage.decode(usage)) == counts)
    }

    @Test(arguments: anthropic)
    func anthropicIsSaidExactlyInChat(reading: Reading) throws {
        let usage = try #require(ResponseTranslation.anthropic(content: "[]", usage: reading.usage).body["usage"])
        let counts = reading.counts
        let prompt = counts.input + counts.read + counts.write
        let completion = counts.output + counts.reasoning
        #expect(usage["prompt_tokens"]?.int == prompt && usage["completion_tokens"]?.int == completion)
        #expect(usage["total_tokens"]?.int == prompt + completion)
        #expect(usage["prompt_tokens_details"]?["cached_tokens"]?.int == counts.read)
        #expect(usage["completion_tokens_details"]?["reasoning_tokens"]?.int == counts.reasoning)
        var expected = counts
        // Chat does not tell how long a cache entry lives.
        expected.oneHour = 0
        #expect(self.counts(OpenAIChatUsage.decode(usage)) == expected)
    }

    @Test(arguments: ["null", "{}", "[]", "7", #"{"total_tokens":9}"#])
    func whatGivesNoCountIsUnknown(usage: String) throws {
        let value = try parse(usage)
        #expect(OpenAIChatUsage.decode(value) == nil && AnthropicUsage.decode(value) == nil)
        #expect(OpenAIChatUsage.decode(nil) == nil && AnthropicUsage.decode(nil) == nil)
    }

    @Test("unknown usage is left out of chat, and zero with a report where the schema demands it")
    func unknownUsage() throws {
        let chat = try ResponseTranslation(#"{"content":[],"stop_reason":"end_turn"}"#, from: .anthropicMessages)
        #expect(chat.body["usage"] == nil && chat.usage == nil)
        let anthropic = try ResponseTranslation(
            #"{"choices":[{"message":{"content":"x"},"finish_reason":"stop"}]}"#, from: .openAIChat)
        #expect(
            anthropic.body["usage"]?["input_tokens"]?.int == 0 && anthropic.usage == nil
                && anthropic.losses == ["usage"])
    }

    @Test func hostileCountsDoNotOverflow() throws {
        let huge = "9223372036854775807"
        let chat = try parse(
            #"{"prompt_tokens":\#(huge),"completion_tokens":\#(huge),"total_tokens":\#(huge),"completion_tokens_details":{"reasoning_tokens":\#(huge)}}"#
        )
        #expect(OpenAIChatUsage.decode(chat).map { $0.totalInput + $0.totalOutput > 0 } == true)
        let iteration = #"{"type":"compaction","input_tokens":\#(huge),"output_tokens":\#(huge)}"#
        let list = Array(repeating: iteration, count: 1000).joined(separator: ",")
        let anthropic = try parse(
            #"{"input_tokens":\#(huge),"cache_read_input_tokens":\#(huge),"output_tokens":\#(huge),"iterations":[\#(list)]}"#
        )
        #expect(AnthropicUsage.decode(anthropic).map { $0.totalInput + $0.totalOutput > 0 } == true)
    }
}
