import OmniJSON
import Testing

/// Strings in escaped form: escaping, decoding, comparison.
@Suite struct JSONTextTests {
    struct Spelling: Sendable {
        let escaped: String
        let decoded: String
    }

    private func text(_ escaped: String) -> JSONText { JSONText(escaped: Array(escaped.utf8)[...]) }

    @Test func escapesWhatJSONDemandsAndNothingElse() {
        let text = JSONText("\"\\/\u{8}\u{C}\n\r\t\u{0}\u{1F}\u{7F} é\u{2028}😀")
        let expected = "\\\"\\\\/\\u0008\\u000c\\n\\r\\t\\u0000\\u001f\u{7F} é\u{2028}😀"
        #expect(String(decoding: text.escaped, as: UTF8.self) == expected)
    }

    @Test(arguments: [
        Spelling(escaped: "", decoded: ""), Spelling(escaped: "plain é", decoded: "plain é"),
        Spelling(escaped: #"\"\\\/\b\f\n\r\t"#, decoded: "\"\\/\u{8}\u{C}\n\r\t"),
        Spelling(escaped: #"\u0041\u00e9\u20AC"#, decoded: "Aé€"), Spelling(escaped: #"\uD83D\uDE00"#, decoded: "😀"),
        Spelling(escaped: #"x\ud83d\ude00y"#, decoded: "x😀y"), Spelling(escaped: #"\u0000"#, decoded: "\u{0}"),
        Spelling(escaped: #"\\u0041"#, decoded: "\\u0041"), Spelling(escaped: #"\uD83D"#, decoded: "\u{FFFD}"),
        Spelling(escaped: #"\uDE00"#, decoded: "\u{FFFD}"), Spelling(escaped: #"\uD83Dx"#, decoded: "\u{FFFD}x"),
        Spelling(escaped: #"\uD83D\u0041"#, decoded: "\u{FFFD}A"),
        Spelling(escaped: #"\uDE00\uD83D"#, decoded: "\u{FFFD}\u{FFFD}"),
        Spelling(escaped: #"\uD83D\uD83D\uDE00"#, decoded: "\u{FFFD}😀"),
        Spelling(escaped: #"\uD7FF\uE000"#, decoded: "\u{D7FF}\u{E000}"),
        Spelling(escaped: #"\uD800\uDC00\uD83D\uE000"#, decoded: "\u{10000}\u{FFFD}\u{E000}"),
        Spelling(escaped: #"\uDBFF\uDFFF"#, decoded: "\u{10FFFF}"),
        Spelling(escaped: #"\uD83D\n"#, decoded: "\u{FFFD}\n"),
    ])
    func decodesEveryEscape(spelling: Spelling) throws {
        let text = text(spelling.escaped)
        #expect(text.string == spelling.decoded)
        #expect(text.decodedBytes == Array(spelling.decoded.utf8))
        #expect(try JSONValue(parsing: Array("\"\(spelling.escaped)\"".utf8)).string == spelling.decoded)
    }

    @Test func escapingAndDecodingAreInverse() {
        for scalar in (0..<0x300).compactMap(Unicode.Scalar.init) + ["\u{2028}", "\u{FFFF}", "\u{1F600}"] {
            let string = "a\(Character(scalar))\\u0041\""
            #expect(JSONText(string).string == string)
            #expect(
                JSONText(escaping: JSONText(string).escaped).string
                    == String(decoding: JSONText(string).escaped, as: UTF8.self))
        }
    }

    @Test func beginningsAreCompared() {
        #expect(JSONText("msg_1").starts(with: "msg_"))
        #expect(JSONText("msg_").starts(with: "msg_"))
        #expect(!JSONText("msg").starts(with: "msg_"))
        #expect(!JSONText("chatcmpl-1").starts(with: "msg_"))
    }

    @Test func equalTextsHashAlike() {
        let slice = Array("xxnameyy".utf8)[2..<6]
        #expect(JSONText(escaped: slice) == JSONText("name"))
        #expect(Set([JSONText(escaped: slice), JSONText("name"), JSONText("nama"), ""]).count == 3)
    }

    @Test func theEndOfASliceIsNotReadPast() {
        // Not valid JSON strings; they come from truncated input and must not trap.
        for broken in [
            #"\"#, #"\u"#, #"\u1"#, #"\u12"#, #"\u123"#, #"\uD83D\"#, #"\uD83D\u"#, #"\uD83D\uDE0"#, #"\uZZZZ"#,
        ] {
            let whole = Array((broken + "0000").utf8)
            let slice = JSONText(escaped: whole[..<broken.utf8.count])
            #expect(slice.decodedBytes.count <= 3 * broken.utf8.count)
        }
    }

    @Test func equalsComparesTheDecodedContents() {
        #expect(text("model").equals("model"))
        #expect(text(#"m\u006fdel"#).equals("model"))
        #expect(!text("models").equals("model"))
        #expect(!text("mode").equals("model"))
        #expect(!text(#"m\u0070del"#).equals("model"))
        #expect(text("").equals(""))
        #expect(!text(#"\u0000"#).equals(""))
        #expect(text(#"\/"#).equals("/"))
    }

    @Test func equalityAndHashCompareTheEscapedForm() {
        #expect(text("a") == JSONText("a"))
        #expect(text(#"\u0061"#) != JSONText("a"))
        let slice = Array("xabx".utf8)[1..<3]
        #expect(JSONText(escaped: slice) == "ab")
        #expect(JSONText(escaped: slice).hashValue == JSONText("ab").hashValue)
    }

    @Test(arguments: ["", " ", "   ", #"\n"#, #" \t\r\n "#])
    func blankTextIsRecognized(escaped: String) {
        #expect(text(escaped).isBlank)
    }

    @Test(arguments: ["a", "n", "t", " n", #"\\"#, #"\\n"#, #"\b"#, #"\u0020x"#, #" \n."#, "\u{A0}"])
    func textThatIsNotBlankIsRecognized(escaped: String) {
        #expect(!text(escaped).isBlank)
    }

    @Test(arguments: [#"\u0020"#, #"\u000a\u000D"#, #" \u0009\n"#])
    func whiteSpaceWrittenAsCodePointsIsBlank(escaped: String) {
        #expect(text(escaped).isBlank)
    }

    @Test func concatenationKeepsBothEscapedForms() {
        var sum = text(#"a\n"#) + text(#"\u0062"#)
        #expect(sum == text(#"a\n\u0062"#))
        sum += text("")
        sum += text("c")
        #expect(sum == text(#"a\n\u0062c"#))
        #expect(text("") + text("x") == text("x"))
        var empty = text("")
        empty += text("y")
        #expect(empty == text("y"))
        #expect(empty.isEmpty == false && text("").isEmpty)
    }
}
