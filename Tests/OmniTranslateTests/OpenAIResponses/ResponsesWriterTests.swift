import OmniJSON
import TestSupport
import Testing

@testable import OmniTranslate

/// The stream writer can emit nothing its grammar does not allow, and says the same as the writer of whole answers.
@Suite struct ResponsesWriterTests {
    static let upstreams: [(WireFormat, String)] = [
        (.openAIChat, "stream.minimal.sse"), (.openAIChat, "stream.rich.sse"),
        (.anthropicMessages, "stream.minimal.sse"), (.anthropicMessages, "stream.rich.sse"),
    ]

    @Test("C073 C074 C075 samples of other dialects become legal streams", arguments: upstreams)
    func samples(upstream: WireFormat, name: String) throws {
        let run = PairRun(try StreamSample.bytes(name, of: upstream), from: upstream, to: .openAIResponses)
        let grammar = ResponsesGrammar(run)
        #expect(grammar.problems == [] && grammar.ending == "response.completed" && !grammar.items.isEmpty)
        #expect(grammar.response?["usage"]?["output_tokens_details"]?["reasoning_tokens"] != nil)
        #expect(grammar.response?["usage"]?["input_tokens_details"]?["cached_tokens"] != nil)
    }

    /// A made-up answer as parts, and as the stream events that bring it in pieces.
    private func answer(_ seed: UInt64) throws -> (parts: [Part], finish: Finish, events: [StreamEvent]) {
        var random = SeededNumbers(seed: seed)
        var parts: [Part] = []
        var events: [StreamEvent] = [.start(id: "chatcmpl-1", model: "m", created: 1_790_000_000)]
        let citation = try JSONValue(parsing: Array(#"{"type":"x","url":"https://e.example","title":"T"}"#.utf8))
        for index in 0..<Int.random(in: 0...6, using: &random) {
            let pieces = (0..<Int.random(in: 0...3, using: &random)).map { JSONText("p\(index)é\\\"\($0) ") }
            let whole = pieces.reduce(JSONText.empty) { $0 + $1 }
            switch Int.random(in: 0...5, using: &random) {
            case 0, 1:
                let isCited = Bool.random(using: &random) && !pieces.isEmpty
                events.append(.blockStart(choice: 0, .text))
                if isCited { events.append(.citation(choice: 0, citation)) }
                events += pieces.map { .text(choice: 0, $0) }
                var text = TextPart(whole)
                if isCited { text.citations = try JSONValue(parsing: Array("[\(citation.rawText)]".utf8)) }
                parts.append(.text(text))
            case 2:
                events.append(.blockStart(choice: 0, .refusal))
                events += pieces.map { .refusal(choice: 0, $0) }
                parts.append(.refusal(whole))
            case 3:
                let state = OpaqueState(kind: .signature, origin: .anthropicMessages, payload: JSONText("Eq\(index)"))
                let isSigned = Bool.random(using: &random)
                events.append(.blockStart(choice: 0, .reasoning))
                events += pieces.map { .reasoning(choice: 0, $0) }
                if isSigned { events.append(.state(choice: 0, state)) }
                parts.append(.reasoning(ReasoningPart(text: whole, state: isSigned ? state : nil)))
            default:
                let isCustom = Bool.random(using: &random)
                events.append(
                    .blockStart(choice: 0, .toolCall(id: JSONText("c\(index)"), name: "t", isCustom: isCustom)))
                events += pieces.map { .arguments(choice: 0, $0) }
                parts.append(
                    .toolCall(
                        ToolCall(id: JSONText("c\(index)"), name: "t", arguments: .string(whole), isCustom: isCustom)))
            }
            events.append(.blockEnd(choice: 0))
            if Bool.random(using: &random) { events.append(.ping) }
        }
        let reasons: [Finish.Reason] = [.stop, .toolUse, .length, .contentFilter, .refusal, .pause, .malformedTool]
        let finish = Finish(reasons.randomElement(using: &random) ?? .stop)
        var usage = Usage()
        usage.input = 3
        return (parts, finish, events + [.finish(choice: 0, finish), .usage(usage), .end])
    }

    @Test func madeUpAnswersAreLegalAndTheSameWhole() throws {
        var kinds: Set<String> = []
        for seed in 0..<UInt64(120) {
            let (parts, finish, events) = try answer(seed)
            var encoder = OpenAIResponsesStreamEncoder(context: .sample())
            var output: [UInt8] = []
            for event in events { encoder.encode(event, into: &output) }
            let grammar = ResponsesGrammar(PairRun(written: output))
            #expect(grammar.problems == [], "seed \(seed)")
            var response = CanonicalResponse()
            response.id = "chatcmpl-1"
            response.created = 1_790_000_000
            response.usage = encoder.usage
            var choice = CanonicalResponse.Choice()
            choice.parts = parts
            choice.finish = finish
            response.choices = [choice]
            let whole = try OpenAIResponsesResponseEncoder.encode(response, context: .sample())
            #expect(grammar.response?.rawText == String(decoding: whole.body, as: UTF8.self), "seed \(seed)")
            #expect(
                encoder.report.losses.sorted { $0.field < $1.field }
                    == whole.report.losses.sorted { $0.field < $1.field })
            kinds.formUnion(grammar.items.compactMap { try? JSONValue(parsing: Array($0.utf8))["type"]?.string })
        }
        #expect(kinds == ["message", "reasoning", "function_call", "custom_tool_call"])
    }

    @Test("an error at any place ends a legal stream")
    func errorsAnywhere() throws {
        for seed in 0..<UInt64(12) {
            let events = try answer(seed).events
            for length in 0..<events.count {
                var encoder = OpenAIResponsesStreamEncoder(context: .sample())
                var output: [UInt8] = []
                for event in events[..<length] { encoder.encode(event, into: &output) }
                encoder.fail(UpstreamFault(.overloaded, message: "busy"), into: &output)
                encoder.fail(UpstreamFault(.overloaded, message: "again"), into: &output)
                let grammar = ResponsesGrammar(PairRun(written: output))
                #expect(grammar.problems == [])
                #expect(grammar.ending == "response.failed")
                #expect(grammar.response?["error"]?["message"]?.string == "busy")
            }
        }
    }

    @Test("C078 a fault amid the answer is an error event and a failed response")
    func errorInBand() throws {
        let run = PairRun(
            StreamSample.chat(
                StreamSample.delta(#"{"content":"Hel"}"#), #""error":{"message":"busy","code":"overloaded"}"#),
            from: .openAIChat, to: .openAIResponses)
        #expect(run.progress.failure?.kind == .overloaded && !run.progress.isComplete)
        let grammar = ResponsesGrammar(run)
        #expect(grammar.problems == [] && grammar.ending == "response.failed")
        #expect(try run.data("error").first?["message"]?.string == "busy")
        #expect(grammar.response?["error"]?.rawText == #"{"code":"server_error","message":"busy"}"#)
        // Agents shorten their history at this code.
        let full = PairRun(
            StreamSample.chat(
                StreamSample.delta(#"{"content":"Hel"}"#),
                #""error":{"message":"too long","code":"context_length_exceeded"}"#),
            from: .openAIChat, to: .openAIResponses)
        #expect(ResponsesGrammar(full).response?["error"]?["code"]?.string == "context_length_exceeded")
    }

    @Test("C052 C082 empty blocks do not show, a call without arguments has an object")
    func emptyBlocks() throws {
        let start = StreamSample.blockStart(0, #"{"type":"text","text":""}"#)
        let call = StreamSample.blockStart(1, #"{"type":"tool_use","id":"c1","name":"t","input":{}}"#)
        let run = PairRun(
            StreamSample.anthropic(
                StreamSample.messageStart, start, StreamSample.blockStop(0), call, StreamSample.blockStop(1),
                StreamSample.messageDelta("tool_use"), StreamSample.messageStop), from: .anthropicMessages,
            to: .openAIResponses)
        let grammar = ResponsesGrammar(run)
        #expect(grammar.problems == [] && grammar.items.count == 1)
        #expect(grammar.items[0].contains(#""arguments":"{}""#))
    }

    @Test("C054 an answer cut short is incomplete, and so is the item it was cut in")
    func cutShort() throws {
        let run = PairRun(
            StreamSample.chat(StreamSample.delta(#"{"content":"Hel"}"#), StreamSample.delta("{}", finish: "length"))
                + StreamSample.done, from: .openAIChat, to: .openAIResponses)
        let grammar = ResponsesGrammar(run)
        #expect(grammar.problems == [] && grammar.ending == "response.incomplete")
        #expect(grammar.response?["incomplete_details"]?.rawText == #"{"reason":"max_output_tokens"}"#)
        #expect(grammar.items[0].contains(#""status":"incomplete""#))
        #expect(run.losses == ["usage"])
    }

    @Test func logprobsComeWithTheEndOfTheText() throws {
        let logprobs = #"{"token":"a","logprob":-1,"bytes":[97],"top_logprobs":[]}"#
        let run = PairRun(
            StreamSample.chat(
                #""choices":[{"index":0,"delta":{"content":"a"},"logprobs":{"content":[\#(logprobs)]}}]"#,
                #""choices":[{"index":0,"delta":{"content":"a"},"logprobs":{"content":[\#(logprobs)]}}]"#,
                StreamSample.delta("{}", finish: "stop")) + StreamSample.done, from: .openAIChat, to: .openAIResponses)
        #expect(ResponsesGrammar(run).problems == [])
        #expect(try run.data("response.output_text.done").first?["logprobs"]?.rawText == "[\(logprobs),\(logprobs)]")
    }
}
