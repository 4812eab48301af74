import OmniJSON
import Testing

@testable import OmniTranslate

/// Calls whose arguments Vertex streams in pieces.
@Suite struct GeminiPartialCallTests {
    private static func stream(_ calls: [String], finish: String = "STOP") -> String {
        GeminiStreamTests.stream(calls.map { (#"{"functionCall":\#($0)}"#, nil) } + [("", finish)])
    }

    /// One call in pieces: its name, then what each event brings, then the empty end.
    private static func call(_ events: String...) -> String {
        stream(
            [#"{"id":"c1","name":"f","willContinue":true}"#]
                + events.map { #"{"partialArgs":[\#($0)],"willContinue":true}"# } + ["{}"])
    }

    private func run(
        _ input: String, to client: WireFormat = .openAIChat, context: TranslationContext = .sample(),
        cuts: [Int] = []
    ) -> GeminiStreamRun {
        GeminiStreamRun(Array(input.utf8), from: .gemini, to: client, context: context, cuts: cuts)
    }

    /// The calls a Chat client adds up, as `name(arguments)`.
    private func calls(_ run: GeminiStreamRun) -> [String] {
        var names: [String] = []
        var arguments: [String] = []
        for event in run.events {
            guard let delta = (try? JSONValue(parsing: Array(event.data.utf8)))?.value(at: "choices.0.delta"),
                let call = delta.value(at: "tool_calls.0"), let index = call["index"]?.int
            else { continue }
            if let name = call.value(at: "function.name")?.string {
                names.append(name)
                arguments.append("")
            }
            arguments[index] += call.value(at: "function.arguments")?.string ?? ""
        }
        return zip(names, arguments).map { "\($0)(\($1))" }
    }

    static let rich = call(
        #"{"jsonPath":"$.city","stringValue":"New ","willContinue":true}"#,
        #"{"jsonPath":"$.city","stringValue":"Delhi \ud83d","willContinue":true}"#,
        #"{"jsonPath":"$.city","stringValue":"\ude00"},{"jsonPath":"$.days","numberValue":3}"#,
        #"{"jsonPath":"$.rooms[0].beds","numberValue":1.50},{"jsonPath":"$.rooms[0]['a.b\\'c']","boolValue":true}"#,
        #"{"jsonPath":"$.rooms[1]","nullValue":"NULL_VALUE"},{"jsonPath":"$[\"né\"]","stringValue":""}"#)
    static let richArguments =
        #"{"city":"New Delhi \ud83d\ude00","days":3,"rooms":[{"beds":1.50,"a.b'c":true},null],"né":""}"#

    @Test func piecesBecomeOneCall() {
        let run = run(Self.rich)
        #expect(calls(run) == ["f(\(Self.richArguments))"])
        #expect(run.progress.isComplete && run.text.contains(#""finish_reason":"tool_calls""#))
        #expect(run.text.contains(#""id":"c1""#))
    }

    @Test("every split gives the same", arguments: WireFormat.allCases)
    func splits(client: WireFormat) {
        let whole = run(Self.rich, to: client)
        #expect(whole.progress.isComplete)
        let count = Self.rich.utf8.count
        for cut in 1..<count where run(Self.rich, to: client, cuts: [cut]).output != whole.output {
            Issue.record("cut at \(cut)")
        }
        #expect(run(Self.rich, to: client, cuts: Array(1..<count)).output == whole.output)
    }

    @Test("a stream cut short is never a whole call")
    func truncation() {
        for length in 0..<(Self.rich.utf8.count - 2) {
            let cut = run(String(decoding: Array(Self.rich.utf8.prefix(length)), as: UTF8.self))
            if cut.progress.isComplete { Issue.record("cut to \(length)") }
        }
    }

    @Test(arguments: [
        (#"{"jsonPath":"$.a","willContinue":true}"#, "{}"),
        (#"{"jsonPath":"$.a","stringValue":"x","willContinue":true},{"jsonPath":"$.a"}"#, #"{"a":"x"}"#),
        (#"{"jsonPath":"$.a.b.c","stringValue":"\"\\n"}"#, #"{"a":{"b":{"c":"\"\\n"}}}"#),
        (
            #"{"jsonPath":"$['a'].b","numberValue":1},{"jsonPath":"$.a[\"c\"]","numberValue":2}"#,
            #"{"a":{"b":1,"c":2}}"#
        ),
        (#"{"jsonPath":"$.a[0][0]","numberValue":1},{"jsonPath":"$.a[0][1]","numberValue":2}"#, #"{"a":[[1,2]]}"#),
        (#"{"jsonPath":"$['\\u0061']","numberValue":1},{"jsonPath":"$.b","numberValue":2}"#, #"{"a":1,"b":2}"#),
        ("", "{}"),
    ])
    func paths(pieces: String, arguments: String) {
        #expect(calls(run(Self.call(pieces))) == ["f(\(arguments))"])
    }

    @Test(arguments: [
        #"{"stringValue":"x"}"#, #"{"jsonPath":"a","stringValue":"x"}"#, #"{"jsonPath":"$","stringValue":"x"}"#,
        #"{"jsonPath":"$.","stringValue":"x"}"#, #"{"jsonPath":"$.a[","stringValue":"x"}"#,
        #"{"jsonPath":"$.a[1]","stringValue":"x"}"#, #"{"jsonPath":"$.a[99999999999999999999]","stringValue":"x"}"#,
        #"{"jsonPath":"$.a[*]","stringValue":"x"}"#, #"{"jsonPath":"$['a","stringValue":"x"}"#,
        #"{"jsonPath":"$['\\x']","stringValue":"x"}"#, #"{"jsonPath":"$.a","numberValue":"NaN"}"#,
        #"{"jsonPath":"$.a","stringValue":7}"#, #"{"jsonPath":"$.a","boolValue":"true"}"#, "7",
        #"{"jsonPath":"$.a","numberValue":1},{"jsonPath":"$.a","numberValue":2}"#,
        #"{"jsonPath":"$.a","numberValue":1},{"jsonPath":"$.a.b","numberValue":2}"#,
        #"{"jsonPath":"$.a.b","numberValue":1},{"jsonPath":"$.a[0]","numberValue":2}"#,
        #"{"jsonPath":"$[0]","numberValue":1}"#,
    ])
    func piecesWithoutAPlaceAreAnErrorAndNotHalfACall(piece: String) {
        let run = run(Self.call(piece))
        #expect(run.progress.failure?.kind == .upstream && calls(run).isEmpty)
    }

    @Test func deepPathsEnd() {
        let path = "$" + String(repeating: ".a", count: 65)
        #expect(run(Self.call(#"{"jsonPath":"\#(path)","numberValue":1}"#)).progress.failure != nil)
    }

    @Test("calls that follow each other keep apart, in each form a part can have")
    func severalCalls() {
        let input = Self.stream([
            #"{"name":"f","willContinue":true}"#, #"{"partialArgs":[{"jsonPath":"$.a","numberValue":1}]}"#,
            #"{"name":"f","partialArgs":[{"jsonPath":"$.a","numberValue":2}]}"#, #"{"name":"g","args":{"b":3}}"#,
            #"{"name":"f","willContinue":true,"args":{}}"#,
            #"{"name":"f","willContinue":true,"partialArgs":[{"jsonPath":"$.a","numberValue":4}]}"#,
            #"{"name":"h","willContinue":true}"#, #"{"args":{"c":5}}"#, #"{"id":"x","name":"h","willContinue":true}"#,
            #"{"id":"y","name":"h"}"#,
        ])
        let run = run(input)
        #expect(
            calls(run) == [
                #"f({"a":1})"#, #"f({"a":2})"#, #"g({"b":3})"#, #"f({"a":4})"#, #"h({"c":5})"#, "h({})", "h({})",
            ])
        let ids = run.events.compactMap { try? JSONValue(parsing: Array($0.data.utf8)) }
            .compactMap { $0.value(at: "choices.0.delta.tool_calls.0.id")?.string }
        #expect(Set(ids).count == 7 && run.progress.isComplete)
    }

    @Test("an unfinished call is an error when the model says it is done, and none when it was stopped")
    func unfinishedCall() {
        let calls = [#"{"name":"f","partialArgs":[{"jsonPath":"$.a","numberValue":1}],"willContinue":true}"#]
        #expect(run(Self.stream(calls)).progress.failure != nil)
        let stopped = run(Self.stream(calls, finish: "MAX_TOKENS"))
        #expect(stopped.progress.isComplete && self.calls(stopped).isEmpty)
        #expect(stopped.text.contains(#""finish_reason":"length""#))
        #expect(run(Self.stream(calls, finish: "MALFORMED_FUNCTION_CALL")).progress.failure?.kind == .upstream)
    }

    @Test(arguments: ["{}", #"{"willContinue":true}"#, #"{"partialArgs":[]}"#])
    func aCallWithoutANameIsAnError(call: String) {
        #expect(run(Self.stream([call])).progress.failure != nil)
    }

    @Test("the signature of any piece stands before the call")
    func signature() {
        let input = GeminiStreamTests.stream([
            (#"{"text":"Hm.","thought":true}"#, nil), (#"{"functionCall":{"name":"f","willContinue":true}}"#, nil),
            (#"{"functionCall":{},"thoughtSignature":"c2ln"}"#, "STOP"),
        ])
        let kinds = run(input, to: .anthropicMessages).events.compactMap {
            try? JSONValue(parsing: Array($0.data.utf8))
        }
        .compactMap { $0.value(at: "content_block.type")?.string ?? $0.value(at: "delta.type")?.string }
        #expect(kinds == ["thinking", "thinking_delta", "signature_delta", "tool_use"])
    }

    @Test func customToolsAreUnwrapped() {
        var context = TranslationContext.sample()
        context.customTools = ["f"]
        let run = run(Self.call(#"{"jsonPath":"$.input","stringValue":"select 1"}"#), context: context)
        #expect(run.text.contains(#""custom":{"input":"select 1"}"#))
    }
}
