import OmniTranslate
import Testing

@testable import OmniCore

/// How names lead to combos and patterns, and what of a combo can be served.
@Suite struct ComboResolutionTests {
    private static func plan(_ name: String, combos: [Combo], aliases: [ModelAlias] = []) throws -> RoutePlan {
        var configuration = RoutingFixture.configuration("openai", "anthropic", "deepseek", aliases: aliases)
        configuration.combos = combos
        return try RoutingFixture.snapshot(configuration).plan(model: name, clientFormat: .openAIChat)
    }

    private static func combo(_ name: String, _ models: String...) -> Combo {
        Combo(id: ComboID(name), name: name, steps: models.map { ComboStep($0) })
    }

    @Test func aComboWinsOverAModelOfItsName() throws {
        let plan = try Self.plan("openai/gpt-4o", combos: [Self.combo("openai/gpt-4o", "cc/claude-opus-4-6")])
        #expect(plan.targets.map(\.model) == ["claude-opus-4-6"])
    }

    @Test func aliasesLeadToCombosAndStepsMayBeAliases() throws {
        let plan = try Self.plan(
            "best", combos: [Self.combo("c", "quick", "claude-opus-4-6")],
            aliases: [ModelAlias(alias: "best", model: "c"), ModelAlias(alias: "quick", model: "ds/deepseek-chat")])
        #expect(plan.targets.map(\.model) == ["deepseek-chat", "claude-opus-4-6"])
        #expect(plan.requestedModel == "best")
    }

    @Test func stepsThatLeadNowhereAreLeftOut() throws {
        let plan = try Self.plan("c", combos: [Self.combo("c", "nowhere/x", "codex/twin", "openai/gpt-4o")])
        #expect(plan.targets.map(\.provider.rawValue) == ["openai"])
        let fault = try #require(throws: UpstreamFault.self) {
            try Self.plan("c", combos: [Self.combo("c", "nowhere/x")])
        }
        #expect(fault.kind == .notFound && fault.code == "no_connection" && fault.message.contains("'c'"))
    }

    @Test func theSameModelTwiceIsOneTarget() throws {
        let plan = try Self.plan("c", combos: [Self.combo("c", "openai/gpt-4o", "gpt-4o", "openai/gpt-4o-mini")])
        #expect(plan.targets.map(\.model) == ["gpt-4o", "gpt-4o-mini"])
        #expect(plan.members == [0, 0, 1])
    }

    @Test func circlesAndDepthAreCut() throws {
        let circle = [Self.combo("a", "b", "openai/gpt-4o"), Self.combo("b", "a")]
        let cut = try Self.plan("a", combos: circle)
        #expect(cut.targets.map(\.model) == ["gpt-4o"])
        let deep = [
            Self.combo("d1", "d2"), Self.combo("d2", "d3"), Self.combo("d3", "d4", "openai/twin"),
            Self.combo("d4", "openai/gpt-4o"),
        ]
        let shallow = try Self.plan("d1", combos: deep)
        #expect(shallow.targets.map(\.model) == ["twin"])
    }

    @Test func inactiveCombosAreNoNames() {
        var combo = Self.combo("c", "openai/gpt-4o")
        combo.isActive = false
        #expect(throws: UpstreamFault.self) { try Self.plan("c", combos: [combo]) }
    }

    @Test func combosAreListedAndPatternsAreNot() {
        var configuration = RoutingFixture.configuration("openai", aliases: [ModelAlias(alias: "gpt-*", model: "c")])
        configuration.combos = [Self.combo("c", "openai/gpt-4o")]
        let list = String(decoding: RoutingFixture.snapshot(configuration).openAIModelList, as: UTF8.self)
        #expect(list.contains(#""id":"c""#) && !list.contains("gpt-*"))
    }

    @Test(arguments: [
        ("gpt-5", "deepseek-chat"), ("GPT-4o-special", "gpt-4o"), ("gpt-4o-mini", "gpt-4o"),
        ("claude-x", "claude-opus-4-6"),
        ("openai/gpt-4o", "gpt-4o"), ("openai/old-1", "gpt-4o-mini"), ("gpt-4o-exact", "twin"),
    ])
    func theBestPatternWins(name: String, model: String) throws {
        let plan = try Self.plan(
            name, combos: [],
            aliases: [
                ModelAlias(alias: "*", model: "cc/claude-opus-4-6"),
                ModelAlias(alias: "gpt-*", model: "ds/deepseek-chat"),
                ModelAlias(alias: "gpt-4o-*", model: "openai/gpt-4o"),
                ModelAlias(alias: "openai/old-?", model: "openai/gpt-4o-mini"),
                ModelAlias(alias: "gpt-4o-exact", model: "openai/twin"),
            ])
        #expect(plan.targets.map(\.model) == [model])
    }

    @Test(arguments: [
        ("*", "", true), ("*", "abc", true), ("a*c", "abbbc", true), ("a*c", "abbb", false), ("a?c", "abc", true),
        ("a?c", "ac", false), ("**", "x", true), ("a*b*c", "a--b--b--c", true), ("", "", true), ("", "a", false),
        ("*a", "aaab", false), ("*ab", "aaab", true),
    ])
    func patternsMatch(pattern: String, name: String, expected: Bool) {
        #expect(WildcardAliases.matches(Array(pattern.utf8), Array(name.utf8)) == expected)
    }
}
