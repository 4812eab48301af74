import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

/// Models a person adds to providers and nodes.
extension ManagementAPI {
    var customModelRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/provider-models", .read, .listCustomModels, listCustomModels),
            ManagementRoute(.post, "/api/provider-models", .write, .createCustomModel, createCustomModel),
            ManagementRoute(.put, "/api/provider-models", .write, .setCustomModel, setCustomModel),
            ManagementRoute(.patch, "/api/provider-models", .write, .changeCustomModel, changeCustomModel),
            ManagementRoute(.delete, "/api/provider-models", .write, .deleteCustomModel, deleteCustomModel),
        ]
    }

    private static var maximumCustomModels: Int { 5000 }

    /// Of one provider (`provider`) as an array, or of all by their prefixes.
    private func listCustomModels(_ call: ManagementRequest) async throws -> ManagementResponse {
        let configuration = try await dependencies.store.load()
        let names = ProviderNames(nodes: configuration.nodes, catalog: dependencies.catalog)
        let wanted = call.query("provider").flatMap { $0.isEmpty ? nil : $0 }
        let provider = try wanted.map { try names.id(of: $0, path: "provider") }
        let groups = Dictionary(grouping: configuration.customModels) { names.name(of: $0.provider) }
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("models")
            if let provider {
                writer.customModels(configuration.customModels.filter { $0.provider == provider }, names: names)
            } else {
                writer.beginObject()
                for (name, models) in groups.sorted(by: { $0.key < $1.key }) {
                    writer.key(JSONText(name))
                    writer.customModels(models, names: names)
                }
                writer.endObject()
            }
            writer.endObject()
        }
    }

    private func createCustomModel(_ call: ManagementRequest) async throws -> ManagementResponse {
        let found = try await customModel(call)
        guard found.known == nil else {
            throw ManagementError(
                .conflict, "duplicate_model", "modelId: the provider has a model '\(found.id)' added already",
                field: "modelId")
        }
        return try await store(call, found, over: nil)
    }

    /// Adds the model, or puts it in the place of the one that was added under this id.
    private func setCustomModel(_ call: ManagementRequest) async throws -> ManagementResponse {
        try await store(call, try await customModel(call), over: nil)
    }

    private func changeCustomModel(_ call: ManagementRequest) async throws -> ManagementResponse {
        let found = try await customModel(call)
        guard let known = found.known else { throw ManagementError.notFound("custom model") }
        return try await store(call, found, over: known)
    }

    private func deleteCustomModel(_ call: ManagementRequest) async throws -> ManagementResponse {
        let found = try await customModel(call)
        guard try await dependencies.store.removeCustomModel(provider: found.provider, id: found.id) else {
            throw ManagementError.notFound("custom model")
        }
        try await dependencies.publish()
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("success")
            writer.value(true)
            writer.key("removed")
            writer.value(true)
            writer.endObject()
        }
    }

    // MARK: Parts

    private struct NamedModel {
        var provider: ProviderID
        var id: String
        var known: CustomModel?
        var names: ProviderNames
        var isFull: Bool
    }

    /// What a call is about: `provider` and `modelId` (also `model` or `id`), in the body or the query.
    private func customModel(_ call: ManagementRequest) async throws -> NamedModel {
        let configuration = try await dependencies.store.load()
        let names = ProviderNames(nodes: configuration.nodes, catalog: dependencies.catalog)
        let givenProvider = try call.body.string("provider", maximum: 200) ?? call.query("provider")
        guard let name = givenProvider, !name.isEmpty else { throw ManagementError.invalid("provider", "required") }
        let provider = try names.id(of: name, path: "provider")
        guard provider != ProviderDescription.simulatorID else {
            throw ManagementError.invalid("provider", "the simulator has no other models than its own")
        }
        let inBody =
            try call.body.string("modelId", maximum: 400) ?? call.body.string("model", maximum: 400)
            ?? call.body.string("id", maximum: 400)
        guard let id = inBody ?? call.query("model") ?? call.query("modelId"), !id.isEmpty else {
            throw ManagementError.invalid("modelId", "required")
        }
        // Clients write names in JSON, in paths of URLs and in patterns.
        guard !id.unicodeScalars.contains(where: { $0.properties.isWhitespace || $0 == "*" || $0 == "?" }) else {
            throw ManagementError.invalid("modelId", "must not hold white space, * or ?")
        }
        let lowered = id.lowercased()
        return NamedModel(
            provider: provider, id: id,
            known: configuration.customModels.first { $0.provider == provider && $0.id.lowercased() == lowered },
            names: names, isFull: configuration.customModels.count >= Self.maximumCustomModels)
    }

    /// - Parameter old: what members that are not sent are taken from; nil takes their defaults.
    private func store(
        _ call: ManagementRequest, _ found: NamedModel, over old: CustomModel?
    ) async throws -> ManagementResponse {
        guard found.known != nil || !found.isFull else {
            throw ManagementError(
                .conflict, "too_many_models", "there are \(Self.maximumCustomModels) custom models already")
        }
        let now = dependencies.clock.wallMilliseconds()
        var model = old ?? CustomModel(provider: found.provider, id: found.id, createdAt: now)
        if old == nil, let known = found.known { model.createdAt = known.createdAt }
        model.updatedAt = now
        let ignored = try model.merge(call.body.fields).filter { $0 != "model" }
        try await dependencies.store.setCustomModel(model)
        try await dependencies.publish()
        return ManagementResponse(status: found.known == nil ? .created : .ok) { writer in
            writer.beginObject()
            writer.key("model")
            writer.customModel(model, names: found.names)
            if !ignored.isEmpty {
                writer.key("warnings")
                writer.beginArray()
                for field in ignored { writer.string("\(field): not known, ignored") }
                writer.endArray()
            }
            writer.endObject()
        }
    }
}

extension JSONWriter {
    fileprivate mutating func customModels(_ models: [CustomModel], names: ProviderNames) {
        beginArray()
        for model in models { customModel(model, names: names) }
        endArray()
    }

    fileprivate mutating func customModel(_ model: CustomModel, names: ProviderNames) {
        beginObject()
        key("id")
        string(model.id)
        model.writeMembers(into: &self)
        key("provider")
        string(model.provider.rawValue)
        // As clients name it.
        key("model")
        string("\(names.name(of: model.provider))/\(model.id)")
        key("createdAt")
        string(ISOTime.string(model.createdAt))
        key("updatedAt")
        string(ISOTime.string(model.updatedAt))
        endObject()
    }
}
