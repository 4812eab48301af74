import OmniJSON
import Testing

@testable import OmniTranslate

@Suite struct StopSequenceCutterTests {
    /// The text and the finish that are left of pieces of text.
    private func cut(_ pieces: [String], at stops: [JSONText]) throws -> (text: String, finish: Finish?, isOver: Bool) {
        var cutter = try #require(StopSequenceCutter(stops))
        var events: [StreamEvent] = []
        let whole: [StreamEvent] =
            [.start(id: nil, model: nil, created: nil), .blockStart(choice: 0, .text)]
            + pieces.map { .text(choice: 0, JSONText($0)) } + [
                .blockEnd(choice: 0), .finish(choice: 0, Finish(.stop)), .end,
            ]
        for event in whole {
            var piece = [event]
            cutter.filter(&piece)
            events += piece
        }
        var text = ""
        var finish: Finish?
        for event in events {
            if case .text(_, let piece) = event { text += piece.string }
            if case .finish(_, let reason) = event { finish = reason }
        }
        let ends = events.filter { if case .end = $0 { true } else { false } }
        #expect(ends.count == 1)
        return (text, finish, cutter.isOver)
    }

    static let cases: [(text: String, stops: [JSONText], left: String, hit: JSONText?)] = [
        ("one two three", ["two"], "one ", "two"),
        ("one two three", ["four"], "one two three", nil),
        ("one two three", ["three", "two"], "one ", "two"),
        ("ababac", ["abac"], "ab", "abac"),
        ("aaab", ["aab"], "a", "aab"),
        ("a\n\nb", ["\n\n"], "a", "\n\n"),
        ("Grüße ÜB", ["ÜB"], "Grüße ", "ÜB"),
        ("xEND", ["EN", "END"], "x", "END"),
        ("EN", ["END"], "EN", nil),
        ("STOP", ["STOP"], "", "STOP"),
        ("quote \" and \\ back", ["\\"], "quote \" and ", "\\"),
    ]

    @Test(arguments: cases) func theTextIsCutWhereverThePiecesEnd(
        test: (text: String, stops: [JSONText], left: String, hit: JSONText?)
    ) throws {
        let characters = Array(test.text)
        for size in 1...max(1, characters.count) {
            let pieces = stride(from: 0, to: characters.count, by: size).map {
                String(characters[$0..<min($0 + size, characters.count)])
            }
            let result = try cut(pieces, at: test.stops)
            #expect(result.text == test.left, "pieces of \(size)")
            #expect(result.isOver == (test.hit != nil))
            #expect(result.finish?.reason == (test.hit == nil ? .stop : .stopSequence))
            // Of two that begin at one place the longer counts only where it arrived with the shorter.
            if test.stops != ["EN", "END"] { #expect(result.finish?.stopSequence?.string == test.hit?.string) }
        }
    }

    @Test func aWholeAnswerIsCutAlike() {
        for test in Self.cases {
            var response = CanonicalResponse()
            var choice = CanonicalResponse.Choice()
            choice.parts = [
                .text(TextPart(JSONText(test.text))),
                .toolCall(ToolCall(id: "a", name: "f", arguments: .string("{}"))),
            ]
            choice.finish = Finish(.toolUse)
            response.choices = [choice]
            response.cut(at: test.stops)
            let text = response.choices[0].parts.compactMap { part in
                if case .text(let text) = part { text.text.string } else { nil }
            }.joined()
            #expect(text == test.left)
            #expect(response.choices[0].finish.reason == (test.hit == nil ? .toolUse : .stopSequence))
        }
    }

    @Test func thoughtsAndArgumentsPass() throws {
        var cutter = try #require(StopSequenceCutter(["x"]))
        var events: [StreamEvent] = [.reasoning(choice: 0, "axb"), .arguments(choice: 0, "axb")]
        cutter.filter(&events)
        #expect(events.count == 2)
        #expect(!cutter.isOver)
    }

    @Test func blankSequencesAreNone() {
        #expect(StopSequenceCutter([""]) == nil)
        #expect(StopSequenceCutter([]) == nil)
    }
}
