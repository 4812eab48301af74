import OmniJSON
import Testing

@testable import OmniTranslate

/// Which questions may be compared by their meaning, and with which others.
@Suite struct ComparableQuestionTests {
    private static func question(
        _ messages: String, part: ComparableQuestion.Part = .lastTurn, more: String = ""
    ) throws -> ComparableQuestion? {
        let body = #"{"model":"m","temperature":0,"messages":[\#(messages)]\#(more)}"#
        return ComparableQuestion(
            try Translator.decodeRequest(JSONValue(parsing: Array(body.utf8)), from: .openAIChat), part: part)
    }

    private static func user(_ text: String) -> String { #"{"role":"user","content":"\#(text)"}"# }
    private static func says(_ text: String) -> String { #"{"role":"assistant","content":"\#(text)"}"# }
    private static func system(_ text: String) -> String { #"{"role":"system","content":"\#(text)"}"# }
    private static let tools = #","tools":[{"type":"function","function":{"name":"t","parameters":{"type":"object"}}}]"#

    private static func text(_ question: ComparableQuestion?) -> String? {
        question.map { String(decoding: $0.text, as: UTF8.self) }
    }

    @Test func onlyTheLastTurnMayDiffer() throws {
        let first = try #require(
            try Self.question(
                [Self.system("s"), Self.user("a"), Self.says("b"), Self.user("Caf\\u00e9?")].joined(separator: ",")))
        #expect(Self.text(first) == "Café?")
        let others = [
            ([Self.system("s"), Self.user("a"), Self.says("b"), Self.user("Another one")], true),
            ([Self.system("other"), Self.user("a"), Self.says("b"), Self.user("Café?")], false),
            ([Self.system("s"), Self.user("other"), Self.says("b"), Self.user("Café?")], false),
            ([Self.system("s"), Self.user("Café?")], false),
            ([Self.user("a"), Self.says("b"), Self.user("Café?")], false),
        ]
        for (messages, isAlike) in others {
            let other = try #require(try Self.question(messages.joined(separator: ",")))
            #expect((other.rest == first.rest) == isAlike, "\(messages)")
        }
        let longer = try #require(try Self.question(Self.user("x"), more: #","max_tokens":5"#))
        #expect(try longer.rest != Self.question(Self.user("x"))?.rest)
    }

    @Test func theWholeConversationMayDiffer() throws {
        let first = try #require(
            try Self.question(
                [Self.system("s"), Self.user("a"), Self.says("b"), Self.user("c")].joined(separator: ","),
                part: .conversation))
        #expect(Self.text(first) == "user: a\nassistant: b\nuser: c")
        let others = [
            ([Self.system("s"), Self.user("x"), Self.says("y"), Self.user("z")], true),
            ([Self.system("t"), Self.user("a"), Self.says("b"), Self.user("c")], false),
            ([Self.system("s"), Self.user("c")], false),
        ]
        for (messages, isAlike) in others {
            let other = try #require(try Self.question(messages.joined(separator: ","), part: .conversation))
            #expect((other.rest == first.rest) == isAlike, "\(messages)")
        }
    }

    /// What differs in a number only is no other way to say the same.
    @Test(arguments: [
        ("Sales in 2025?", "What were the sales of 2025?", true), ("Sales in 2025?", "Sales in 2026?", false),
        ("1 and 23", "12 and 3", false), ("no number", "none either", true),
    ])
    func numbersMustBeTheSame(first: String, second: String, isAlike: Bool) throws {
        let rests = try [first, second].map { try #require(try Self.question(Self.user($0))).rest }
        #expect((rests[0] == rests[1]) == isAlike)
    }

    @Test func theSameQuestionOfAnotherDialectIsComparable() throws {
        let messages =
            #"{"model":"m","max_tokens":5,"temperature":0.0,"system":"s","messages":[{"role":"user","content":[{"type":"text","text":"Hello"}]}]}"#
        let other = ComparableQuestion(
            try Translator.decodeRequest(JSONValue(parsing: Array(messages.utf8)), from: .anthropicMessages),
            part: .lastTurn)
        let first = try Self.question(Self.system("s") + "," + Self.user("Hi"), more: #","max_tokens":5"#)
        #expect(try #require(other).rest == #require(first).rest)
    }

    private static let picture =
        #"{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"https://a.b/c.png"}}]}"#
    private static let call =
        #"{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"t","arguments":"{}"}}]},{"role":"tool","tool_call_id":"1","content":"r"}"#

    @Test(arguments: [
        ("tools", user("a"), tools), ("a result", user("a") + "," + call, ""),
        ("an answer begun", user("a") + "," + says("b"), ""),
        ("a picture", picture, ""), ("blank", user("  "), ""), ("nothing", user(""), ""),
        ("long", user(String(repeating: "x", count: ComparableQuestion.maximumBytes + 1)), ""),
    ])
    func whatIsNotCompared(name: String, messages: String, more: String) throws {
        for part in ComparableQuestion.Part.allCases {
            #expect(try Self.question(messages, part: part, more: more) == nil, "\(part)")
        }
    }

    @Test func whatIsBeforeTheLastTurnMayBeAnything() throws {
        let messages = [Self.picture, Self.call, Self.user("a")].joined(separator: ",")
        let none = Self.tools + #","tool_choice":"none""#
        #expect(try Self.question(messages, more: none) != nil)
        #expect(try Self.question(messages, part: .conversation, more: none) == nil)
        #expect(try Self.question(Self.user(String(repeating: "x", count: ComparableQuestion.maximumBytes))) != nil)
    }
}
