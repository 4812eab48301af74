import OmniJSON
import Testing

@testable import OmniTranslate

/// What Anthropic clients see of a chat stream: blocks, their order, and the end.
@Suite struct ChatToAnthropicStreamTests {
    private typealias Sample = StreamSample

    private func run(_ chunks: String..., isDone: Bool = true, context: TranslationContext = .sample()) -> StreamRun {
        let text = chunks.map { Sample.chat($0) }.joined() + (isDone ? Sample.done : "")
        return StreamRun.translating(text, from: .openAIChat, context: context)
    }

    /// Every block as `type [extra] contents`, and the stop reason; checks the grammar on the way.
    private func facts(_ run: StreamRun, _ location: SourceLocation = #_sourceLocation) -> [String] {
        let message = MessageAccumulator.anthropic(run)
        #expect(message.faults == [], sourceLocation: location)
        #expect(run.ending == .complete && run.endCount == 1, sourceLocation: location)
        return message.lines.dropLast() + [message.lines.last.map { String($0.prefix { $0 != "{" }) } ?? ""]
    }

    private let role = Sample.delta(#"{"role":"assistant","content":""}"#)
    private let stop = Sample.delta("{}", finish: "stop")
    private let callA = Sample.call(
        #"{"index":0,"id":"call_a","type":"function","function":{"name":"f","arguments":""}}"#)
    private let end = "stop end_turn null usage "
    private let toolEnd = "stop tool_use null usage "

    @Test("C050 text then tool call: the first argument delta follows the new block's start")
    func c050() {
        let first = Sample.call(
            #"{"index":0,"id":"call_a","type":"function","function":{"name":"f","arguments":"{\"a\":"}}"#)
        let run = run(
            role, Sample.delta(#"{"content":"Hi"}"#), first, Sample.call(#"{"index":0,"function":{"arguments":"1}"}}"#))
        #expect(facts(run) == ["text [] Hi", #"tool_use [call_a f] {"a":1}"#, toolEnd])
    }

    @Test(
        "C051 the first delta is reasoning: the first block is thinking", arguments: ["reasoning_content", "reasoning"])
    func c051(field: String) {
        let run = run(
            Sample.delta("{\"role\":\"assistant\",\"content\":null,\"\(field)\":\"Hm\"}"),
            Sample.delta(#"{"content":"Hi"}"#), stop)
        let facts = facts(run)
        #expect(facts.map { $0.prefix { $0 != " " } } == ["thinking", "text", "stop"])
        #expect(facts.first?.hasSuffix("] Hm") == true)
    }

    @Test("C051 two spellings of the same reasoning are not doubled")
    func c051Spellings() {
        let delta =
            #"{"reasoning_content":"Hm","reasoning":"Hm","reasoning_details":[{"type":"reasoning.text","text":"Hm"}]}"#
        #expect(facts(run(Sample.delta(delta), stop)).first?.hasSuffix("] Hm") == true)
    }

    @Test("C052 a tool-only turn has no empty leading text block")
    func c052() {
        let run = run(role, Sample.delta(#"{"content":""}"#), callA, Sample.delta("{}", finish: "tool_calls"))
        #expect(facts(run) == ["tool_use [call_a f] {}", toolEnd])
    }

    @Test("C053 a tool turn that ends with stop is a tool use", arguments: ["stop", "eos", "weird"])
    func c053(reason: String) {
        #expect(facts(run(role, callA, Sample.delta("{}", finish: reason))).last == toolEnd)
    }

    @Test("C054 a tool call cut by the limit stays max_tokens", arguments: ["length", "max_tokens"])
    func c054(reason: String) {
        #expect(facts(run(role, callA, Sample.delta("{}", finish: reason))).last == "stop max_tokens null usage ")
        #expect(
            facts(run(role, callA, Sample.delta("{}", finish: "content_filter"))).last == "stop refusal null usage ")
    }

    @Test("C055 C056 exactly one message_start, with content and usage at zero")
    func c055() throws {
        let run = run(role, role, Sample.delta(#"{"content":"Hi"}"#), stop)
        let starts = run.events(named: "message_start")
        let message = try #require(starts.first?["message"])
        #expect(starts.count == 1 && run.events.first?.name == "message_start")
        #expect(message["usage"]?["input_tokens"]?.int == 0 && message["usage"]?["output_tokens"]?.int == 0)
        #expect(message["content"].map { String(decoding: $0.raw, as: UTF8.self) } == "[]")
        #expect(message["stop_reason"]?.isNull == true && message["stop_sequence"]?.isNull == true)
        #expect(message["model"]?.string == "client/model" && message["role"]?.string == "assistant")
        #expect(message["id"]?.string?.hasPrefix("msg_") == true)
    }

    @Test("C057 no stop sequence is null, not an empty string")
    func c057() throws {
        let delta = try #require(run(role, stop).events(named: "message_delta").first?["delta"])
        #expect(delta["stop_sequence"]?.isNull == true)
    }

    @Test("C059 a usage chunk with no choices after the finish reaches message_delta")
    func c059() throws {
        let usage = #""choices":[],"usage":{"prompt_tokens":10,"completion_tokens":4}"#
        let delta = try #require(run(role, stop, usage).events(named: "message_delta").first?["usage"])
        #expect(delta["input_tokens"]?.int == 10 && delta["output_tokens"]?.int == 4)
    }

    @Test("C060 usage and finish in the same chunk; the last of several counts")
    func c060() throws {
        let both = Sample.delta("{}", finish: "stop") + #","usage":{"prompt_tokens":10,"completion_tokens":4}"#
        let early = Sample.delta(#"{"content":"x"}"#) + #","usage":{"prompt_tokens":10,"completion_tokens":1}"#
        let run = run(role, early, both)
        let delta = try #require(run.events(named: "message_delta").first?["usage"])
        #expect(delta["input_tokens"]?.int == 10 && delta["output_tokens"]?.int == 4)
        #expect(run.usage?.output == 4)
    }

    @Test func usageThatNeverCameIsZeroAndReported() {
        let run = run(role, stop)
        #expect(run.losses == ["usage"])
        #expect(run.usage == nil)
    }

    @Test("C068 a missing finish reason before the terminator is inferred")
    func c068() {
        #expect(facts(run(role, Sample.delta(#"{"content":"Hi"}"#))) == ["text [] Hi", end])
        #expect(facts(run(role, callA)).last == toolEnd)
        #expect(facts(run(role)) == [end])
    }

    @Test("C069 an empty or unknown finish reason is a stop", arguments: ["", "because"])
    func c069(reason: String) {
        #expect(facts(run(role, Sample.delta(#"{"content":"Hi"}"#, finish: reason))) == ["text [] Hi", end])
    }

    @Test("C070 no terminator and no finish is an error for every server", arguments: [true, false])
    func c070(endsStreamsWithDone: Bool) {
        let run = run(
            role, Sample.delta(#"{"content":"Hi"}"#), isDone: false,
            context: .sample(endsStreamsWithDone: endsStreamsWithDone))
        #expect(run.ending == .error && run.endCount == 1 && !run.progress.isComplete)
    }

    @Test func aFinishAloneEndsAStreamButNotOfAServerThatAlwaysSaysDone() {
        let text = Sample.delta(#"{"content":"Hi"}"#)
        #expect(facts(run(role, text, stop, isDone: false)).last == end)
        #expect(facts(run(role, text, stop, Sample.delta("{}", finish: ""), isDone: false)).last == end)
        #expect(run(role, text, stop, isDone: false, context: .sample(endsStreamsWithDone: true)).ending == .error)
    }

    @Test("C088 obfuscation and other unknown fields are ignored")
    func c088() {
        let padded =
            Sample.delta(#"{"content":"Hi","obfuscation":"zzz","x":{"content":"no"}}"#) + #","obfuscation":"zzz""#
        let run = run(role, padded, stop)
        #expect(facts(run) == ["text [] Hi", end])
        #expect(!run.text.contains("zzz") && !run.text.contains("no"))
    }

    @Test("C091 thinking, text, thinking again: three blocks in order")
    func c091() {
        let run = run(
            Sample.delta(#"{"reasoning_content":"a"}"#), Sample.delta(#"{"content":"b"}"#),
            Sample.delta(#"{"reasoning_content":"c"}"#), stop)
        #expect(facts(run).map { String($0.suffix(1)) }.dropLast() == ["a", "b", "c"])
    }

    @Test("C092 several choices: state per index, the first is written and the rest reported")
    func c092() {
        let run = run(
            role, Sample.delta(#"{"role":"assistant","content":"other"}"#, choice: 1),
            Sample.delta(#"{"content":"Hi"}"#),
            Sample.delta(#"{"tool_calls":[{"index":0,"id":"x","function":{"name":"g","arguments":"{}"}}]}"#, choice: 1),
            Sample.delta("{}", finish: "tool_calls", choice: 1), stop)
        #expect(facts(run) == ["text [] Hi", end])
        #expect(run.losses.contains("choices"))
    }

    @Test("C171 a refusal is text and a stop reason")
    func c171() {
        let run = run(role, Sample.delta(#"{"refusal":"I can"}"#), Sample.delta(#"{"refusal":"not."}"#), stop)
        #expect(facts(run) == ["text [] I cannot.", "stop refusal null usage "])
    }

    @Test func logprobsAndAnnotationsAreReported() {
        let logprobs = Sample.delta(#"{"content":"Hi"}"#).replacing(
            "\"finish_reason\"", with: "\"logprobs\":{\"content\":[]},\"finish_reason\"")
        let annotated = Sample.delta(#"{"annotations":[{"type":"url_citation","url_citation":{"url":"u"}}]}"#)
        let run = run(role, logprobs, annotated, stop)
        #expect(facts(run) == ["text [] Hi", end])
        #expect(run.losses == ["logprobs", "annotations", "usage"])
    }

    @Test func contentMayBeAListOfPartsOrAnObject() {
        let parts =
            #"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm"}]},{"type":"text","text":"Hi"}]}"#
        let facts = facts(run(Sample.delta(parts), Sample.delta(#"{"content":{"a":"b"}}"#), stop))
        #expect(facts.dropFirst() == [#"text [] Hi{"a":"b"}"#, end])
        #expect(facts.first?.hasPrefix("thinking") == true && facts.first?.hasSuffix("] Hm") == true)
    }

    @Test func losslessEscapesAreKept() {
        let run = run(role, Sample.delta(#"{"content":"\u00e9\ud83d\ude00\/\u0000\n\"é"}"#), stop)
        #expect(run.text.contains(#""text":"\u00e9\ud83d\ude00\/\u0000\n\"é""#))
    }
}
