import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON
import OmniTranslate

extension ManagementAPI {
    var routeExplainRoutes: [ManagementRoute] {
        [ManagementRoute(.post, "/api/route/explain", .admin, explainRoute)]
    }

    /// Says what a request for `model` would lead to right now: a dry run that counts for nothing.
    ///
    /// Further fields, all optional: `format` (a wire format's name), `inputTokens`, `hasTools`, `hasImages`.
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
        let snapshot = CatalogSnapshot(
            configuration: try await dependencies.store.load(), catalog: dependencies.catalog)
        let plan: RoutePlan
        do throws(UpstreamFault) {
            plan = try snapshot.plan(model: model, clientFormat: format)
        } catch {
            throw ManagementError.invalid("model", error.message)
        }
        let explanation = RouteExplanation(
            plan, request: request, health: dependencies.routing.withHealth { $0 }, at: dependencies.routing.now)
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("model")
            writer.string(model)
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

extension JSONWriter {
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
