import OmniTranslate
import Testing

@testable import OmniCore

/// What client keys with limits may plan.
@Suite struct KeyAllowanceTests {
    private static let key = ClientKeyID("k")

    private static func snapshot(
        models: [String] = [], connections: [String] = [], combos: [Combo] = []
    ) -> CatalogSnapshot {
        var configuration = RouterConfiguration(
            connections: [
                RoutingFixture.connection("openai", id: "o1"), RoutingFixture.connection("openai", id: "o2"),
                RoutingFixture.connection("anthropic", id: "a1"),
            ], nodes: [RoutingFixture.node()],
            aliases: [
                ModelAlias(alias: "quick", model: "openai/gpt-4o-mini"), ModelAlias(alias: "q-*", model: "quick"),
            ],
            combos: combos)
        var limits = ClientKeyLimits()
        limits.models = models
        limits.connections = connections.map { ConnectionID($0) }
        configuration.clientKeys = [ClientKey(id: key, name: "k", digest: [1], mask: "k", limits: limits)]
        return RoutingFixture.snapshot(configuration)
    }

    /// - Returns: the targets as `connection/model`, or the code of the refusal.
    private static func plan(_ name: String, _ snapshot: CatalogSnapshot) -> [String] {
        do throws(UpstreamFault) {
            return try snapshot.plan(model: name, clientFormat: .openAIChat, for: key).targets.map {
                "\($0.connection?.rawValue ?? "-")/\($0.model)"
            }
        } catch {
            return [error.code ?? ""]
        }
    }

    @Test(
        arguments: [
            ([], "gpt-4o", ["o1/gpt-4o", "o2/gpt-4o"]),
            (["openai/gpt-4o"], "gpt-4o", ["o1/gpt-4o", "o2/gpt-4o"]),
            (["OPENAI/GPT-4O"], "openai/gpt-4o", ["o1/gpt-4o", "o2/gpt-4o"]),
            (["gpt-4o"], "openai/gpt-4o", ["o1/gpt-4o", "o2/gpt-4o"]),
            (["openai/gpt-4o"], "openai/gpt-4o-mini", ["model_not_allowed"]),
            // The pattern ends where it says, not at anything that begins like it.
            (["open/*"], "openai/gpt-4o", ["model_not_allowed"]),
            (["cc/claude-*"], "anthropic/claude-opus-4-6", ["a1/claude-opus-4-6"]),
            (["claude/*"], "cc/claude-opus-4-6", ["a1/claude-opus-4-6"]),
            (["openai/gpt-4o-mini"], "quick", ["o1/gpt-4o-mini", "o2/gpt-4o-mini"]),
            (["openai/gpt-4o-mini"], "q-x", ["o1/gpt-4o-mini", "o2/gpt-4o-mini"]),
            (["anthropic/*"], "quick", ["model_not_allowed"]), (["anthropic/*"], "q-x", ["model_not_allowed"]),
            (["quick"], "quick", ["o1/gpt-4o-mini", "o2/gpt-4o-mini"]),
            (["quick"], "openai/gpt-4o-mini", ["model_not_allowed"]), (["*"], "sim/echo", ["-/echo"]),
            (["anthropic/*"], "nowhere/x", ["model_not_found"]),
        ] as [([String], String, [String])])
    func models(allowed: [String], name: String, expected: [String]) {
        #expect(Self.plan(name, Self.snapshot(models: allowed)) == expected)
    }

    @Test(
        arguments: [
            (["o2"], "gpt-4o", ["o2/gpt-4o"]), (["o2", "a1"], "quick", ["o2/gpt-4o-mini"]),
            (["a1"], "gpt-4o", ["no_connection_allowed"]), (["gone"], "gpt-4o", ["no_connection_allowed"]),
            (["gone"], "sim/echo", ["-/echo"]),
        ] as [([String], String, [String])])
    func connections(allowed: [String], name: String, expected: [String]) {
        #expect(Self.plan(name, Self.snapshot(connections: allowed)) == expected)
    }

    @Test func ofACombosStepsTheAllowedRemain() {
        let inner = Combo(id: ComboID("i"), name: "inner", steps: [ComboStep("quick"), ComboStep("openai/gpt-4o")])
        let outer = Combo(
            id: ComboID("o"), name: "outer", steps: [ComboStep("inner"), ComboStep("anthropic/claude-opus-4-6")])
        let all = ["o1/gpt-4o-mini", "o1/gpt-4o", "a1/claude-opus-4-6"]
        func planned(models: [String], connections: [String] = ["o1", "a1"]) -> [String] {
            Self.plan("outer", Self.snapshot(models: models, connections: connections, combos: [inner, outer]))
        }
        #expect(planned(models: []) == all)
        #expect(planned(models: ["outer"]) == all)
        #expect(planned(models: ["inner"]) == ["o1/gpt-4o-mini", "o1/gpt-4o"])
        #expect(planned(models: ["gpt-4o", "anthropic/*"]) == ["o1/gpt-4o", "a1/claude-opus-4-6"])
        #expect(planned(models: ["quick"]) == ["o1/gpt-4o-mini"])
        #expect(planned(models: ["nothing/*"]) == ["model_not_allowed"])
        #expect(planned(models: ["outer"], connections: ["a1"]) == ["a1/claude-opus-4-6"])
        #expect(planned(models: [], connections: ["gone"]) == ["no_connection_allowed"])
    }

    @Test func plannersKeepPlansOfLimitedKeysApart() throws {
        let planner = RoutePlanner(Self.snapshot(connections: ["o2"]))
        for key in [nil, Self.key, ClientKeyID("other"), Self.key, nil] {
            let plan = try planner.plan(model: "gpt-4o", clientFormat: .openAIChat, for: key)
            #expect(plan.targets.compactMap { $0.connection?.rawValue } == (key == Self.key ? ["o2"] : ["o1", "o2"]))
        }
    }

    @Test func listsShowWhatMayBeUsed() {
        let snapshot = Self.snapshot(models: ["anthropic/*"])
        #expect(snapshot.listings(for: Self.key).map(\.id) == ["anthropic/claude-opus-4-6"])
        #expect(snapshot.listings(for: nil).count > 5)
        #expect(snapshot.listedModel("openai/gpt-4o", for: .openAIChat, key: Self.key) == nil)
        #expect(snapshot.listedModel("openai/gpt-4o", for: .openAIChat) != nil)
        #expect(!snapshot.unknownModel("anthropic/gpt-4p", for: Self.key).message.contains("gpt-4o"))
    }
}
