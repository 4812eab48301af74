import OmniJSON
import Testing

@testable import OmniTranslate

/// The many ways chat servers cut tool calls into pieces.
@Suite struct ChatToolCallStreamTests {
    struct Shape: Sendable, CustomTestStringConvertible {
        let name: String
        /// The elements of `tool_calls`, one chunk each.
        let fragments: [String]
        /// Blocks as `id name arguments`.
        let calls: [String]

        var testDescription: String { name }
    }

    private func run(_ chunks: [String]) -> StreamRun {
        StreamRun.translating(chunks.map { StreamSample.chat($0) }.joined() + StreamSample.done, from: .openAIChat)
    }

    private func calls(_ run: StreamRun, _ location: SourceLocation = #_sourceLocation) -> [String] {
        let message = MessageAccumulator.anthropic(run)
        #expect(message.faults == [], sourceLocation: location)
        #expect(run.ending == .complete, "\(run.progress.failure?.message ?? "")", sourceLocation: location)
        return message.lines.compactMap { line in
            guard line.hasPrefix("tool_use [") else { return nil }
            return String(line.dropFirst(10)).replacing("] ", with: " ")
        }
    }

    static let shapes = [
        Shape(
            name: "C063 the same tool twice in parallel is two calls",
            fragments: [
                #"{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}"#,
                #"{"index":1,"id":"b","function":{"name":"f","arguments":"{\"x\":2}"}}"#,
            ], calls: [#"a f {"x":1}"#, #"b f {"x":2}"#]),
        Shape(
            name: "C064 index 0 for every call is split by id",
            fragments: [
                #"{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}"#,
                #"{"index":0,"id":"b","function":{"name":"f","arguments":"{\"x\":"}}"#,
                #"{"index":0,"function":{"arguments":"2}"}}"#,
                #"{"index":0,"id":"c","function":{"name":"g","arguments":""}}"#,
            ], calls: [#"a f {"x":1}"#, #"b f {"x":2}"#, "c g {}"]),
        Shape(
            name: "C064 index 0 without ids is split by a name after complete arguments",
            fragments: [
                #"{"index":0,"function":{"name":"f","arguments":"{\"x\":\"}\"}"}}"#,
                #"{"index":0,"function":{"name":"g","arguments":"{}"}}"#,
            ], calls: [#"? f {"x":"}"}"#, "? g {}"]),
        Shape(
            name: "C065 no index, the id on the first fragment only",
            fragments: [
                #"{"id":"a","function":{"name":"f","arguments":"{\"x\""}}"#, #"{"function":{"arguments":":1}"}}"#,
            ], calls: [#"a f {"x":1}"#]),
        Shape(
            name: "C065 no index, id and name repeated on every fragment",
            fragments: [
                #"{"id":"a","function":{"name":"f","arguments":"{\"x\""}}"#,
                #"{"id":"a","function":{"name":"f","arguments":":1}"}}"#,
                #"{"id":"b","function":{"name":"f","arguments":"{}"}}"#,
            ], calls: [#"a f {"x":1}"#, "b f {}"]),
        Shape(
            name: "C065 index and id repeated on every fragment",
            fragments: [
                #"{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\""}}"#,
                #"{"index":0,"id":"a","function":{"arguments":":1}"}}"#,
            ], calls: [#"a f {"x":1}"#]),
        Shape(
            name: "C065 a made-up id per fragment does not split a call amid its arguments",
            fragments: [
                #"{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\""}}"#,
                #"{"index":0,"id":"b","function":{"name":null,"arguments":":1}"}}"#,
            ], calls: [#"a f {"x":1}"#]),
        Shape(
            name: "C066 the name comes later than the id and the first arguments",
            fragments: [
                #"{"index":0,"id":"a","type":"function"}"#, #"{"index":0,"function":{"arguments":"{\"x\":"}}"#,
                #"{"index":0,"function":{"name":"f"}}"#, #"{"index":0,"function":{"arguments":"1}"}}"#,
            ], calls: [#"a f {"x":1}"#]),
        Shape(
            name: "C067 arguments as an object, as null, as a number",
            fragments: [
                #"{"index":0,"id":"a","function":{"name":"f","arguments":{"x":1}}}"#,
                #"{"index":1,"id":"b","function":{"name":"g","arguments":null}}"#,
                #"{"index":1,"function":null}"#,
            ], calls: [#"a f {"x":1}"#, "b g {}"]),
        Shape(
            name: "arguments of null or white space are none, whole and in pieces",
            fragments: [
                #"{"index":0,"id":"a","function":{"name":"f","arguments":"null"}}"#,
                #"{"index":1,"id":"b","function":{"name":"g","arguments":" \n"}}"#,
                #"{"index":2,"id":"c","function":{"name":"h","arguments":"n"}}"#,
                #"{"index":2,"function":{"arguments":"ul"}}"#, #"{"index":2,"function":{"arguments":"l "}}"#,
                #"{"index":3,"id":"d","function":{"arguments":"nu"}}"#, #"{"index":3,"function":{"name":"i"}}"#,
                #"{"index":3,"function":{"arguments":"ll"}}"#,
            ], calls: ["a f {}", "b g {}", "c h {}", "d i {}"]),
        Shape(
            name: "white space before an object stays, and so does what only begins like null",
            fragments: [
                #"{"index":0,"id":"a","function":{"name":"f","arguments":" "}}"#,
                #"{"index":0,"function":{"arguments":"{\"x\":1}"}}"#,
                #"{"index":1,"id":"b","function":{"name":"g","arguments":"nul"}}"#,
                #"{"index":2,"id":"c","function":{"name":"h","arguments":"nulls"}}"#,
                #"{"index":3,"id":"d","function":{"name":"i","arguments":"\"null\""}}"#,
            ], calls: [#"a f {"x":1}"#, "b g nul", "c h nulls", #"d i "null""#]),
        Shape(
            name: "a custom tool's text may be null or blank",
            fragments: [
                #"{"index":0,"id":"a","type":"custom","custom":{"name":"sql","input":"null"}}"#,
                #"{"index":1,"id":"b","type":"custom","custom":{"name":"sql","input":" "}}"#,
            ], calls: [#"a sql {"input":"null"}"#, #"b sql {"input":" "}"#]),
        Shape(
            name: "fragments of two calls interleave",
            fragments: [
                #"{"index":0,"id":"a","function":{"name":"f","arguments":""}}"#,
                #"{"index":1,"id":"b","function":{"name":"g","arguments":""}}"#,
                #"{"index":0,"function":{"arguments":"{\"x\":"}}"#, #"{"index":1,"function":{"arguments":"{\"y\":"}}"#,
                #"{"index":0,"function":{"arguments":"1}"}}"#, #"{"index":1,"function":{"arguments":"2}"}}"#,
            ], calls: [#"a f {"x":1}"#, #"b g {"y":2}"#]),
        Shape(
            name: "three calls, of which the middle one never gets arguments",
            fragments: [
                #"{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}"#,
                #"{"index":1,"id":"b","function":{"name":"g"}}"#,
                #"{"index":2,"id":"c","function":{"name":"h","arguments":"{\"z\":3}"}}"#,
            ], calls: ["a f {}", "b g {}", #"c h {"z":3}"#]),
        Shape(
            name: "an empty shell is noise",
            fragments: [#"{"index":0}"#, #"{}"#, #"{"index":1,"id":"b","function":{"name":"g"}}"#],
            calls: ["b g {}"]),
        Shape(
            name: "brackets inside strings and escapes do not complete the arguments",
            fragments: [
                #"{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":\"\\\"}\","}}"#,
                #"{"index":0,"id":"b","function":{"arguments":"\"y\":\"\u005c\u005c\"}"}}"#,
            ], calls: [#"a f {"x":"\"}","y":"\\"}"#]),
        Shape(
            name: "malformed arguments are passed on as they are",
            fragments: [#"{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}}"#], calls: [#"a f {"x":"#]),
        Shape(
            name: "a custom tool's text is wrapped as input",
            fragments: [
                #"{"index":0,"id":"a","type":"custom","custom":{"name":"sql","input":"select \""}}"#,
                #"{"index":0,"custom":{"input":"x\\\"\n"}}"#,
            ], calls: [#"a sql {"input":"select \"x\\\"\n"}"#]),
    ]

    @Test(arguments: shapes)
    func callsComeOutWhole(shape: Shape) {
        let run = run(shape.fragments.map { StreamSample.call($0) })
        let calls = calls(run).map { $0.hasPrefix("call_") ? "?" + $0.drop { $0 != " " } : $0 }
        #expect(calls == shape.calls)
        #expect(run.events(named: "message_delta").first?["delta"]?["stop_reason"]?.string == "tool_use")
    }

    @Test("several calls in one chunk")
    func severalCallsInOneChunk() {
        for shape in Self.shapes where !shape.name.hasPrefix("an empty") {
            let run = run([StreamSample.delta("{\"tool_calls\":[\(shape.fragments.joined(separator: ","))]}")])
            #expect(
                calls(run).map { $0.hasPrefix("call_") ? "?" + $0.drop { $0 != " " } : $0 } == shape.calls,
                "\(shape.name)")
        }
    }

    @Test func idsThatAreMissingAreMadeUpAndStable() throws {
        let fragments = [
            #"{"index":0,"function":{"name":"f","arguments":"{}"}}"#,
            #"{"index":1,"function":{"name":"f","arguments":"{}"}}"#,
        ].map { StreamSample.call($0) }
        let first = run(fragments).events(named: "content_block_start").compactMap {
            $0["content_block"]?["id"]?.string
        }
        let second = run(fragments).events(named: "content_block_start").compactMap {
            $0["content_block"]?["id"]?.string
        }
        #expect(first == second && Set(first).count == 2)
        #expect(first.allSatisfy { $0.hasPrefix("call_") && $0.count == 29 })
    }

    @Test("white space between the fragments of a call says nothing")
    func whiteSpaceAmidACall() {
        let run = run([
            StreamSample.call(#"{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}}"#),
            StreamSample.delta(#"{"content":"\n"}"#),
            StreamSample.call(#"{"index":0,"function":{"arguments":"1}"}}"#),
            StreamSample.delta(#"{"content":"\n"}"#), StreamSample.delta(#"{"content":"Done."}"#),
        ])
        #expect(calls(run) == [#"a f {"x":1}"#])
        #expect(MessageAccumulator.anthropic(run).lines.contains { $0.hasPrefix("text") && $0.hasSuffix("\nDone.") })
    }

    @Test func theOldFunctionCallIsATool() {
        let run = run([
            StreamSample.delta(#"{"role":"assistant","function_call":{"name":"f","arguments":"{\"x\""}}"#),
            StreamSample.delta(#"{"function_call":{"arguments":":1}"}}"#),
            StreamSample.delta("{}", finish: "function_call"),
        ])
        #expect(calls(run).map { String($0.drop { $0 != " " }) } == [#" f {"x":1}"#])
        #expect(run.events(named: "message_delta").first?["delta"]?["stop_reason"]?.string == "tool_use")
    }

    @Test(arguments: [
        [#"{"index":0,"id":"a","function":{"arguments":"{\"x\":1}"}}"#],
        [
            #"{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}"#,
            #"{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}}"#,
            #"{"index":0,"function":{"arguments":"{}"}}"#,
        ],
    ])
    func callsThatMakeNoSenseAreAnErrorAndNotGuessed(fragments: [String]) {
        let run = run(fragments.map { StreamSample.call($0) })
        #expect(run.progress.failure?.code == "malformed_answer" && !run.progress.isComplete)
    }

    @Test func renamedToolsGetTheirOwnNamesBack() {
        var context = TranslationContext.sample()
        context.renamedTools = ["f_1": "my.tool"]
        let chunk = StreamSample.call(#"{"index":0,"id":"a","function":{"name":"f_1","arguments":"{}"}}"#)
        let run = StreamRun.translating(
            StreamSample.chat(chunk) + StreamSample.done, from: .openAIChat, context: context)
        #expect(calls(run) == ["a my.tool {}"])
    }

    @Test func anImpossibleChoiceIndexCostsNoMemory() {
        for index in ["-1", "128", "9223372036854775807"] {
            let chunk = "\"choices\":[{\"index\":\(index),\"delta\":{\"content\":\"x\"},\"finish_reason\":null}]"
            #expect(run([chunk]).progress.failure?.code == "malformed_answer")
        }
    }
}
