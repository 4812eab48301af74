import OmniTools
import Testing

@Suite struct EnvironmentDocumentTests {
    static let cases: [EditCase] = [
        EditCase("no file", "", [.set(["A"], .text("http://localhost:1"))], "A=http://localhost:1\n"),
        EditCase(
            "remarks, exports and others stay", "# mine\nexport A = 'old' # why\nB=\"x\ny\"\nnonsense\n",
            [.set(["A"], .text("n")), .set(["C"], .text("two words"))],
            "# mine\nexport A = n # why\nB=\"x\ny\"\nnonsense\nC=\"two words\"\n"),
        EditCase("the last of several counts", "A=1\nA=2\n", [.set(["A"], .text("3"))], "A=1\nA=3\n"),
        EditCase("no final line end", "A=1", [.set(["B"], .text("2"))], "A=1\nB=2\n"),
        EditCase("Windows line ends", "A=1\r\n", [.set(["B"], .text("2")), .set(["A"], .text("3"))], "A=3\r\nB=2\r\n"),
        EditCase("removing", "A=1\n# b\nB=2\nA=3\n", [.remove(["A"])], "# b\nB=2\n"),
    ]

    @Test(arguments: cases) func edits(_ edit: EditCase) throws { try edit.check(.environment) }

    @Test func refusesTextsWithoutEnd() {
        let fault = #expect(throws: DocumentFault.self) {
            try ConfigurationDocument(Array("A=\"x\nB=2\n".utf8), format: .environment)
        }
        #expect(fault?.code == .unparseable)
    }

    @Test func readsValues() throws {
        let document = try ConfigurationDocument(Array("A=\"q\\\"\"\nB = x # y\nC=''\n".utf8), format: .environment)
        #expect(document.value == .object([.init("A", .text("q\"")), .init("B", .text("x")), .init("C", .text(""))]))
    }
}
