import OmniTools
import Testing

@Suite struct TOMLDocumentTests {
    static let provider = ["model_providers", "omniroute"]
    static let url = DocumentEdit.set(provider + ["base_url"], .text("http://localhost:1/v1"))
    static let cases: [EditCase] = [
        EditCase("no file", "", [.set(["model"], .text("m"))], "model = \"m\"\n"),
        EditCase(
            "no file, a table", "", [.set(["model"], .text("m")), url],
            "model = \"m\"\n\n[model_providers.omniroute]\nbase_url = \"http://localhost:1/v1\"\n"),
        EditCase(
            "types, remarks, lists, long texts and inline tables stay",
            """
            # mine
            model = "gpt" # the model
            retries = 0x1F
            ratio = 1_000.5
            since = 1979-05-27 07:32:00
            list = [ 1, # one
              2, ]
            text = \"\"\"
            [not.a.header]
            model = "no"
            \"\"\"
            raw = '''a "quote" \\n'''
            inline = { a = 1, b.c = [true] }

            [projects."/tmp/a b"]
            trust_level = "trusted"

            [[hooks]]
            model = "of a hook"

            [[hooks]]
            model = "of another"
            """ + "\n",
            [.set(["model"], .text("new")), .set(["model_provider"], .text("omniroute")), url],
            """
            # mine
            model = "new" # the model
            retries = 0x1F
            ratio = 1_000.5
            since = 1979-05-27 07:32:00
            list = [ 1, # one
              2, ]
            text = \"\"\"
            [not.a.header]
            model = "no"
            \"\"\"
            raw = '''a "quote" \\n'''
            inline = { a = 1, b.c = [true] }
            model_provider = "omniroute"

            [projects."/tmp/a b"]
            trust_level = "trusted"

            [[hooks]]
            model = "of a hook"

            [[hooks]]
            model = "of another"

            [model_providers.omniroute]
            base_url = "http://localhost:1/v1"
            """ + "\n"),
        EditCase(
            "Windows line ends", "a = 1\r\n\r\n[t]\r\nb = 2\r\n",
            [.set(["c"], .number(3)), .set(["t", "d"], .flag(true))],
            "a = 1\r\nc = 3\r\n\r\n[t]\r\nb = 2\r\nd = true\r\n"),
        EditCase("no final line end", "a = 1", [.set(["b"], .number(2))], "a = 1\nb = 2\n"),
        EditCase(
            "no final line end, a table", "[t]\na = 1", [url],
            "[t]\na = 1\n\n[model_providers.omniroute]\nbase_url = \"http://localhost:1/v1\"\n"),
        EditCase(
            "only tables", "[t]\na = 1\n", [.set(["model"], .text("m"))], "model = \"m\"\n\n[t]\na = 1\n"),
        EditCase(
            "remarks at the top stay there", "# about this file\n\n[t]\na = 1\n", [.set(["model"], .text("m"))],
            "# about this file\n\nmodel = \"m\"\n\n[t]\na = 1\n"),
        EditCase(
            "a quoted header is the same table", "[\"model_providers\".'omniroute']\nname = \"x\" # n\n\n[z]\n", [url],
            "[\"model_providers\".'omniroute']\nname = \"x\" # n\nbase_url = \"http://localhost:1/v1\"\n\n[z]\n"),
        EditCase(
            "an inline table", "model_providers = { omniroute = { name = \"x\" }, other = {} }\n", [url],
            "model_providers = { omniroute = { name = \"x\", base_url = \"http://localhost:1/v1\" }, other = {} }\n"),
        EditCase(
            "an inline table without it", "model_providers = { other = { a = 1 } } # r\n", [url],
            "model_providers = { other = { a = 1 }, omniroute.base_url = \"http://localhost:1/v1\" } # r\n"),
        EditCase(
            "dotted names", "model_providers.omniroute.name = \"x\"\n\n[z]\na = 1\n", [url],
            "model_providers.omniroute.name = \"x\"\nmodel_providers.omniroute.base_url = \"http://localhost:1/v1\"\n\n[z]\na = 1\n"
        ),
        EditCase(
            "a long text gives way as a whole", "model = \"\"\"\nold\n\"\"\"\nb = 1\n", [.set(["model"], .text("m"))],
            "model = \"m\"\nb = 1\n"),
        EditCase("the same in other quotes stays", "model = 'm'\n", [.set(["model"], .text("m"))], "model = 'm'\n"),
        EditCase("escapes", "", [.set(["a b"], .text("q\"\\\n\u{1}"))], "\"a b\" = \"q\\\"\\\\\\n\\u0001\"\n"),
        EditCase(
            "removing a table at the end",
            "a = 1\n\n[model_providers.omniroute]\nx = 1\n\n[model_providers.omniroute.http_headers]\nb = 2\n",
            [.remove(provider)], "a = 1\n"),
        EditCase(
            "removing a table between others",
            "[model_providers.omniroute]\n# of ours\nx = 1\n\n# about z\n[z]\na = 1\n", [.remove(provider)],
            "# about z\n[z]\na = 1\n"),
        EditCase(
            "removing from inline tables",
            "p = { model_providers = 1 }\nmodel_providers = { a = {}, omniroute = { x = 1 } }\n",
            [.remove(provider)], "p = { model_providers = 1 }\nmodel_providers = { a = {} }\n"),
        EditCase(
            "removing dotted names", "model_providers.omniroute.x = 1\nmodel_providers.a.x = 1\n", [.remove(provider)],
            "model_providers.a.x = 1\n"),
        EditCase(
            "removing a value with its remark", "a = 1\nmodel = [1,\n2] # r\nb = 2\n", [.remove(["model"])],
            "a = 1\nb = 2\n"),
        EditCase("removing what is not there", "a = 1\n", [.remove(["b"]), .remove(provider)], "a = 1\n"),
    ]

    @Test(arguments: cases) func edits(_ edit: EditCase) throws { try edit.check(.toml) }

    @Test func connectingAndTakingItBackLeavesTheFileAsItWas() throws {
        let text = "# a\nmodel_reasoning_effort = \"high\"\n\n[mcp_servers.x]\nargs = [\n  \"a\", # b\n]\n"
        var document = try ConfigurationDocument(Array(text.utf8), format: .toml)
        try document.apply([.set(["model"], .text("m")), Self.url, .set(Self.provider + ["n"], .number(1))])
        #expect(document.value[Self.provider + ["n"]] == .number(1))
        try document.apply([.remove(Self.provider), .remove(["model"])])
        #expect(document.text == text)
    }

    @Test(arguments: [
        "a", "a =", "a = b", "a = 1 2", "[a", "[a]]x", "a = \"x", "a = 'x\n'", "a = [1", "a = { b = 1", "= 1",
        "a = 1\na = 2",
        "[t]\n[t]", "a = \"\\q\"", "a.b = 1\na.b = 2", "a = \"\"\"x", "a = 1979-05-27 x",
    ])
    func refuses(_ text: String) {
        let fault = #expect(throws: DocumentFault.self) { try ConfigurationDocument(Array(text.utf8), format: .toml) }
        #expect(fault?.code == .unparseable)
    }

    @Test(arguments: ["model_providers = 1\n", "[[model_providers]]\na = 1\n", "model_providers.omniroute = \"x\"\n"])
    func leavesWhatIsNoTable(_ text: String) throws {
        var document = try ConfigurationDocument(Array(text.utf8), format: .toml)
        let fault = #expect(throws: DocumentFault.self) { try document.apply([Self.url]) }
        #expect(fault?.code == .unsupported)
        #expect(document.text == text)
    }
}
