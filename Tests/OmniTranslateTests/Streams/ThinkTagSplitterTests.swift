import OmniJSON
import Testing

@testable import OmniTranslate

/// Where thoughts end and text begins, whatever the pieces.
@Suite struct ThinkTagSplitterTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let tags: ModelCapabilities.ThinkTags
        /// Escaped, as it stands between the quotes of a JSON string.
        let content: String
        let thought: String
        let text: String

        init(_ content: String, thought: String, text: String, _ tags: ModelCapabilities.ThinkTags = .atStart) {
            self.tags = tags
            self.content = content
            self.thought = thought
            self.text = text
        }

        var testDescription: String { "\(tags): \(content)" }
    }

    static let cases = [
        Case("<think>Hm</think>Hi", thought: "Hm", text: "Hi"),
        Case(#"\n <think>\nHm\n</think>\n\nHi\n"#, thought: #"Hm\n"#, text: #"Hi\n"#),
        Case(#"\u003cthink\u003eHm\u003c/think\u003eHi"#, thought: "Hm", text: "Hi"),
        Case(#"<think>Hm<\/think>Hi"#, thought: "Hm", text: "Hi"),
        Case(
            #"\u000a<think>a \"b\" \ud83d\ude00 ö</think>\u0020\tHi"#, thought: #"a \"b\" \ud83d\ude00 ö"#, text: "Hi"),
        Case(#"<think>\n\n</think>\n\nHi"#, thought: "", text: "Hi"),
        Case("<think></think>", thought: "", text: ""),
        Case("<think>Hm", thought: "Hm", text: ""),
        Case("<think>Hm</thi", thought: "Hm</thi", text: ""),
        Case("<think>a < b </ c <</think>Hi", thought: "a < b </ c <", text: "Hi"),
        Case("<think>a</think>b<think>c</think>d", thought: "a", text: "b<think>c</think>d"),
        Case("<think>a <think>b</think>c", thought: "a <think>b", text: "c"),
        Case("<think>a</think>b</think>c", thought: "a", text: "b</think>c"),
        // Nothing but a tag at the start opens thoughts.
        Case("Hi", thought: "", text: "Hi"),
        Case("Hi <think>there</think>", thought: "", text: "Hi <think>there</think>"),
        Case(#"```\n<think>x</think>\n```"#, thought: "", text: #"```\n<think>x</think>\n```"#),
        Case("`<think>` opens", thought: "", text: "`<think>` opens"),
        Case("<thinking>Hm</thinking>", thought: "", text: "<thinking>Hm</thinking>"),
        Case("<THINK>Hm</THINK>", thought: "", text: "<THINK>Hm</THINK>"),
        Case("< think>Hm</think>", thought: "", text: "< think>Hm</think>"),
        Case(#"\\n<think>"#, thought: "", text: #"\\n<think>"#),
        Case("Hm</think>Hi", thought: "", text: "Hm</think>Hi"),
        Case(#" \n"#, thought: "", text: #" \n"#),
        Case(#"\n<thi"#, thought: "", text: #"\n<thi"#),
        Case(#"\nö <"#, thought: "", text: #"\nö <"#),
        // The prompt opened the thoughts.
        Case("Hm</think>Hi", thought: "Hm", text: "Hi", .alreadyOpen),
        Case(#"\nHm\n</think>\n\nHi"#, thought: #"Hm\n"#, text: "Hi", .alreadyOpen),
        Case(#"\n<think>\nHm</think>Hi"#, thought: "Hm", text: "Hi", .alreadyOpen),
        Case(#"\n</think>\nHi"#, thought: "", text: "Hi", .alreadyOpen),
        Case("</think>", thought: "", text: "", .alreadyOpen),
        Case("</thin", thought: "</thin", text: "", .alreadyOpen),
        Case(#"\n <thin"#, thought: "<thin", text: "", .alreadyOpen),
        Case("<this</think>Hi", thought: "<this", text: "Hi", .alreadyOpen),
        Case("<<</think>Hi", thought: "<<", text: "Hi", .alreadyOpen),
        Case("Hm</think>a</think>b", thought: "Hm", text: "a</think>b", .alreadyOpen),
        // Tags are text.
        Case("<think>Hm</think>Hi", thought: "", text: "<think>Hm</think>Hi", .ignored),
    ]

    @Test(arguments: cases)
    func thoughtsAndTextAreToldApart(_ item: Case) {
        #expect(split([Substring(item.content)], item.tags) == [item.thought, item.text])
    }

    @Test(arguments: cases)
    func noCutChangesAnything(_ item: Case) {
        let units = Self.units(of: item.content)
        for first in 0...units.count {
            for second in first...units.count {
                let pieces = [units[..<first], units[first..<second], units[second...]].map { Substring($0.joined()) }
                #expect(split(pieces, item.tags) == [item.thought, item.text], "cut at \(first) and \(second)")
            }
        }
        #expect(split(units.map { Substring($0) }, item.tags) == [item.thought, item.text], "cut everywhere")
    }

    /// No more is held than a tag that is not whole, in its longest spelling, and bounded white space.
    @Test(arguments: [ModelCapabilities.ThinkTags.atStart, .alreadyOpen])
    func littleIsHeldBack(tags: ModelCapabilities.ThinkTags) {
        for content in [
            "<think>" + String(repeating: "<</think</ ", count: 400), String(repeating: "  <think", count: 400),
        ] {
            var splitter = ThinkTagSplitter(tags)
            var given = 0
            for (offset, unit) in Self.units(of: content).enumerated() {
                var pieces: [ThinkTagSplitter.Piece] = []
                splitter.split(JSONText(escaped: Array(unit.utf8)[...]), into: &pieces)
                given += pieces.reduce(0) { $0 + $1.text.escaped.count }
                #expect(offset + 1 - given <= "<think>".count + "</think>".count)
            }
        }
    }

    @Test func whiteSpaceIsNotWaitedThroughForEver() {
        let blank = String(repeating: " ", count: 300)
        #expect(split([Substring(blank + "<think>Hm</think>")], .atStart) == ["", blank + "<think>Hm</think>"])
    }

    @Test func thoughtsThatComeSeparatelyEndTheAssumptionOfAnOpenBeginning() {
        var splitter = ThinkTagSplitter(.alreadyOpen)
        splitter.expectSeparateThoughts()
        #expect(split(["Hi"], &splitter) == ["", "Hi"])
        var tagged = ThinkTagSplitter(.alreadyOpen)
        tagged.expectSeparateThoughts()
        #expect(split(["<think>Hm</think>Hi"], &tagged) == ["Hm", "Hi"])
        var begun = ThinkTagSplitter(.alreadyOpen)
        var pieces: [ThinkTagSplitter.Piece] = []
        begun.split("Hm", into: &pieces)
        begun.expectSeparateThoughts()
        #expect(split(["m</think>Hi"], &begun) == ["m", "Hi"])
    }

    @Test func whatWasHeldComesBeforeWhatFollowsTheText() {
        var splitter = ThinkTagSplitter(.atStart)
        #expect(split(["<thi"], &splitter) == ["", "<thi"])
        #expect(splitter.isPassing)
        #expect(split(["nk>x"], &splitter) == ["", "nk>x"])
    }

    // MARK: Means

    /// The thoughts and the text, each joined.
    private func split(_ pieces: [Substring], _ tags: ModelCapabilities.ThinkTags) -> [String] {
        var splitter = ThinkTagSplitter(tags)
        return split(pieces, &splitter)
    }

    private func split(_ contents: [Substring], _ splitter: inout ThinkTagSplitter) -> [String] {
        var pieces: [ThinkTagSplitter.Piece] = []
        for content in contents { splitter.split(JSONText(escaped: Array(content.utf8)[...]), into: &pieces) }
        splitter.flush(into: &pieces)
        // The kinds come once each, thoughts first.
        #expect(pieces.map(\.isThought).sorted { $0 && !$1 } == pieces.map(\.isThought))
        #expect(pieces.allSatisfy { !$0.text.isEmpty })
        return [true, false].map { kind in
            String(decoding: pieces.filter { $0.isThought == kind }.flatMap(\.text.escaped), as: UTF8.self)
        }
    }

    /// The content cut into pieces of so many characters.
    static func pieces(of content: String, size: Int) -> [String] {
        let units = units(of: content)
        return stride(from: 0, to: units.count, by: size).map {
            units[$0..<min($0 + size, units.count)].joined()
        }
    }

    /// The smallest parts a JSON string can be cut into: escapes stay whole.
    private static func units(of content: String) -> [String] {
        var units: [String] = []
        var rest = content.unicodeScalars[...]
        while let first = rest.first {
            let length = first != "\\" ? 1 : rest.dropFirst().first == "u" ? 6 : 2
            units.append(String(String.UnicodeScalarView(rest.prefix(length))))
            rest = rest.dropFirst(length)
        }
        return units
    }
}
