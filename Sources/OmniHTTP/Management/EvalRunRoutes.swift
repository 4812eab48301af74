import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

extension ManagementAPI {
    var evalRunRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/evals/runs", .read, .listEvalRuns, evalRuns),
            ManagementRoute(
                .post, "/api/evals/runs", .write, .startEval, maximumBody: Self.maximumEvalBody, startEval),
            ManagementRoute(.get, "/api/evals/runs/:runId", .read, .showEvalRun, showEvalRun),
            ManagementRoute(.delete, "/api/evals/runs/:runId", .write, .endEvalRun, endEvalRun),
            ManagementRoute(.get, "/api/evals/compare", .read, .compareEvalRuns, compareEvalRuns),
        ]
    }

    /// How many questions one run may ask.
    private static let maximumCells = 2000
    private static let maximumModels = 10
    /// How many runs are shown side by side.
    private static let maximumCompared = 8

    // MARK: Starting

    /// Runs a suite (`suiteId`), or with `outputs`, answers by the id of their case, only judges them.
    ///
    /// A run is answered with at once (202) and goes on; with `outputs` or `wait: true` the answer comes when it is over.
    func startEval(_ call: ManagementRequest) async throws -> ManagementResponse {
        let known: Set = [
            "suiteId", "outputs", "model", "models", "combo", "concurrency", "maxCostUsd", "timeoutMs", "judgeModel",
            "keyId", "note", "wait",
        ]
        let fields = try call.body.fields
        if let unknown = fields.unknown(besides: known).first { throw FieldFault(unknown, "is not known here") }
        let suite = try await evalSuite(call.body.requiredString("suiteId", maximum: 200))
        let outputs = try Self.outputs(fields, of: suite)
        let configuration = try await dependencies.store.load()
        var run = EvalRun(
            id: String(RandomID.make().filter { $0 != "-" }.prefix(16)), suite: suite,
            kind: outputs == nil ? .models : .outputs,
            models: try models(call.body, of: suite, isAsked: outputs == nil, in: configuration),
            note: try call.body.string("note", maximum: 500) ?? "", createdAt: dependencies.clock.wallMilliseconds())
        run.options = try options(call.body, in: configuration)
        try review(run, suite, in: configuration)
        let evals = try evals()
        do {
            if try call.body.bool("wait") == true || outputs != nil {
                let ended = try await evals.perform(run, of: suite, outputs: outputs)
                return try await shown(ended, suite: suite)
            }
            try evals.enqueue(run, of: suite)
        } catch let refusal as EvalRuns.Refusal {
            throw ManagementError(
                refusal == .tooMany ? .tooManyRequests : .serviceUnavailable, "evals_busy",
                refusal == .tooMany ? "too many evals are under way" : "the router is stopping", retryAfter: 10)
        }
        let started = run
        return ManagementResponse(status: .accepted) { writer in
            writer.beginObject()
            started.writeMembers(into: &writer)
            writer.endObject()
        }
    }

    private static func outputs(_ fields: JSONFields, of suite: EvalSuite) throws -> [String: String]? {
        guard fields.has("outputs") else { return nil }
        guard let given = try fields.nested("outputs") else {
            throw FieldFault("outputs", "must be an object with a text for each case")
        }
        let ids = Set(suite.cases.map(\.id))
        var outputs: [String: String] = [:]
        for (id, value) in given.members {
            guard ids.contains(id) else { throw FieldFault("outputs.\(id)", "the suite has no such case") }
            guard let text = value.string else { throw FieldFault("outputs.\(id)", "must be a string") }
            outputs[id] = text
        }
        return outputs
    }

    /// `models`, `model` or `combo`; for answers that were brought, who gave them.
    private func models(
        _ body: ManagementBody, of suite: EvalSuite, isAsked: Bool, in configuration: RouterConfiguration
    ) throws -> [String] {
        let named: [StaticString] = ["models", "model", "combo"]
        let given = named.filter { body.has($0) && !body.isNull($0) }
        if given.count > 1 { throw FieldFault("\(given[1])", "not together with \(given[0])") }
        let snapshot = CatalogSnapshot(configuration: configuration, catalog: dependencies.catalog)
        func check(_ model: String, _ field: String) throws {
            guard isAsked, let objection = snapshot.objection(to: model) else { return }
            throw FieldFault(field, objection)
        }
        if let models = try body.strings("models") {
            guard (1...Self.maximumModels).contains(models.count) else {
                throw FieldFault("models", "must name 1 to \(Self.maximumModels) models")
            }
            for (index, model) in models.enumerated() {
                guard !models[..<index].contains(model) else { throw FieldFault("models[\(index)]", "is there twice") }
                try check(model, "models[\(index)]")
            }
            return models
        }
        if let combo = try body.string("combo", maximum: 400), !combo.isEmpty {
            guard let known = configuration.combos.first(where: { $0.name == combo || $0.id.rawValue == combo }) else {
                throw FieldFault("combo", "no such combo: '\(combo)'")
            }
            return [known.name]
        }
        if let model = try body.string("model", maximum: 400), !model.isEmpty {
            try check(model, "model")
            return [model]
        }
        guard isAsked else { return ["outputs"] }
        let own = suite.cases.compactMap(\.model)
        guard own.count == suite.cases.count, let first = own.first, own.allSatisfy({ $0 == first }) else {
            throw FieldFault("model", "required, or models or combo, or outputs to judge")
        }
        try check(first, "model")
        return [first]
    }

    private func options(_ body: ManagementBody, in configuration: RouterConfiguration) throws -> EvalRun.Options {
        var options = EvalRun.Options()
        options.concurrency =
            try body.int("concurrency", in: EvalRun.Options.concurrencies) ?? options.concurrency
        if let timeout = try body.int("timeoutMs", in: EvalRun.Options.timeouts) {
            options.timeout = .milliseconds(timeout)
        }
        var limit: Double?
        try body.fields.read("maxCostUsd", into: &limit, in: 0.000_001...1_000_000)
        options.maximumCost = limit.flatMap { NanoDollars(dollars: $0) }
        let judge = try body.string("judgeModel", maximum: 400)
        options.judgeModel = judge?.isEmpty == true ? nil : judge
        if let id = try body.string("keyId", maximum: 200), !id.isEmpty {
            guard let key = configuration.clientKeys.first(where: { $0.id.rawValue == id }), key.isActive,
                key.revokedAt == nil
            else {
                throw FieldFault("keyId", "no such client key that may be used: '\(id)'")
            }
            options.clientKey = key.id
        }
        return options
    }

    private func review(_ run: EvalRun, _ suite: EvalSuite, in configuration: RouterConfiguration) throws {
        guard run.total <= Self.maximumCells else {
            throw FieldFault("models", "cases times models are more than \(Self.maximumCells)")
        }
        let snapshot = CatalogSnapshot(configuration: configuration, catalog: dependencies.catalog)
        for one in suite.cases {
            for judge in one.judges {
                guard case .model(_, let named) = judge.rule else { continue }
                guard let model = named ?? run.options.judgeModel else {
                    throw FieldFault("judgeModel", "required: the case '\(one.id)' is judged by a model")
                }
                guard let objection = snapshot.objection(to: model) else { continue }
                throw FieldFault("judgeModel", "the case '\(one.id)': \(objection)")
            }
        }
    }

    // MARK: Showing

    /// Runs, newest first, by `suiteId`, `status`, `limit` (50) and `offset`; without their results.
    private func evalRuns(_ call: ManagementRequest) async throws -> ManagementResponse {
        var filter = EvalRunFilter(suiteID: call.query("suiteId"))
        if let name = call.query("status") {
            guard let status = EvalRun.Status(rawValue: name) else {
                let names = EvalRun.Status.allCases.map(\.rawValue).joined(separator: ", ")
                throw ManagementError.invalid("status", "must be one of \(names)")
            }
            filter.status = status
        }
        filter.limit = try call.number("limit", in: 1...200) ?? filter.limit
        filter.offset = try call.number("offset", in: 0...1_000_000) ?? 0
        let (runs, total) = try await evals().store.evalRuns(filter)
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("runs")
            writer.beginArray()
            for run in runs {
                writer.beginObject()
                run.writeMembers(into: &writer)
                writer.endObject()
            }
            writer.endArray()
            writer.key("total")
            writer.value(total)
            writer.endObject()
        }
    }

    /// One run with its results; `after` leaves out as many as somebody who watches has already.
    private func showEvalRun(_ call: ManagementRequest) async throws -> ManagementResponse {
        let offset = try call.number("after", in: 0...1_000_000) ?? 0
        let run = try await evalRun(call.id("runId"))
        let results = try await evals().store.evalResults(of: run.id, offset: offset)
        return Self.response(run, results)
    }

    /// In the order of the suite, whichever answer came first.
    private func shown(_ run: EvalRun, suite: EvalSuite) async throws -> ManagementResponse {
        var places: [String: Int] = [:]
        for (place, one) in suite.cases.enumerated() { places[one.id] = place }
        let results = try await evals().store.evalResults(of: run.id, offset: 0)
        return Self.response(run, results.sorted { (places[$0.caseID] ?? 0) < (places[$1.caseID] ?? 0) })
    }

    private static func response(_ run: EvalRun, _ results: [EvalCaseResult]) -> ManagementResponse {
        ManagementResponse { writer in
            writer.beginObject()
            run.writeMembers(into: &writer)
            writer.key("results")
            writer.beginArray()
            for result in results { result.write(into: &writer) }
            writer.endArray()
            writer.endObject()
        }
    }

    private func evalRun(_ id: String) async throws -> EvalRun {
        guard let run = try await evals().store.evalRun(id) else { throw ManagementError.notFound("run") }
        return run
    }

    /// Cancels a run that is under way, or removes one that is over.
    private func endEvalRun(_ call: ManagementRequest) async throws -> ManagementResponse {
        let run = try await evalRun(call.id("runId"))
        let isCancelled = try evals().cancel(run.id)
        if !isCancelled { _ = try await evals().store.deleteEvalRun(run.id) }
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("success")
            writer.value(true)
            writer.key("cancelled")
            writer.value(isCancelled)
            writer.key("removed")
            writer.value(!isCancelled)
            writer.endObject()
        }
    }

    /// Runs side by side, `runs` being their ids with commas between, the one to compare with first.
    private func compareEvalRuns(_ call: ManagementRequest) async throws -> ManagementResponse {
        let ids = (call.query("runs") ?? "").split(separator: ",").map { String($0).trimmed }.filter { !$0.isEmpty }
        guard (1...Self.maximumCompared).contains(ids.count), Set(ids).count == ids.count else {
            throw ManagementError.invalid("runs", "must name 1 to \(Self.maximumCompared) different runs")
        }
        var runs: [(run: EvalRun, results: [EvalCaseResult])] = []
        for id in ids {
            guard let run = try await evals().store.evalRun(id) else {
                throw ManagementError(.notFound, "not_found", "runs: no such run: '\(id)'", field: "runs")
            }
            runs.append((run, try await evals().store.evalResults(of: id, offset: 0)))
        }
        let comparison = EvalComparison(runs)
        return ManagementResponse { writer in
            writer.beginObject()
            comparison.writeMembers(into: &writer)
            writer.endObject()
        }
    }
}

extension ManagementRequest {
    fileprivate func number(_ name: Substring, in range: ClosedRange<Int>) throws(ManagementError) -> Int? {
        guard let text = query(name), !text.isEmpty else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw .invalid(String(name), "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}
