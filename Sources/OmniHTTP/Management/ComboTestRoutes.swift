import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

extension ManagementAPI {
    var comboTestRoutes: [ManagementRoute] {
        [ManagementRoute(.post, "/api/combos/test", .write, .testCombo, testCombo)]
    }

    /// How a combo is tested.
    private struct ComboTest {
        var text = "Reply with the word ok."
        /// For one step, and for all of them together.
        var timeout = Duration.seconds(15)
        var total = Duration.seconds(120)
        var concurrency = 4
    }

    /// What was found about one step, or about the combo as a whole; nil when there was no time left for it.
    private typealias Finding = (model: String, result: ModelTestResult?)

    /// Sends a small request to each step of a combo (`mode` `steps`, the default), or one to the combo itself (`combo`).
    ///
    /// The combo is named by `comboName`, its `name` or its `id`. Optional: `message`, `timeoutMs` (15000, for each step),
    /// `concurrency` (4). Steps that are combos are tested as combos. The requests are real: they cost what they cost, and
    /// what they teach about accounts is remembered.
    private func testCombo(_ call: ManagementRequest) async throws -> ManagementResponse {
        let configuration = try await dependencies.store.load()
        let combo = try testedCombo(call, in: configuration)
        var test = ComboTest()
        if let text = try call.body.string("message", maximum: 2000), !text.isEmpty { test.text = text }
        if let timeout = try call.body.int("timeoutMs", in: 500...120_000) { test.timeout = .milliseconds(timeout) }
        test.concurrency = try call.body.int("concurrency", in: 1...10) ?? test.concurrency
        let mode = try call.body.string("mode", maximum: 20) ?? "steps"
        guard ["steps", "combo"].contains(mode) else {
            throw ManagementError.invalid("mode", "must be one of steps, combo")
        }
        guard !combo.steps.isEmpty else { throw ManagementError.invalid("comboName", "the combo has no steps") }
        guard mode == "steps" || combo.isActive else {
            throw ManagementError.invalid("mode", "a combo at rest serves nobody; its steps can be tested")
        }
        let snapshot = CatalogSnapshot(configuration: configuration, catalog: dependencies.catalog)
        let models = mode == "combo" ? [combo.name] : combo.steps.map(\.model)
        let findings = await findings(of: models, test, in: snapshot)
        let testedAt = dependencies.clock.wallMilliseconds()
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("comboName")
            writer.string(combo.name)
            writer.key("strategy")
            writer.string(combo.strategy.rawValue)
            writer.key("mode")
            writer.string(mode)
            writer.key("resolvedBy")
            let first = findings.first { $0.result?.isServed == true }
            if let first { writer.string(first.model) } else { writer.null() }
            writer.key("results")
            writer.beginArray()
            for (index, finding) in findings.enumerated() { writer.finding(finding, step: index) }
            writer.endArray()
            writer.key("testedAt")
            writer.string(ISOTime.string(testedAt))
            writer.endObject()
        }
    }

    private func testedCombo(_ call: ManagementRequest, in configuration: RouterConfiguration) throws -> Combo {
        for field in ["comboName", "combo", "name", "id"] as [StaticString] {
            guard let name = try call.body.string(field, maximum: 200), !name.isEmpty else { continue }
            guard let combo = configuration.combos.first(where: { $0.name == name || $0.id.rawValue == name }) else {
                throw ManagementError.notFound("combo")
            }
            return combo
        }
        throw ManagementError.invalid("comboName", "required")
    }

    /// - Returns: what was found, in the order of the models.
    private func findings(of models: [String], _ test: ComboTest, in snapshot: CatalogSnapshot) async -> [Finding] {
        let end = dependencies.routing.now + test.total
        return await withTaskGroup(of: (Int, ModelTestResult?).self) { group in
            var findings: [Finding] = models.map { ($0, nil) }
            var next = 0
            func start() {
                guard next < models.count else { return }
                let index = next
                next += 1
                group.addTask {
                    let left = Duration.nanoseconds(Int64(clamping: end.since(dependencies.routing.now)))
                    guard left > .zero else { return (index, nil) }
                    let result = await dependencies.modelTester.test(
                        models[index], text: test.text, in: snapshot, timeout: min(test.timeout, left))
                    return (index, result)
                }
            }
            for _ in 0..<test.concurrency { start() }
            for await (index, result) in group {
                findings[index].result = result
                start()
            }
            return findings
        }
    }
}

extension JSONWriter {
    fileprivate mutating func finding(_ finding: (model: String, result: ModelTestResult?), step: Int) {
        beginObject()
        key("step")
        value(step)
        key("model")
        string(finding.model)
        key("status")
        guard let result = finding.result else {
            value("skipped")
            key("error")
            value("the time of the whole test was over")
            return endObject()
        }
        value(result.isServed ? "ok" : "error")
        key("statusCode")
        if let status = result.status { value(status) } else { null() }
        optional("error", result.error)
        key("latencyMs")
        value(result.latencyMS)
        key("attempts")
        value(result.attempts)
        if let target = result.target {
            key("target")
            beginObject()
            key("provider")
            string(target.provider)
            key("model")
            string(target.model)
            optional("connectionId", target.connectionID?.rawValue)
            endObject()
        }
        if let input = result.inputTokens, let output = result.outputTokens {
            key("usage")
            beginObject()
            key("inputTokens")
            value(input)
            key("outputTokens")
            value(output)
            endObject()
        }
        endObject()
    }
}
