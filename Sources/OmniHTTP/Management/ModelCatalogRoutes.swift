import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

/// What models there are: the catalogue, and the lists of upstreams.
extension ManagementAPI {
    var modelCatalogRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/models/catalog", .read, .modelCatalog, modelCatalog),
            ManagementRoute(.post, "/api/models/availability", .write, .modelAvailability, modelAvailability),
        ]
    }

    /// All models by provider; `type` (or `kind`), `provider`, `active` and `custom` narrow it down.
    private func modelCatalog(_ call: ManagementRequest) async throws -> ManagementResponse {
        let configuration = try await dependencies.store.load()
        let names = ProviderNames(nodes: configuration.nodes, catalog: dependencies.catalog)
        let kind = [call.query("type"), call.query("kind")].compactMap { $0 }.first { !$0.isEmpty }
        if let kind, !ModelDescription.kinds.contains(kind) {
            throw ManagementError.invalid("type", "must be one of \(ModelDescription.kinds.joined(separator: ", "))")
        }
        let wanted = call.query("provider").flatMap { $0.isEmpty ? nil : $0 }
        let provider = try wanted.map { try names.id(of: $0, path: "provider") }
        let (isActive, isCustom) = (try call.flag("active"), try call.flag("custom"))
        let isNarrowed = kind != nil || isCustom != nil
        var groups = ModelCatalog(configuration: configuration, catalog: dependencies.catalog).groups
            .filter { provider == nil || $0.provider == provider }
            .filter { isActive == nil || $0.isActive == isActive }
        for index in groups.indices {
            groups[index].models.removeAll {
                (kind != nil && $0.model.kind != kind) || (isCustom != nil && $0.isCustom != isCustom)
            }
        }
        if isNarrowed { groups.removeAll { $0.models.isEmpty } }
        return ManagementResponse { [groups] writer in
            writer.beginObject()
            writer.key("catalog")
            writer.beginObject()
            for group in groups {
                writer.key(JSONText(group.prefix))
                writer.catalogGroup(group)
            }
            writer.endObject()
            writer.key("total")
            writer.value(groups.reduce(0) { $0 + $1.models.count })
            writer.endObject()
        }
    }

    /// The upstream's own list; the catalogue's, marked as such, where the upstream gives none.
    func connectionModels(_ call: ManagementRequest) async throws -> ManagementResponse {
        let (connection, configuration) = try await connection(call)
        let node = connection.node(in: configuration)
        let provider = dependencies.catalog[connection.provider.rawValue]
        let known =
            node.map { configuration.models(of: $0) } ?? provider.map { configuration.models(of: $0) } ?? []
        let refresh = try call.flag("refresh") ?? false
        var list: DiscoveredModels?
        var failure: ModelDiscoveryError?
        do throws(ModelDiscoveryError) {
            list = try await dependencies.discovery?.models(of: connection, node: node, refresh: refresh)
        } catch {
            failure = error
        }
        // Nothing to fall back to: the failure is the answer, never as if it were our own.
        if let failure, known.isEmpty { return Self.failed(failure) }
        return ManagementResponse { [list, failure] writer in
            writer.beginObject()
            writer.key("provider")
            writer.string(connection.provider.rawValue)
            writer.key("connectionId")
            writer.string(connection.id.rawValue)
            writer.key("source")
            writer.value(list == nil ? "local_catalog" : list?.isCached ?? false ? "cache" : "live")
            if let list {
                writer.key("fetchedAt")
                writer.string(ISOTime.string(list.fetchedAt))
                writer.key("truncated")
                writer.value(list.isTruncated)
            } else {
                writer.key("warning")
                writer.string(
                    "the list is the router's own: \(failure?.message ?? "upstreams are not asked for theirs")")
                writer.optional("upstreamStatus", failure?.statusCode)
                writer.optional("reason", failure?.diagnosis.rawValue)
            }
            writer.key("models")
            writer.beginArray()
            if let list {
                for model in list.models { writer.listed(model, known: known) }
            } else {
                for model in known { writer.listed(model) }
            }
            writer.endArray()
            writer.endObject()
        }
    }

    private static func failed(_ failure: ModelDiscoveryError) -> ManagementResponse {
        ManagementResponse(status: .badGateway) { writer in
            writer.beginObject()
            writer.key("error")
            writer.beginObject()
            writer.key("message")
            writer.string("the upstream's models cannot be listed: \(failure.message)")
            writer.key("type")
            writer.value("upstream_error")
            writer.key("code")
            writer.string(failure.diagnosis.rawValue)
            writer.endObject()
            writer.optional("upstreamStatus", failure.statusCode)
            writer.endObject()
        }
    }
}

extension JSONWriter {
    fileprivate mutating func catalogGroup(_ group: ModelCatalog.Group) {
        beginObject()
        key("provider")
        string(group.name)
        key("providerId")
        string(group.provider.rawValue)
        key("aliases")
        beginArray()
        for alias in group.aliases { string(alias) }
        endArray()
        key("node")
        value(group.isNode)
        key("active")
        value(group.isActive)
        key("connections")
        value(group.connections)
        key("models")
        beginArray()
        for entry in group.models {
            beginObject()
            key("id")
            string("\(group.prefix)/\(entry.model.id)")
            describe(entry.model)
            key("custom")
            value(entry.isCustom)
            key("pricing")
            if let price = entry.price { price.write(into: &self) } else { null() }
            key("priceSource")
            string(entry.priceSource.rawValue)
            endObject()
        }
        endArray()
        endObject()
    }

    fileprivate mutating func listed(_ model: ModelDescription) {
        beginObject()
        key("id")
        string(model.id)
        describe(model)
        endObject()
    }

    /// What the upstream does not tell is taken from what is known of a model of this id.
    fileprivate mutating func listed(_ found: DiscoveredModel, known: [ModelDescription]) {
        let lowered = found.id.lowercased()
        let own = known.first { $0.id.lowercased() == lowered }
        var model = ModelDescription(
            id: found.id, name: found.name ?? own?.name ?? found.id, kind: found.kind ?? own?.kind ?? "unknown",
            contextWindow: found.contextWindow ?? own?.contextWindow,
            maxOutputTokens: found.maxOutputTokens ?? own?.maxOutputTokens)
        model.dimensions = own?.dimensions
        model.capabilities = found.capabilities.union(own?.capabilities ?? [])
        beginObject()
        key("id")
        string(model.id)
        describe(model)
        optional("ownedBy", found.owner)
        key("known")
        value(own != nil)
        endObject()
    }

    fileprivate mutating func optional(_ name: StaticString, _ number: Int?) {
        guard let number else { return }
        key(name)
        value(number)
    }

    private mutating func describe(_ model: ModelDescription) {
        key("name")
        string(model.name)
        key("type")
        string(model.kind)
        optional("contextLength", model.contextWindow)
        optional("maxOutputTokens", model.maxOutputTokens)
        optional("dimensions", model.dimensions)
        key("capabilities")
        beginArray()
        for name in model.capabilities.names { string(name) }
        endArray()
    }
}
