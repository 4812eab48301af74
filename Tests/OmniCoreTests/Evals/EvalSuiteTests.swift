import OmniJSON
import Testing

@testable import OmniCore

@Suite struct EvalSuiteTests {
    private static func fields(_ text: String) throws -> JSONFields {
        try JSONFields(JSONValue(parsing: Array(text.utf8)))
    }

    private static func suite(cases: String) throws -> EvalSuite {
        var suite = EvalSuite(id: "mine", name: "Mine")
        try suite.merge(fields(#"{"cases":\#(cases)}"#))
        return suite
    }

    private static let judge = #""judges":[{"type":"exact","value":"a"}]"#

    @Test(
        arguments: [
            (#"1"#, "cases"), (#"[]"#, "cases"), (#"[1]"#, "cases[0]"), (#"[{}]"#, "cases[0].input"),
            (#"[{"input":"Hi"}]"#, "cases[0].judges"), (#"[{"input":""}]"#, "cases[0].input"),
            (#"[{"input":{}}]"#, "cases[0].input.messages"),
            (#"[{"input":{"messages":[]}}]"#, "cases[0].input.messages"),
            (#"[{"input":{"messages":["hi"]}}]"#, "cases[0].input.messages[0]"),
            (#"[{"input":{"messages":[{"role":"narrator"}]}}]"#, "cases[0].input.messages[0].role"),
            (#"[{"input":{"messages":[{"role":"user","content":"a"}],"stream":true}}]"#, "cases[0].input.stream"),
            (#"[{"input":{"model":"x","messages":[{"role":"user","content":"a"}]}}]"#, "cases[0].input.model"),
            (#"[{"input":{"top_p":1,"top_p":0,"messages":[{"role":"user"}]}}]"#, "cases[0].input"),
            (#"[{"input":"Hi","judges":[]}]"#, "cases[0].judges"),
            (#"[{"input":"Hi","judges":[1]}]"#, "cases[0].judges[0]"),
            (#"[{"input":"Hi","judges":[{"type":"regex","pattern":"("}]}]"#, "cases[0].judges[0].pattern"),
            (#"[{"input":"Hi","expected":{"strategy":"custom"}}]"#, "cases[0].expected.strategy"),
            (#"[{"id":"x","input":"Hi",\#(judge)},{"id":"x","input":"Hi",\#(judge)}]"#, "cases[1].id"),
            (#"[{"input":"Hi",\#(judge),"weight":2}]"#, "cases[0].weight"),
            (#"[{"input":"Hi",\#(judge),"tags":"a"}]"#, "cases[0].tags"),
        ] as [(String, String)])
    func namesTheFieldAtFault(cases: String, field: String) {
        let fault = #expect(throws: FieldFault.self) { try Self.suite(cases: cases) }
        #expect(fault?.field == field)
    }

    @Test func asksWhatTheCaseSays() throws {
        let input = #"{"messages":[{"role":"user","content":"Hi\nthere"}],"temperature":0}"#
        let one = try #require(Self.suite(cases: #"[{"input":\#(input),\#(Self.judge)}]"#).cases.first)
        #expect(
            String(decoding: one.request(to: "sim/echo"), as: UTF8.self)
                == #"{"model":"sim/echo",\#(input.dropFirst())"#)
        let short = try #require(Self.suite(cases: #"[{"input":"Hi",\#(Self.judge)}]"#).cases.first)
        #expect(short.id == "case-1" && short.name == "case-1")
        #expect(String(decoding: short.input, as: UTF8.self) == #"{"messages":[{"role":"user","content":"Hi"}]}"#)
    }

    @Test func aDigestTellsCasesThatAskOrJudgeDifferently() throws {
        let texts = [
            #"{"id":"a","input":"Hi",\#(Self.judge)}"#, #"{"id":"b","name":"other","input":"Hi",\#(Self.judge)}"#,
            #"{"id":"c","input":"Ho",\#(Self.judge)}"#,
            #"{"id":"d","input":"Hi","judges":[{"type":"exact","value":"b"}]}"#,
        ]
        let digests = try Self.suite(cases: "[\(texts.joined(separator: ","))]").cases.map(\.digest)
        #expect(digests[0] == digests[1])
        #expect(Set(digests).count == 3)
    }

    @Test func whatIsShownCanBeSavedAgain() throws {
        for suite in EvalSuite.builtIn {
            var writer = JSONWriter()
            writer.beginObject()
            suite.writeMembers(into: &writer)
            writer.endObject()
            var copy = EvalSuite(id: suite.id, name: "", isBuiltIn: true)
            try copy.merge(JSONFields(JSONValue(parsing: writer.bytes)))
            #expect(copy == suite)
            #expect(EvalSuite.objection(toID: suite.id) == nil)
        }
    }

    /// A right answer passes and a wrong one does not; what is built in must not be wrong itself.
    @Test(
        arguments: [
            ("golden-set", "one-word", "READY", "I am READY"),
            ("golden-set", "three-lines", "1. Red\n2. Yellow\n3. Green", "Red, green"),
            ("golden-set", "sort", "apple, fig, kiwi, plum", "apple, kiwi, fig, plum"),
            (
                "golden-set", "extract", #"{"name":"Mira","age":34,"city":"Oslo"}"#,
                #"{"name":"Mira","age":"34","city":"Oslo"}"#
            ),
            (
                "golden-set", "leave-out", "Bare trees stand in silent white fields.",
                "The snow lies deep upon the fields."
            ),
            ("golden-set", "from-text", "14:15", "9:40"), ("coding-proficiency", "what-is-printed", "35", "55"),
            (
                "coding-proficiency", "off-by-one", "const last = (list) => list[list.length - 1];",
                "const last = (list) => list[0];"
            ),
            (
                "coding-proficiency", "sql",
                "SELECT customer, SUM(amount) FROM orders GROUP BY customer ORDER BY SUM(amount) DESC;",
                "SELECT * FROM orders"
            ),
            ("coding-proficiency", "big-o", "O(n^2)", "O(n log n)"), ("reasoning-logic", "fill-level", "Day 18", "5"),
            ("reasoning-logic", "order-of-people", "Ben.", "Anna"), ("reasoning-logic", "conclusion", "No.", "Yes"),
            ("reasoning-logic", "change", "2", "4"), ("reasoning-logic", "weekday", "Friday", "Thursday"),
            (
                "multilingual", "german-to-english", "The train is twenty minutes late today.",
                "Der Zug ist heute zu spät."
            ),
            ("multilingual", "spanish-answer", "Azul", "Blue"), ("multilingual", "japanese-number", "七", "八"),
            ("multilingual", "french-plural", "chevaux", "chevals"),
            ("multilingual", "russian-capital", "Москва", "Moscow"),
        ] as [(String, String, String, String)])
    func builtInCasesJudgeRightly(suite: String, id: String, good: String, bad: String) throws {
        let suite = try #require(EvalSuite.builtIn.first { $0.id == suite })
        let one = try #require(suite.cases.first { $0.id == id })
        func passes(_ answer: String) -> Bool { one.judges.allSatisfy { $0.judgement(of: answer)?.verdict == .pass } }
        #expect(passes(good))
        #expect(!passes(bad))
    }

    @Test(arguments: [
        ("", false), ("runs", false), ("compare", false), ("a b", false), ("A", false), ("my-suite-2", true),
    ])
    func idsArePlain(id: String, isGood: Bool) {
        #expect((EvalSuite.objection(toID: id) == nil) == isGood)
    }
}
