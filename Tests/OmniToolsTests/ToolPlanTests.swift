import OmniTools
import Testing

/// Every tool of the table, and what connecting does to its files.
@Suite struct ToolPlanTests {
    static let connection = ToolConnection(
        address: "http://localhost:20128", secret: "sk-omni-abcdefghij0123456789", model: "openai/gpt-5", time: 0)
    static let writable = CodingTool.all.filter { !$0.files.isEmpty }

    static func empty(_ tool: CodingTool) -> [ToolPlan.FileState] {
        tool.files.compactMap { $0.choices.first }.map { ToolPlan.FileState(choice: $0, bytes: nil) }
    }

    static func after(_ plan: ToolPlan, _ tool: CodingTool) -> [ToolPlan.FileState] {
        empty(tool).map { state in
            let change = plan.changes.first { $0.path == state.choice.path }
            return ToolPlan.FileState(choice: state.choice, bytes: change?.after ?? state.bytes)
        }
    }

    @Test(arguments: writable) func connectsWithoutAnyFile(_ tool: CodingTool) throws {
        let plan = try ToolPlan.connecting(Self.empty(tool), to: Self.connection)
        #expect(plan.changes.count == tool.files.count)
        let all = plan.changes.map { String(decoding: $0.after ?? [], as: UTF8.self) }.joined()
        #expect(all.contains(Self.connection.secret))
        #expect(all.contains("http://localhost:20128"))
        #expect(all.contains("openai/gpt-5"))
        let again = try ToolPlan.connecting(Self.after(plan, tool), to: Self.connection)
        #expect(again.changes.isEmpty)
        #expect(again.diff.isEmpty)
    }

    @Test(arguments: writable) func disconnectingTakesAddressKeyAndModelAway(_ tool: CodingTool) throws {
        let plan = try ToolPlan.connecting(Self.empty(tool), to: Self.connection)
        let back = try ToolPlan.disconnecting(Self.after(plan, tool))
        let all = back.changes.map { String(decoding: $0.after ?? [], as: UTF8.self) }.joined()
        #expect(back.changes.count == tool.files.count)
        #expect(!all.contains(Self.connection.secret))
        #expect(!all.contains("localhost:20128"))
        #expect(!all.contains("openai/gpt-5"))
    }

    @Test(arguments: writable) func differencesHideTheKey(_ tool: CodingTool) throws {
        let plan = try ToolPlan.connecting(Self.empty(tool), to: Self.connection)
        #expect(!plan.diff.contains(Self.connection.secret))
        #expect(plan.diff.contains("+++ ~/\(plan.changes[0].path)"))
        let back = try ToolPlan.disconnecting(Self.after(plan, tool))
        #expect(!back.diff.contains(Self.connection.secret))
    }

    @Test func claudeIsToldTheAddressWithoutVersionAndCodexWithIt() throws {
        let claude = try #require(CodingTool.named("Claude-Code"))
        let text = try #require(try ToolPlan.connecting(Self.empty(claude), to: Self.connection).changes.first?.after)
        #expect(String(decoding: text, as: UTF8.self).contains("\"ANTHROPIC_BASE_URL\": \"http://localhost:20128\""))
        let codex = try #require(CodingTool.named("codex"))
        let toml = try #require(try ToolPlan.connecting(Self.empty(codex), to: Self.connection).changes.first?.after)
        #expect(String(decoding: toml, as: UTF8.self).contains("base_url = \"http://localhost:20128/v1\""))
    }

    @Test func otherSecretsOfAFileAreNeverShown() throws {
        let claude = try #require(CodingTool.named("claude"))
        let file = """
            {
              // GITHUB_TOKEN=plain-secret-of-a-remark
              "env": { "MY_PASSWORD": "hunter2hunter2", "ANTHROPIC_AUTH_TOKEN": "old-secret-0001",
                "OTHER": "ghp_0123456789abcdefghijklmnop" }
            }
            """
        let state = ToolPlan.FileState(choice: claude.files[0].choices[0], bytes: Array(file.utf8))
        let diff = try ToolPlan.connecting([state], to: Self.connection).diff
        #expect(diff.contains("ANTHROPIC_BASE_URL"))
        #expect(diff.contains("OTHER"))
        for secret in ["plain-secret", "hunter2", "old-secret", "ghp_"] { #expect(!diff.contains(secret)) }
    }

    @Test func aFileInOneLineShowsNoSecretEither() throws {
        let claude = try #require(CodingTool.named("claude"))
        let file =
            "{\"env\":{\"X_API_KEY\":\"abcdefgh\"},\"mcpServers\":{\"a\":{\"headers\":{\"Authorization\":\"Bearer q1w2e3\"}}}}"
        let state = ToolPlan.FileState(choice: claude.files[0].choices[0], bytes: Array(file.utf8))
        let diff = try ToolPlan.connecting([state], to: Self.connection).diff
        #expect(!diff.contains("abcdefgh"))
        #expect(!diff.contains("q1w2e3"))
    }

    @Test func warnsOfWhatGetsInTheWay() throws {
        let claude = try #require(CodingTool.named("claude"))
        let state = ToolPlan.FileState(
            choice: claude.files[0].choices[0], bytes: Array("{\"env\":{\"ANTHROPIC_API_KEY\":\"x\"}}".utf8))
        let warnings = try ToolPlan.connecting([state], to: Self.connection).warnings
        #expect(warnings.count == 1)
        #expect(warnings[0].contains("env.ANTHROPIC_API_KEY"))
    }

    @Test func codexKeepsAModelOfAnotherProvider() throws {
        let codex = try #require(CodingTool.named("codex"))
        let file = "model = \"gpt\"\nmodel_provider = \"mine\"\n\n[model_providers.omniroute]\nbase_url = \"x\"\n"
        let state = ToolPlan.FileState(choice: codex.files[0].choices[0], bytes: Array(file.utf8))
        let after = try #require(try ToolPlan.disconnecting([state]).changes.first?.after)
        #expect(String(decoding: after, as: UTF8.self) == "model = \"gpt\"\nmodel_provider = \"mine\"\n")
    }

    @Test func aFileThatCannotBeReadIsRefused() throws {
        let claude = try #require(CodingTool.named("claude"))
        let state = ToolPlan.FileState(choice: claude.files[0].choices[0], bytes: Array("{oops".utf8))
        let fault = #expect(throws: ToolFault.self) { try ToolPlan.connecting([state], to: Self.connection) }
        #expect(fault?.code == .unparseable)
    }

    @Test func namesAndVariablesAreUnique() {
        let names = CodingTool.all.flatMap { [$0.id] + $0.aliases }
        #expect(Set(names).count == names.count)
        #expect(Set(CodingTool.all.map(\.variable)).count == CodingTool.all.count)
        #expect(CodingTool.named("gemini")?.variable == "CLI_GEMINI_BIN")
    }
}
