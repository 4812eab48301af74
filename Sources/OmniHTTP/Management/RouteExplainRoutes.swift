import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON
import OmniTranslate

extension ManagementAPI {
    var routeExplainRoutes: [ManagementRoute] {
        [ManagementRoute(.post, "/api/route/explain", .read, .explainRoute, explainRoute)]
    }

    /// Says what a request for `model` would lead to right now: a dry run that counts for nothing.
    ///
    /// Further fields, all optional: `format` (a wire format's name), `inputTokens`, `outputTokens`, `hasTools`,
    /// `hasImages`, `keyId` (a client key, whose limits and policies then hold).
    private func explainRoute(_ call: ManagementRequest) async throws -> ManagementResponse {
        let model = try call.body.requiredString("model", maximum: 400)
        let name = try call.body.string("format", maximum: 40) ?? WireFormat.openAIChat.rawValue
        guard let format = WireFormat(rawValue: name) else {
            throw ManagementError.invalid(
                "format", "must be one of " + WireFormat.allCases.map(\.rawValue).joined(separator: ", "))
        }
        var request = RequestTraits(clientFormat: format)
        request.inputTokens = try call.body.int("inputTokens", in: 0...100_000_000) ?? 1000
        request.hasTools = try call.body.bool("hasTools") ?? false
        request.hasImages = try call.body.bool("hasImages") ?? false
        request.outputTokens = try call.body.int("outputTokens", in: 0...100_000_000) ?? 1024
        let key = try call.body.string("keyId", maximum: 200).map { ClientKeyID($0) }
        let configuration = try await dependencies.store.load()
        if let key, !configuration.clientKeys.contains(where: { $0.id == key }) {
            throw ManagementError.invalid("keyId", "no such client key")
        }
        let snapshot = CatalogSnapshot(configuration: configuration, catalog: dependencies.catalog)
        let verdict = snapshot.verdict(
            model: model, clientKey: key, clientFormat: format, inputTokens: request.inputTokens,
            outputTokens: request.outputTokens, at: dependencies.clock.wallMilliseconds())
        let plan: RoutePlan
        do throws(UpstreamFault) {
            plan = try snapshot.plan(
                model: try verdict?.replacement() ?? model, clientFormat: format, for: key)
        } catch {
            if error.kind == .permission { return Self.refused(model, verdict, reason: error.message) }
            throw ManagementError.invalid("model", error.message)
        }
        let explanation = RouteExplanation(
            plan, request: request, health: dependencies.routing.withHealth { $0 }, at: dependencies.routing.now)
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("model")
            writer.string(model)
            writer.write(verdict)
            writer.key("decision")
            writer.value(explanation.chosen != nil ? "attempt" : explanation.waitMS != nil ? "wait" : "refuse")
            writer.key("target")
            if let chosen = explanation.chosen { writer.write(chosen) } else { writer.null() }
            writer.optional("reason", explanation.refusal)
            writer.key("waitMs")
            if let wait = explanation.waitMS { writer.value(wait) } else { writer.null() }
            writer.key("candidates")
            writer.beginArray()
            for candidate in explanation.candidates { writer.write(candidate) }
            writer.endArray()
            writer.key("skippedSteps")
            writer.beginArray()
            for step in explanation.skippedSteps {
                writer.beginObject()
                writer.key("step")
                writer.string(step.name)
                writer.key("reason")
                writer.string(String(describing: step.skip))
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
        }
    }
}

extension ManagementAPI {
    /// What a policy or the key's limits end before anything is planned.
    private static func refused(
        _ model: String, _ verdict: PolicyEvaluator.Verdict?, reason: String
    ) -> ManagementResponse {
        ManagementResponse { writer in
            writer.beginObject()
            writer.key("model")
            writer.string(model)
            writer.write(verdict)
            writer.key("decision")
            writer.value("refuse")
            writer.key("target")
            writer.null()
            writer.key("reason")
            writer.string(reason)
            writer.key("waitMs")
            writer.null()
            for name: StaticString in ["candidates", "skippedSteps"] {
                writer.key(name)
                writer.beginArray()
                writer.endArray()
            }
            writer.endObject()
        }
    }
}

extension JSONWriter {
    /// The policy that decided; null when none did.
    fileprivate mutating func write(_ verdict: PolicyEvaluator.Verdict?) {
        key("policy")
        guard let verdict else { return null() }
        beginObject()
        key("id")
        string(verdict.policy)
        key("name")
        string(verdict.name)
        key("action")
        verdict.action.write(into: &self)
        endObject()
    }

    fileprivate mutating func write(_ target: Target) {
        beginObject()
        writeMembers(of: target)
        endObject()
    }

    fileprivate mutating func write(_ candidate: RouteExplanation.Candidate) {
        beginObject()
        writeMembers(of: candidate.target)
        key("decision")
        switch candidate.decision {
        case .chosen: value("chosen")
        case .lastResort: value("last resort")
        case .skipped(let skip): string("skipped: \(skip)")
        case nil: value("next in line")
        }
        key("readyInMs")
        if let ready = candidate.readyInMS { value(ready) } else { null() }
        endObject()
    }

    private mutating func writeMembers(of target: Target) {
        key("provider")
        string(target.provider.rawValue)
        optional("connectionId", target.connection?.rawValue)
        key("model")
        string(target.model)
        key("format")
        string(target.format.rawValue)
    }
}
