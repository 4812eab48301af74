import OmniTools
import Testing

/// One change of a text: what it was, the edits, what it must be byte for byte.
struct EditCase: Sendable, CustomTestStringConvertible {
    var name: String
    var before: String
    var edits: [DocumentEdit]
    var after: String

    init(_ name: String, _ before: String, _ edits: [DocumentEdit], _ after: String) {
        self.name = name
        self.before = before
        self.edits = edits
        self.after = after
    }

    var testDescription: String { name }

    func check(_ format: DocumentFormat) throws {
        var document = try ConfigurationDocument(Array(before.utf8), format: format)
        try document.apply(edits)
        #expect(document.text == after)
        // What was done once changes nothing the second time.
        try document.apply(edits)
        #expect(document.text == after)
    }
}

@Suite struct JSONDocumentTests {
    static let url = DocumentEdit.set(["env", "URL"], .text("http://localhost:1"))
    static let cases: [EditCase] = [
        EditCase("no file", "", [url], "{\n  \"env\": {\n    \"URL\": \"http://localhost:1\"\n  }\n}\n"),
        EditCase("blank file", " \n", [url], "{\n  \"env\": {\n    \"URL\": \"http://localhost:1\"\n  }\n}\n"),
        EditCase("only a remark", "// mine\n", [.set(["a"], .number(1))], "// mine\n{\n  \"a\": 1\n}\n"),
        EditCase("empty object", "{}", [.set(["a"], .flag(true))], "{\n  \"a\": true\n}"),
        EditCase(
            "remarks, order, numbers and odd spaces stay",
            "{\n    // first\n    \"big\": 1.50e+2, /* why */\n    \"env\" : { \"URL\":\"x\" , \"Z\": [1,2 , 3] } // end\n}\n",
            [url],
            "{\n    // first\n    \"big\": 1.50e+2, /* why */\n    \"env\" : { \"URL\":\"http://localhost:1\" , \"Z\": [1,2 , 3] } // end\n}\n"
        ),
        EditCase(
            "the remark behind the last member stays with it", "{\n\t\"a\": 1 // one\n}\n", [.set(["b"], .number(2))],
            "{\n\t\"a\": 1, // one\n\t\"b\": 2\n}\n"),
        EditCase(
            "a trailing comma stays", "{\n  \"a\": 1,\n}\n", [.set(["b"], .number(2))],
            "{\n  \"a\": 1,\n  \"b\": 2,\n}\n"),
        EditCase(
            "Windows line ends", "{\r\n  \"a\": 1\r\n}\r\n", [.set(["b", "c"], .text("d"))],
            "{\r\n  \"a\": 1,\r\n  \"b\": {\r\n    \"c\": \"d\"\r\n  }\r\n}\r\n"),
        EditCase("one line", "{\"a\": 1}", [.set(["b"], .number(2))], "{\"a\": 1, \"b\": 2}"),
        EditCase(
            "without white space", "{\"a\":{\"x\":1}}", [.set(["a", "y"], .object([.init("k", .text("v"))]))],
            "{\"a\":{\"x\":1,\"y\":{\"k\":\"v\"}}}"),
        EditCase(
            "JSON5", "{a: 'it\\'s', }", [.set(["b"], .number(2))],
            "{a: 'it\\'s', \"b\": 2 }"),
        EditCase(
            "names with escapes are the same names", "{\"\\u0061\": 1}", [.set(["a"], .number(2))],
            "{\"\\u0061\": 2}"),
        EditCase("the same value in other words stays", "{'a': 'x'}", [.set(["a"], .text("x"))], "{'a': 'x'}"),
        EditCase(
            "texts are escaped", "{}", [.set(["a"], .text("q\"\\\n"))], "{\n  \"a\": \"q\\\"\\\\\\n\"\n}"),
        EditCase(
            "removing the middle", "{\n  \"a\": 1,\n  \"b\": 2, // two\n  \"c\": 3\n}\n", [.remove(["b"])],
            "{\n  \"a\": 1,\n  \"c\": 3\n}\n"),
        EditCase(
            "removing the last", "{\n  \"a\": 1, // one\n  \"b\": 2\n}\n", [.remove(["b"])],
            "{\n  \"a\": 1 // one\n}\n"),
        EditCase("removing in one line", "{\"a\": 1, \"b\": 2}", [.remove(["b"])], "{\"a\": 1}"),
        EditCase("removing the first in one line", "{\"a\": 1, \"b\": 2}", [.remove(["a"])], "{\"b\": 2}"),
        EditCase(
            "objects that are empty then go too", "{\n  \"k\": 1,\n  \"env\": {\n    \"URL\": \"x\"\n  }\n}\n",
            [.remove(["env", "URL"])], "{\n  \"k\": 1\n}\n"),
        EditCase("removing what is not there", "{\"a\": 1}", [.remove(["b", "c"])], "{\"a\": 1}"),
        EditCase(
            "a byte order mark stays", "\u{FEFF}{\"a\": 1}", [.set(["a"], .number(2))], "\u{FEFF}{\"a\": 2}"),
        EditCase(
            "an entry is added",
            "{\n  \"list\": [\n    { \"id\": \"x\" }\n  ]\n}\n",
            [
                .setEntry(
                    .init(list: ["list"], name: "id", text: "ours"),
                    [.init("id", .text("ours")), .init("n", .number(1))])
            ],
            "{\n  \"list\": [\n    { \"id\": \"x\" },\n    {\n      \"id\": \"ours\",\n      \"n\": 1\n    }\n  ]\n}\n"),
        EditCase(
            "an entry is changed where it stands",
            "{\"list\": [{\"id\": \"ours\", \"n\": 1, \"mine\": true}, {\"id\": \"x\"}]}",
            [.setEntry(.init(list: ["list"], name: "id", text: "ours"), [.init("n", .number(2))])],
            "{\"list\": [{\"id\": \"ours\", \"n\": 2, \"mine\": true}, {\"id\": \"x\"}]}"),
        EditCase(
            "the only entry takes its list along",
            "{\n  \"a\": 1,\n  \"list\": [\n    {\"id\": \"ours\"}\n  ]\n}\n",
            [.removeEntry(.init(list: ["list"], name: "id", text: "ours"))], "{\n  \"a\": 1\n}\n"),
        EditCase(
            "an entry among others", "{\"list\": [{\"id\": \"x\"}, {\"id\": \"ours\"}]}",
            [.removeEntry(.init(list: ["list"], name: "id", text: "ours"))], "{\"list\": [{\"id\": \"x\"}]}"),
    ]

    @Test(arguments: cases) func edits(_ edit: EditCase) throws { try edit.check(.json) }

    @Test(arguments: [
        "{", "{\"a\" 1}", "{\"a\": }", "{\"a\": 1} x", "[1]", "\"text\"", "{\"a\": tru}", "{\"a\": \"x\n\"}", "{/* }",
        "{\"a\": 1 \"b\": 2}",
        "{\"a\": 0b1}", "{1: 2}",
    ])
    func refuses(_ text: String) {
        let fault = #expect(throws: DocumentFault.self) { try ConfigurationDocument(Array(text.utf8), format: .json) }
        #expect(fault?.code == .unparseable)
    }

    @Test func neverTurnsAnotherValueIntoAnObject() throws {
        var document = try ConfigurationDocument(Array("{\"env\": \"text\"}".utf8), format: .json)
        let fault = #expect(throws: DocumentFault.self) { try document.apply([Self.url]) }
        #expect(fault?.code == .unsupported)
        #expect(document.text == "{\"env\": \"text\"}")
    }

    @Test func readsValues() throws {
        let document = try ConfigurationDocument(
            Array("{\"t\": 'x', \"n\": -3, \"f\": false, \"l\": [null, 1.5]}".utf8), format: .json)
        #expect(document.value["t"] == .text("x"))
        #expect(document.value["n"] == .number(-3))
        #expect(document.value["f"] == .flag(false))
        #expect(document.value["l"] == .list([.other("null"), .other("1.5")]))
    }
}
