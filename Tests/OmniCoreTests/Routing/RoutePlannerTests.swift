import OmniTranslate
import Testing

@testable import OmniCore

@Suite struct RoutePlannerTests {
    private static let snapshot = RoutingFixture.snapshot(RoutingFixture.configuration("openai", "anthropic"))

    /// More names than are remembered, each asked for twice and in both formats.
    @Test func plansAreThoseOfTheSnapshot() throws {
        let planner = RoutePlanner(Self.snapshot)
        for number in (0..<600).flatMap({ [$0, $0 / 2] }) {
            let name = number % 2 == 0 ? "openai/m\(number)" : "cc/m\(number)"
            for format in [WireFormat.openAIChat, .anthropicMessages] {
                let plan = try planner.plan(model: name, clientFormat: format)
                let expected = try Self.snapshot.plan(model: name, clientFormat: format)
                #expect(plan.requestedModel == name)
                #expect(plan.targets.map(\.model) == expected.targets.map(\.model))
                #expect(plan.targets.map(\.connection) == expected.targets.map(\.connection))
            }
        }
    }

    @Test func theFormatIsPartOfAPlan() throws {
        let planner = RoutePlanner(Self.snapshot)
        for format in [WireFormat.openAIChat, .anthropicMessages, .openAIChat] {
            let target = try #require(try planner.plan(model: "sim/echo", clientFormat: format).targets.first)
            #expect(target.format == format)
        }
    }

    @Test func aRefusalIsRepeated() {
        let planner = RoutePlanner(Self.snapshot)
        for _ in 0..<3 {
            #expect(throws: UpstreamFault.self) { try planner.plan(model: "nowhere/x", clientFormat: .openAIChat) }
        }
    }
}
