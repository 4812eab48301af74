import OmniJSON
import Testing

@testable import OmniTranslate

/// What chat clients see of an Anthropic stream.
@Suite struct AnthropicToChatStreamTests {
    private typealias Sample = StreamSample

    private func run(
        _ events: [String], start: String = Sample.messageStart, stop: String = Sample.messageStop,
        context: TranslationContext = .sample()
    ) -> StreamRun {
        let frames = ([start] + events + [stop]).filter { !$0.isEmpty }.map { Sample.anthropic($0) }
        return StreamRun.translating(frames.joined(), from: .anthropicMessages, context: context)
    }

    /// The facts of the accumulated answer that are not empty; checks the grammar on the way.
    private func facts(_ run: StreamRun, _ location: SourceLocation = #_sourceLocation) -> [String] {
        let message = MessageAccumulator.chat(run)
        #expect(message.faults == [], sourceLocation: location)
        #expect(run.ending == .complete && run.endCount == 1, sourceLocation: location)
        return message.lines.filter { !$0.hasSuffix(" ") }
    }

    private let toolStart = Sample.blockStart(0, #"{"type":"tool_use","id":"toolu_1","name":"f","input":{}}"#)

    @Test("C054 a tool call cut by the limit stays length")
    func c054() {
        let run = run([toolStart, Sample.blockStop(0), Sample.messageDelta("max_tokens")])
        #expect(facts(run) == ["call toolu_1 f {}", "finish length usage null"])
    }

    @Test("C053 a tool turn that ends with end_turn is tool_calls")
    func c053() {
        #expect(
            facts(run([toolStart, Sample.blockStop(0), Sample.messageDelta("end_turn")])).last
                == "finish tool_calls usage null")
        #expect(
            facts(run([toolStart, Sample.blockStop(0), Sample.messageDelta(nil)])).last
                == "finish tool_calls usage null")
    }

    @Test("C055 a repeated message_start changes nothing")
    func c055() {
        let run = run([Sample.messageStart] + Sample.textBlock(0, "Hi") + [Sample.messageDelta("end_turn")])
        #expect(facts(run) == ["content Hi", "finish stop usage null"])
        #expect(
            run.events(named: "").count { $0["choices"]?.elements.first { _ in true }?["delta"]?["role"] != nil } == 1)
    }

    @Test("C058 message_delta usage is cumulative: it replaces, and what it leaves out keeps its value")
    func c058() throws {
        let start = Sample.messageStart.replacing(
            #"{"input_tokens":8,"output_tokens":1}"#,
            with: #"{"input_tokens":8,"cache_read_input_tokens":64,"cache_creation_input_tokens":32,"output_tokens":1}"#
        )
        let deltas = [
            Sample.messageDelta(nil, usage: #"{"output_tokens":5}"#),
            Sample.messageDelta("end_turn", usage: #"{"output_tokens":9}"#),
        ]
        let run = run(deltas, start: start, context: .sample(includesStreamUsage: true))
        let usage = try #require(run.events(named: "").last?.present("usage"))
        #expect(
            usage["prompt_tokens"]?.int == 104 && usage["completion_tokens"]?.int == 9
                && usage["total_tokens"]?.int == 113)
        #expect(usage["prompt_tokens_details"]?["cached_tokens"]?.int == 64)
    }

    @Test("C058 zeros at the end do not undo counts")
    func c058Zeros() {
        let run = run([Sample.messageDelta("end_turn", usage: #"{"input_tokens":0,"output_tokens":7}"#)])
        #expect(run.usage?.input == 8 && run.usage?.output == 7)
    }

    @Test("C061 usage only for clients that asked: one extra chunk, null before it")
    func c061() {
        let events = Sample.textBlock(0, "Hi") + [Sample.messageDelta("end_turn")]
        let silent = run(events)
        #expect(!silent.text.contains("usage"))
        #expect(silent.usage?.input == 8 && silent.usage?.output == 2)
        let asked = run(events, context: .sample(includesStreamUsage: true)).events(named: "")
        #expect(
            asked.dropLast().allSatisfy {
                $0["usage"]?.isNull == true && $0["choices"]?.elements.contains { _ in true } == true
            })
        #expect(asked.last?["choices"]?.elements.contains { _ in true } == false)
        #expect(asked.last?["usage"]?["total_tokens"]?.int == 10)
    }

    @Test("C079 pings and unknown events are not passed on")
    func c079() {
        let events =
            [#"{"type":"ping"}"#] + Sample.textBlock(0, "Hi") + [
                #"{"type":"brand_new","text":"no"}"#, Sample.messageDelta("end_turn"),
            ]
        let run = run(events)
        #expect(facts(run) == ["content Hi", "finish stop usage null"])
        #expect(!run.text.contains("ping") && !run.text.contains("no\""))
    }

    @Test("C080 a signature without thinking text leaves no reasoning and is reported")
    func c080() {
        let run = run(
            [
                Sample.blockStart(0, #"{"type":"thinking","thinking":"","signature":""}"#),
                Sample.blockDelta(0, #"{"type":"signature_delta","signature":"sig"}"#), Sample.blockStop(0),
            ] + Sample.textBlock(1, "Hi") + [Sample.messageDelta("end_turn")])
        #expect(facts(run) == ["content Hi", "finish stop usage null"])
        #expect(run.losses == ["signature"])
    }

    @Test("C081 redacted thinking, which has no delta, is reported and never shown")
    func c081() {
        let redacted = Sample.blockStart(0, #"{"type":"redacted_thinking","data":"SECRET"}"#)
        let run = run([redacted, Sample.blockStop(0)] + Sample.textBlock(1, "Hi") + [Sample.messageDelta("end_turn")])
        #expect(facts(run) == ["content Hi", "finish stop usage null"])
        #expect(run.losses == ["signature"] && !run.text.contains("SECRET"))
    }

    @Test("C082 arguments that never came or came empty are {}", arguments: [[], [""], ["", ""]])
    func c082(pieces: [String]) {
        let deltas = pieces.map { Sample.blockDelta(0, #"{"type":"input_json_delta","partial_json":"\#($0)"}"#) }
        let run = run([toolStart] + deltas + [Sample.blockStop(0), Sample.messageDelta("tool_use")])
        #expect(facts(run) == ["call toolu_1 f {}", "finish tool_calls usage null"])
    }

    @Test func argumentsThatCameWholeAreKept() {
        let start = Sample.blockStart(0, #"{"type":"tool_use","id":"toolu_1","name":"f","input":{"x":1.0}}"#)
        #expect(
            facts(run([start, Sample.blockStop(0), Sample.messageDelta("tool_use")])).first
                == #"call toolu_1 f {"x":1.0}"#)
    }

    @Test func toolIndexesCountToolsAndNotBlocks() {
        let second = Sample.blockStart(3, #"{"type":"tool_use","id":"toolu_2","name":"f","input":{}}"#)
        let run = run(
            Sample.textBlock(0, "Hi") + [toolStart, Sample.blockStop(0)] + Sample.textBlock(2, "!")
                + [second, Sample.blockStop(3), Sample.messageDelta("tool_use")])
        #expect(
            facts(run) == ["content Hi!", "call toolu_1 f {}", "call toolu_2 f {}", "finish tool_calls usage null"])
    }

    @Test("C091 interleaved thinking keeps the order of chunks")
    func c091() {
        func thinking(_ index: Int, _ text: String) -> [String] {
            [
                Sample.blockStart(index, #"{"type":"thinking","thinking":""}"#),
                Sample.blockDelta(index, #"{"type":"thinking_delta","thinking":"\#(text)"}"#), Sample.blockStop(index),
            ]
        }
        let run = run(
            thinking(0, "a") + Sample.textBlock(1, "b") + thinking(2, "c") + [Sample.messageDelta("end_turn")])
        let order = run.events(named: "").compactMap { chunk in
            let delta = chunk["choices"]?.elements.first { _ in true }?["delta"]
            return delta?["reasoning_content"]?.string ?? delta?["content"]?.string
        }
        #expect(order == ["", "a", "b", "c"])
    }

    @Test func reasoningIsHiddenWhenTheSettingSaysSo() {
        let thinking = [
            Sample.blockStart(0, #"{"type":"thinking","thinking":"a"}"#),
            Sample.blockDelta(0, #"{"type":"thinking_delta","thinking":"b"}"#), Sample.blockStop(0),
            Sample.messageDelta("end_turn"),
        ]
        #expect(facts(run(thinking)).first == "reasoning ab")
        #expect(!run(thinking, context: .sample(showsReasoning: false)).text.contains("reasoning"))
    }

    @Test func hostedToolBlocksAreReportedAndNotMixedUp() {
        let hosted = [
            Sample.blockStart(0, #"{"type":"server_tool_use","id":"s","name":"web_search","input":{}}"#),
            Sample.blockDelta(0, #"{"type":"input_json_delta","partial_json":"{\"query\":1}"}"#), Sample.blockStop(0),
            Sample.blockStart(1, #"{"type":"web_search_tool_result","tool_use_id":"s","content":[]}"#),
            Sample.blockStop(1),
        ]
        let run = run(hosted + Sample.textBlock(2, "Hi") + [Sample.messageDelta("end_turn")])
        #expect(facts(run) == ["content Hi", "finish stop usage null"])
        #expect(run.losses == ["server_tool_use", "web_search_tool_result"])
    }

    @Test func webCitationsBecomeAnnotationsOfTheirText() throws {
        func block(_ index: Int, _ text: String, _ citation: String) -> [String] {
            [
                Sample.blockStart(index, #"{"type":"text","text":"","citations":[]}"#),
                Sample.blockDelta(index, #"{"type":"text_delta","text":"\#(text)"}"#),
                Sample.blockDelta(index, #"{"type":"citations_delta","citation":\#(citation)}"#),
                Sample.blockStop(index),
            ]
        }
        let web = #"{"type":"web_search_result_location","url":"https://e.example","title":"T","encrypted_index":"x"}"#
        let run = run(
            block(0, #"é\ud83d\ude00"#, web) + block(1, "abc", web)
                + block(2, "d", #"{"type":"char_location","document_index":0}"#)
                + [Sample.messageDelta("end_turn")])
        let lists = run.events(named: "").map { chunk in
            chunk["choices"]?.elements.first { _ in true }?["delta"]?["annotations"]
        }
        // The SDKs of OpenAI put only one list together, and none after the finish.
        #expect(lists.count { $0 != nil } == 1)
        let citations = try #require(lists[lists.count - 2]).elements.compactMap { $0["url_citation"] }
        #expect(citations.map { $0["start_index"]?.int } == [0, 2])
        #expect(citations.map { $0["end_index"]?.int } == [2, 5])
        #expect(citations.allSatisfy { $0["url"]?.string == "https://e.example" && $0["title"]?.string == "T" })
        #expect(run.losses == ["citations"])
    }

    @Test func everyChunkHasTheSameHeadAndTheClientsModel() throws {
        let run = run(Sample.textBlock(0, "Hi") + [Sample.messageDelta("end_turn")])
        for chunk in run.events(named: "") {
            #expect(chunk.members.map(\.name.string) == ["id", "object", "created", "model", "choices"])
            #expect(chunk["object"]?.string == "chat.completion.chunk" && chunk["model"]?.string == "client/model")
            #expect(chunk["created"]?.int == 1_790_000_100 && chunk["id"]?.string?.hasPrefix("chatcmpl-") == true)
        }
        #expect(Set(run.events(named: "").map { $0["id"]?.string }).count == 1)
    }

    @Test func blocksThatWereNotStoppedAreClosed() {
        let open = [toolStart, Sample.blockDelta(0, #"{"type":"input_json_delta","partial_json":"{}"}"#)]
        #expect(facts(run(open + [Sample.messageDelta("tool_use")])).first == "call toolu_1 f {}")
        #expect(facts(run(open + Sample.textBlock(1, "Hi") + [Sample.messageDelta("tool_use")])).count == 3)
    }

    @Test(arguments: [
        [StreamSample.blockDelta(0, #"{"type":"text_delta","text":"x"}"#)], [StreamSample.blockStart(0, "{}")],
        [StreamSample.blockStart(0, #"{"type":"tool_use","id":"a","input":{}}"#)], ["[]"], ["{"], ["data"],
    ])
    func whatBreaksTheGrammarIsAnError(events: [String]) {
        let run = run(events + [Sample.messageDelta("end_turn")])
        #expect(run.progress.failure?.code == "malformed_answer" && !run.progress.isComplete)
        #expect(run.progress.failure?.kind == .upstream)
    }

    @Test func anAnswerThatEndsBeforeItBeginsIsAnError() {
        #expect(run([], start: "").progress.failure?.code == "malformed_answer")
        #expect(
            StreamRun.translating(StreamSample.done, from: .openAIChat).progress.failure?.code == "malformed_answer")
    }

    @Test func aChatTerminatorAfterTheEndIsIgnored() {
        let text =
            Sample.anthropic(Sample.messageStart, Sample.messageDelta("end_turn"), Sample.messageStop) + Sample.done
        #expect(facts(StreamRun.translating(text, from: .anthropicMessages)) == ["finish stop usage null"])
    }
}
