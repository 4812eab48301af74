import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

extension ManagementAPI {
    /// Large enough for a suite of many long cases, or the answers to one.
    static let maximumEvalBody = 16 << 20

    var evalRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/evals", .read, .listEvalSuites, evalSuites),
            ManagementRoute(
                .post, "/api/evals", .write, .submitEval, maximumBody: Self.maximumEvalBody, submitEval),
            ManagementRoute(.get, "/api/evals/:suiteId", .read, .showEvalSuite, showEvalSuite),
            ManagementRoute(
                .put, "/api/evals/:suiteId", .write, .replaceEvalSuite, maximumBody: Self.maximumEvalBody,
                replaceEvalSuite),
            ManagementRoute(
                .patch, "/api/evals/:suiteId", .write, .changeEvalSuite, maximumBody: Self.maximumEvalBody,
                changeEvalSuite),
            ManagementRoute(.delete, "/api/evals/:suiteId", .write, .deleteEvalSuite, deleteEvalSuite),
        ]
    }

    /// What runs evals.
    func evals() throws(ManagementError) -> EvalRuns {
        guard let evals = dependencies.evals else {
            throw ManagementError(.serviceUnavailable, "no_evals", "this router runs no evals")
        }
        return evals
    }

    /// All suites with their questions, those of people first; how answers are judged is shown by each suite's own address.
    private func evalSuites(_ call: ManagementRequest) async throws -> ManagementResponse {
        let suites = try await evals().suites.evalSuites() + EvalSuite.builtIn
        return ManagementResponse { writer in
            writer.beginArray()
            for suite in suites { writer.suite(suite, showsExpectations: false) }
            writer.endArray()
        }
    }

    private func showEvalSuite(_ call: ManagementRequest) async throws -> ManagementResponse {
        let suite = try await evalSuite(call.id("suiteId"))
        return ManagementResponse { $0.suite(suite) }
    }

    /// Runs a suite when the body names one (`suiteId`), else makes one.
    private func submitEval(_ call: ManagementRequest) async throws -> ManagementResponse {
        if call.body.has("suiteId") { return try await startEval(call) }
        let fields = try call.body.fields
        for name: StaticString in ["name", "cases"] where fields.value(name) == nil {
            throw FieldFault("\(name)", "required, or suiteId to run a suite")
        }
        var id = try call.body.string("id", maximum: 200) ?? ""
        if id.isEmpty { id = RandomID.make() }
        if let objection = EvalSuite.objection(toID: id) { throw FieldFault("id", objection) }
        let now = dependencies.clock.wallMilliseconds()
        var suite = EvalSuite(id: id, name: "", createdAt: now, updatedAt: now)
        try suite.merge(fields)
        let isBuiltIn = EvalSuite.builtIn.contains { $0.id == id }
        let isNew = isBuiltIn ? false : try await evals().suites.insertEvalSuite(suite)
        guard isNew else {
            throw ManagementError(.conflict, "duplicate_name", "id: there is a suite '\(id)'", field: "id")
        }
        let made = suite
        return ManagementResponse(status: .created) { $0.suite(made) }
    }

    private func replaceEvalSuite(_ call: ManagementRequest) async throws -> ManagementResponse {
        let fields = try call.body.fields
        for name: StaticString in ["name", "cases"] where fields.value(name) == nil {
            throw FieldFault("\(name)", "required")
        }
        return try await saveEvalSuite(call) { suite in
            suite.description = ""
            try suite.merge(fields)
        }
    }

    /// Changes the members that are sent.
    private func changeEvalSuite(_ call: ManagementRequest) async throws -> ManagementResponse {
        let fields = try call.body.fields
        return try await saveEvalSuite(call) { try $0.merge(fields) }
    }

    private func saveEvalSuite(
        _ call: ManagementRequest, _ change: (inout EvalSuite) throws -> Void
    ) async throws -> ManagementResponse {
        var suite = try await ownEvalSuite(call.id("suiteId"))
        if let id = try call.body.string("id"), id != suite.id {
            throw FieldFault("id", "cannot be changed")
        }
        try change(&suite)
        suite.updatedAt = dependencies.clock.wallMilliseconds()
        guard try await evals().suites.updateEvalSuite(suite) else { throw ManagementError.notFound("suite") }
        let changed = suite
        return ManagementResponse { $0.suite(changed) }
    }

    /// Its runs stay.
    private func deleteEvalSuite(_ call: ManagementRequest) async throws -> ManagementResponse {
        let suite = try await ownEvalSuite(call.id("suiteId"))
        guard try await evals().suites.deleteEvalSuite(suite.id) else { throw ManagementError.notFound("suite") }
        return .success(message: "suite deleted")
    }

    func evalSuite(_ id: String) async throws -> EvalSuite {
        if let suite = EvalSuite.builtIn.first(where: { $0.id == id }) { return suite }
        guard let suite = try await evals().suites.evalSuite(id) else { throw ManagementError.notFound("suite") }
        return suite
    }

    /// One that may be changed.
    private func ownEvalSuite(_ id: String) async throws -> EvalSuite {
        let suite = try await evalSuite(id)
        guard !suite.isBuiltIn else {
            throw ManagementError(
                .conflict, "built_in", "'\(id)' comes with the router and cannot be changed; make a copy with a new id")
        }
        return suite
    }
}

extension JSONWriter {
    fileprivate mutating func suite(_ suite: EvalSuite, showsExpectations: Bool = true) {
        beginObject()
        suite.writeMembers(into: &self, showsExpectations: showsExpectations)
        endObject()
    }
}
