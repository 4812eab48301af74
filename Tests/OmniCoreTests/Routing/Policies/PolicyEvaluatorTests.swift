import OmniCore
import OmniTranslate
import Testing

@Suite struct PolicyEvaluatorTests {
    private typealias Match = RouterPolicy.Match

    private static func policy(
        _ id: String, _ action: RouterPolicy.Action = .deny(reason: nil), priority: Int = 0, isEnabled: Bool = true,
        match: Match = Match()
    ) -> RouterPolicy {
        RouterPolicy(id: id, name: id, isEnabled: isEnabled, priority: priority, match: match, action: action)
    }

    private static func match(_ change: (inout Match) -> Void) -> Match {
        var match = Match()
        change(&match)
        return match
    }

    private static let request = PolicyEvaluator.Request(
        clientKey: ClientKeyID("k1"), model: "openai/GPT-4o", clientFormat: .openAIChat, inputTokens: 1000, cost: 0.5)

    struct Case: CustomTestStringConvertible {
        var name: String
        var match: RouterPolicy.Match
        var fits: Bool
        var testDescription: String { name }
    }

    @Test(arguments: [
        Case(name: "everything", match: Match(), fits: true),
        Case(name: "its key", match: match { $0.clientKeys = [ClientKeyID("k1")] }, fits: true),
        Case(name: "another key", match: match { $0.clientKeys = [ClientKeyID("k2")] }, fits: false),
        Case(name: "a pattern", match: match { $0.models = ["x", "OpenAI/gpt-*"] }, fits: true),
        Case(name: "another pattern", match: match { $0.models = ["anthropic/*"] }, fits: false),
        Case(name: "a pattern of a part", match: match { $0.models = ["gpt-*"] }, fits: false),
        Case(name: "its format", match: match { $0.clientFormats = [.openAIChat, .gemini] }, fits: true),
        Case(name: "another format", match: match { $0.clientFormats = [.gemini] }, fits: false),
        Case(name: "large enough", match: match { $0.minimumInput = 1000 }, fits: true),
        Case(name: "too small", match: match { $0.minimumInput = 1001 }, fits: false),
        Case(name: "small enough", match: match { $0.maximumInput = 1000 }, fits: true),
        Case(name: "too large", match: match { $0.maximumInput = 999 }, fits: false),
        Case(name: "dear enough", match: match { $0.minimumCost = 0.5 }, fits: true),
        Case(name: "too cheap", match: match { $0.minimumCost = 0.51 }, fits: false),
        Case(name: "too dear", match: match { $0.maximumCost = 0.49 }, fits: false),
        Case(name: "an hour that is not", match: match { $0.times = [TimeWindow(start: 60, end: 120)] }, fits: false),
        Case(
            name: "one of two hours",
            match: match { $0.times = [TimeWindow(start: 60, end: 120), TimeWindow(start: 0, end: 1)] }, fits: true),
        Case(
            name: "all but one",
            match: match {
                $0.clientKeys = [ClientKeyID("k1")]
                $0.models = ["openai/*"]
                $0.minimumInput = 5000
            }, fits: false),
    ])
    func everyConditionMustFit(_ expected: Case) {
        let verdict = PolicyEvaluator([Self.policy("p", match: expected.match)]).verdict(on: Self.request, at: 0)
        #expect((verdict?.policy == "p") == expected.fits)
    }

    @Test func anUnknownCostFitsNoBound() {
        var request = Self.request
        request.cost = nil
        for match in [Self.match { $0.minimumCost = 0 }, Self.match { $0.maximumCost = 100 }] {
            #expect(PolicyEvaluator([Self.policy("p", match: match)]).verdict(on: request, at: 0) == nil)
        }
    }

    @Test func aRequestWithoutKeyFitsNoKey() {
        var request = Self.request
        request.clientKey = nil
        let match = Self.match { $0.clientKeys = [ClientKeyID("k1")] }
        #expect(PolicyEvaluator([Self.policy("p", match: match)]).verdict(on: request, at: 0) == nil)
    }

    @Test func theFirstThatFitsDecides() {
        let policies = [
            Self.policy("late", .deny(reason: "no"), priority: 5),
            Self.policy("off", .force(combo: "c"), priority: 0, isEnabled: false),
            Self.policy("other", .rewrite(model: "x"), priority: 1, match: Self.match { $0.models = ["anthropic/*"] }),
            Self.policy("exception", .allow, priority: 2, match: Self.match { $0.clientKeys = [ClientKeyID("k1")] }),
            Self.policy("same", .deny(reason: nil), priority: 2),
        ]
        let evaluator = PolicyEvaluator(policies)
        #expect(evaluator.verdict(on: Self.request, at: 0) == .init(policy: "exception", action: .allow))
        var other = Self.request
        other.clientKey = nil
        #expect(evaluator.verdict(on: other, at: 0)?.policy == "same")
        other.model = "anthropic/claude"
        #expect(evaluator.verdict(on: other, at: 0)?.action == .rewrite(model: "x"))
    }

    @Test func noPolicyLetsEverythingThrough() {
        #expect(PolicyEvaluator([]).isEmpty)
        #expect(PolicyEvaluator([]).verdict(on: Self.request, at: 0) == nil)
    }
}
