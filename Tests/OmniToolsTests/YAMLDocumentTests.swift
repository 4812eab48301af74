import OmniTools
import Testing

@Suite struct YAMLDocumentTests {
    static let entry = DocumentEdit.Entry(list: ["models"], name: "name", text: "OmniRoute")
    static let ours = DocumentEdit.setEntry(
        entry, [.init("name", .text("OmniRoute")), .init("apiBase", .text("http://localhost:1/v1"))])
    static let cases: [EditCase] = [
        EditCase("no file", "", [.set(["model"], .text("openai/m"))], "model: openai/m\n"),
        EditCase(
            "no file, a list", "", [ours], "models:\n  - name: OmniRoute\n    apiBase: \"http://localhost:1/v1\"\n"),
        EditCase(
            "remarks and quotes stay", "# mine\nmodel: 'old' # why\nother: \"a: b\"\n\n# end\n",
            [.set(["model"], .text("m")), .set(["n"], .number(1))],
            "# mine\nmodel: m # why\nother: \"a: b\"\nn: 1\n\n# end\n"),
        EditCase(
            "block texts, flow collections, anchors and long texts stay",
            "a: |\n  model: no\n\n  # no remark\nb: >-\n  x\nc: {d: [1, 'two'],\n  e: 3}\nf: &x\n  g: *y\nh: one\n  two\nmodel: old\n",
            [.set(["model"], .text("m"))],
            "a: |\n  model: no\n\n  # no remark\nb: >-\n  x\nc: {d: [1, 'two'],\n  e: 3}\nf: &x\n  g: *y\nh: one\n  two\nmodel: m\n"
        ),
        EditCase(
            "an entry behind others, indented as they are",
            "name: mine\nmodels:\n- name: a\n  provider: x\n\n# rules\nrules:\n  - be kind\n", [ours],
            "name: mine\nmodels:\n- name: a\n  provider: x\n- name: OmniRoute\n  apiBase: \"http://localhost:1/v1\"\n\n# rules\nrules:\n  - be kind\n"
        ),
        EditCase(
            "an entry is changed where it stands",
            "models:\n    - provider: x # p\n      name: OmniRoute\n      apiBase: old # b\n      mine: [1, 2]\n    - name: b\n",
            [ours],
            "models:\n    - provider: x # p\n      name: OmniRoute\n      apiBase: \"http://localhost:1/v1\" # b\n      mine: [1, 2]\n    - name: b\n"
        ),
        EditCase(
            "an empty list", "models: []\nz: 1\n", [ours],
            "models:\n  - name: OmniRoute\n    apiBase: \"http://localhost:1/v1\"\nz: 1\n"),
        EditCase(
            "a list without entries", "models: # none yet\nz: 1\n", [ours],
            "models: # none yet\n  - name: OmniRoute\n    apiBase: \"http://localhost:1/v1\"\nz: 1\n"),
        EditCase(
            "Windows line ends", "a: 1\r\nmodel: x\r\n", [.set(["model"], .text("m")), .set(["b"], .flag(true))],
            "a: 1\r\nmodel: m\r\nb: true\r\n"),
        EditCase("no final line end", "a: 1", [.set(["b"], .text("c"))], "a: 1\nb: c\n"),
        EditCase("a document mark", "---\na: 1\n", [.set(["a"], .number(2))], "---\na: 2\n"),
        EditCase(
            "a value below its name", "model: # r\n  old\nb: 1\n", [.set(["model"], .text("m"))],
            "model: # r\n  m\nb: 1\n"),
        EditCase("no value yet", "model:\nb: 1\n", [.set(["model"], .text("m"))], "model: m\nb: 1\n"),
        EditCase(
            "texts that would be something else are quoted", "",
            [
                .set(["a"], .text("true")), .set(["b"], .text("1.0")), .set(["c"], .text("x: y")),
                .set(["d"], .text("no")),
            ],
            "a: \"true\"\nb: \"1.0\"\nc: \"x: y\"\nd: \"no\"\n"),
        EditCase(
            "removing an entry", "models:\n  - name: a\n  - name: OmniRoute\n    x: |\n      y\n  # c\n  - name: c\n",
            [.removeEntry(entry)], "models:\n  - name: a\n  # c\n  - name: c\n"),
        EditCase(
            "the only entry takes its list along", "a: 1\nmodels:\n  - name: OmniRoute\n    x: 1\nb: 2\n",
            [.removeEntry(entry)], "a: 1\nb: 2\n"),
        EditCase("removing a value", "a: 1\nmodel: >\n  x\n\n  y\nb: 2\n", [.remove(["model"])], "a: 1\nb: 2\n"),
    ]

    @Test(arguments: cases) func edits(_ edit: EditCase) throws { try edit.check(.yaml) }

    @Test(arguments: [
        "a: 1\n\tb: 2\n", "a: [1\n", "a: \"x\n", "a: 1\n---\nb: 2\n", "? a\n: b\n", "a: 1\na: 2\n", "a: b: c\n",
        "a: 1\n  b: 2\n",
        "text\n  more: x\n", "a: {b: ]}\n", "a: 'x' y\n", "models:\n  - a\n b\n",
    ])
    func refuses(_ text: String) {
        #expect(throws: DocumentFault.self) { try ConfigurationDocument(Array(text.utf8), format: .yaml) }
    }

    @Test(arguments: ["models: [{name: a}]\n", "models: text\n", "models:\n  name: a\n", "models: &m\n  - name: a\n"])
    func leavesListsInOtherStyles(_ text: String) throws {
        var document = try ConfigurationDocument(Array(text.utf8), format: .yaml)
        let fault = #expect(throws: DocumentFault.self) { try document.apply([Self.ours]) }
        #expect(fault?.code == .unsupported)
        #expect(document.text == text)
    }
}
