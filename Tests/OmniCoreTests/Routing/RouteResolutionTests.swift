import OmniCore
import OmniTranslate
import Testing

@Suite struct RouteResolutionTests {
    private static let everyone = RoutingFixture.configuration(
        "openai", "anthropic", "deepseek", "nebius", "gemini-cli", "node-1",
        aliases: [
            ModelAlias(alias: "fast", model: "ds/deepseek-chat"), ModelAlias(alias: "a1", model: "a2"),
            ModelAlias(alias: "a2", model: "fast"), ModelAlias(alias: "openai/pinned", model: "cc/claude-opus-4-6"),
            ModelAlias(alias: "gpt-4o-mini", model: "gpt-4o-mini"), ModelAlias(alias: "bare", model: "claude-opus-4-6"),
        ])

    struct Case: CustomTestStringConvertible {
        var name: String
        var provider: String
        var model: String
        var testDescription: String { name }
    }

    @Test(arguments: [
        Case(name: "openai/gpt-4o", provider: "openai", model: "gpt-4o"),
        Case(name: "OpenAI/gpt-4o", provider: "openai", model: "gpt-4o"),
        Case(name: "openai/GPT-4O", provider: "openai", model: "gpt-4o"),
        Case(name: "openai/not-in-the-catalogue", provider: "openai", model: "not-in-the-catalogue"),
        Case(name: "openai/ft:gpt-4o:org::id", provider: "openai", model: "ft:gpt-4o:org::id"),
        Case(name: "cc/claude-opus-4-6", provider: "anthropic", model: "claude-opus-4-6"),
        Case(name: "CLAUDE/claude-opus-4-6", provider: "anthropic", model: "claude-opus-4-6"),
        Case(name: "gc/triplet", provider: "gemini-cli", model: "triplet"),
        Case(name: "ds/deepseek-chat", provider: "deepseek", model: "deepseek-chat"),
        Case(name: "nebius/Qwen/Qwen3-32B", provider: "nebius", model: "Qwen/Qwen3-32B"),
        Case(name: "nebius/qwen/qwen3-32b", provider: "nebius", model: "Qwen/Qwen3-32B"),
        Case(name: "nebius/org/sub/model", provider: "nebius", model: "org/sub/model"),
        Case(name: "Qwen/Qwen3-32B", provider: "nebius", model: "Qwen/Qwen3-32B"),
        Case(name: "local/llama", provider: "node-1", model: "llama"),
        Case(name: "LOCAL/meta/llama", provider: "node-1", model: "meta/llama"),
        Case(name: "node-1/llama", provider: "node-1", model: "llama"),
        Case(name: "gpt-4o", provider: "openai", model: "gpt-4o"),
        Case(name: "GPT-4o", provider: "openai", model: "gpt-4o"),
        // Offered by two providers, of which one has an account.
        Case(name: "twin", provider: "openai", model: "twin"),
        Case(name: "triplet", provider: "gemini-cli", model: "triplet"),
        Case(name: "fast", provider: "deepseek", model: "deepseek-chat"),
        Case(name: "a1", provider: "deepseek", model: "deepseek-chat"),
        Case(name: "openai/pinned", provider: "anthropic", model: "claude-opus-4-6"),
        // An alias of its own name is that name.
        Case(name: "gpt-4o-mini", provider: "openai", model: "gpt-4o-mini"),
        Case(name: "bare", provider: "anthropic", model: "claude-opus-4-6"),
        Case(name: "sim/echo", provider: "sim", model: "echo"),
    ])
    func resolves(_ expected: Case) throws {
        let plan = try RoutingFixture.snapshot(Self.everyone).plan(model: expected.name, clientFormat: .openAIChat)
        #expect(plan.targets.map(\.provider.rawValue) == [expected.provider])
        #expect(plan.targets.map(\.model) == [expected.model])
        #expect(plan.requestedModel == expected.name)
    }

    struct Refusal: CustomTestStringConvertible {
        var name: String
        var kind: UpstreamFault.Kind = .notFound
        var code: String = "model_not_found"
        var mentions: String
        var testDescription: String { name }
    }

    @Test(arguments: [
        Refusal(name: "nonsense-without-any-likeness", mentions: "/v1/models"),
        Refusal(name: "openai/", mentions: "does not exist"),
        Refusal(name: "/gpt-4o", mentions: "does not exist"),
        Refusal(name: "nowhere/gpt-4o", mentions: "openai/gpt-4o"),
        Refusal(name: "gpt-40", mentions: "'openai/gpt-4o'"),
        Refusal(name: "retired/model", mentions: "it was shut down in 2025"),
        Refusal(name: "RETIRED/model", mentions: "it was shut down in 2025"),
        Refusal(name: "cx/twin", code: "no_connection", mentions: "codex"),
        Refusal(name: "walled/secret-1", code: "no_connection", mentions: "give a baseUrl"),
        Refusal(name: "secret-1", code: "no_connection", mentions: "give a baseUrl"),
        Refusal(name: "embedder/anything", mentions: "does not exist"),
        Refusal(name: "sim/unknown", mentions: "sim/unknown"),
    ])
    func refuses(_ expected: Refusal) throws {
        let snapshot = RoutingFixture.snapshot(Self.everyone)
        let fault = try #require(throws: UpstreamFault.self) {
            try snapshot.plan(model: expected.name, clientFormat: .openAIChat)
        }
        #expect(fault.kind == expected.kind)
        #expect(fault.status == 404)
        #expect(fault.code == expected.code)
        #expect(fault.parameter == "model")
        #expect(fault.message.contains(expected.mentions))
    }

    @Test func aBareNameOfSeveralProvidersIsTheClientsFault() throws {
        let snapshot = RoutingFixture.snapshot(RoutingFixture.configuration("openai", "codex"))
        let fault = try #require(throws: UpstreamFault.self) {
            try snapshot.plan(model: "twin", clientFormat: .openAIChat)
        }
        #expect(fault.kind == .invalidRequest)
        #expect(fault.status == 400)
        #expect(fault.code == "ambiguous_model")
        #expect(fault.message.contains("'openai/twin'") && fault.message.contains("'codex/twin'"))
    }

    /// It exists, so that "does not exist" would send the person the wrong way.
    @Test func aBareNameOfSeveralProvidersWithoutAccountsLacksAConnection() throws {
        let snapshot = RoutingFixture.snapshot(RoutingFixture.configuration("anthropic"))
        let fault = try #require(throws: UpstreamFault.self) {
            try snapshot.plan(model: "twin", clientFormat: .openAIChat)
        }
        #expect(fault.code == "no_connection")
    }

    @Test(arguments: [["x": "x"], ["x": "y", "y": "x"], ["x": "y", "y": "z", "z": "x"]])
    func aliasCirclesAreCut(_ circle: [String: String]) throws {
        var configuration = RoutingFixture.configuration("openai")
        configuration.aliases = circle.map { ModelAlias(alias: $0.key, model: $0.value) }
        let snapshot = RoutingFixture.snapshot(configuration)
        let fault = try #require(throws: UpstreamFault.self) {
            try snapshot.plan(model: "x", clientFormat: .openAIChat)
        }
        #expect(fault.code == "model_not_found")
        #expect(fault.message.contains("'x'"))
    }

    @Test(arguments: [(5, true), (6, false)])
    func aliasChainsHaveABoundedDepth(depth: Int, isServed: Bool) {
        var configuration = RoutingFixture.configuration("openai")
        configuration.aliases = (1...depth).map {
            ModelAlias(alias: "step\($0)", model: $0 == depth ? "openai/gpt-4o" : "step\($0 + 1)")
        }
        let objection = RoutingFixture.snapshot(configuration).objection(to: "step1")
        #expect((objection == nil) == isServed)
    }

    @Test func objectionAllowsNamesThatOnlyLackAnAccount() {
        let snapshot = RoutingFixture.snapshot(RoutingFixture.configuration("openai"))
        #expect(snapshot.objection(to: "openai/gpt-4o") == nil)
        #expect(snapshot.objection(to: "cc/claude-opus-4-6") == nil)
        #expect(snapshot.objection(to: "retired/x")?.contains("2025") == true)
        #expect(snapshot.objection(to: "nowhere/x") != nil)
    }

    @Test func theSimulatorSpeaksTheClientsFormat() throws {
        let snapshot = RoutingFixture.snapshot(RouterConfiguration())
        for format in [WireFormat.openAIChat, .anthropicMessages] {
            let target = try #require(try snapshot.plan(model: "sim/echo", clientFormat: format).targets.first)
            #expect(target.format == format)
            #expect(target.endpoint.scheme == .simulator)
            #expect(target.connection == nil)
        }
    }
}
