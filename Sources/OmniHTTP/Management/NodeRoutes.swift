import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

extension ManagementAPI {
    var nodeRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/provider-nodes", .read, .listNodes, listNodes),
            ManagementRoute(.post, "/api/provider-nodes", .write, .createNode, createNode),
            ManagementRoute(.get, "/api/provider-nodes/:id", .read, .showNode, showNode),
            ManagementRoute(.put, "/api/provider-nodes/:id", .write, .changeNode, changeNode),
            ManagementRoute(.patch, "/api/provider-nodes/:id", .write, .changeNode, changeNode),
            ManagementRoute(.delete, "/api/provider-nodes/:id", .write, .deleteNode, deleteNode),
        ]
    }

    private func listNodes(_ call: ManagementRequest) async throws -> ManagementResponse {
        let nodes = try await dependencies.store.load().nodes
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("nodes")
            writer.beginArray()
            for node in nodes { writer.node(node) }
            writer.endArray()
            writer.endObject()
        }
    }

    private func createNode(_ call: ManagementRequest) async throws -> ManagementResponse {
        let configuration = try await dependencies.store.load()
        let typeName = try call.body.string("type") ?? ProviderNode.Kind.openAICompatible.rawValue
        guard let type = ProviderNode.Kind(rawValue: typeName) else {
            throw ManagementError.invalid(
                "type", "must be one of " + ProviderNode.Kind.allCases.map(\.rawValue).joined(separator: ", "))
        }
        let apiType = try apiType(in: call.body) ?? (type == .openAICompatible ? .chat : nil)
        let prefix = try prefix(in: call.body, configuration: configuration, own: nil)
        let now = dependencies.clock.wallMilliseconds()
        let kind = apiType.map { "-\($0.rawValue)" } ?? ""
        let node = ProviderNode(
            id: ProviderNodeID("\(type.rawValue)\(type == .openAICompatible ? kind : "")-\(RandomID.make())"),
            name: try call.body.requiredString("name", maximum: 200), prefix: prefix, type: type,
            apiType: type == .openAICompatible ? apiType : nil,
            baseURL: try nodeBaseURL(in: call.body) ?? Self.publicBase(type), createdAt: now, updatedAt: now)
        try await dependencies.store.insertNode(node)
        try await dependencies.publish()
        return show(node, status: .created)
    }

    private func showNode(_ call: ManagementRequest) async throws -> ManagementResponse {
        show(try await node(call).node)
    }

    private func changeNode(_ call: ManagementRequest) async throws -> ManagementResponse {
        var (node, configuration) = try await node(call)
        if let name = try call.body.string("name", maximum: 200) {
            guard !name.isEmpty else { throw ManagementError.invalid("name", "must not be empty") }
            node.name = name
        }
        if call.body.has("prefix") {
            node.prefix = try prefix(in: call.body, configuration: configuration, own: node.id)
        }
        if let url = try nodeBaseURL(in: call.body) { node.baseURL = url }
        if node.type == .openAICompatible, let apiType = try apiType(in: call.body) { node.apiType = apiType }
        node.updatedAt = dependencies.clock.wallMilliseconds()
        guard try await dependencies.store.updateNode(node) else { throw ManagementError.notFound("provider node") }
        try await dependencies.publish()
        return show(node)
    }

    private func deleteNode(_ call: ManagementRequest) async throws -> ManagementResponse {
        guard try await dependencies.store.deleteNode(ProviderNodeID(call.id("id"))) else {
            throw ManagementError.notFound("provider node")
        }
        try await dependencies.publish()
        return .success(message: "provider node and its connections deleted")
    }

    // MARK: Parts

    private func node(
        _ call: ManagementRequest
    ) async throws -> (node: ProviderNode, configuration: RouterConfiguration) {
        let id = ProviderNodeID(try call.id("id"))
        let configuration = try await dependencies.store.load()
        guard let node = configuration.nodes.first(where: { $0.id == id }) else {
            throw ManagementError.notFound("provider node")
        }
        return (node, configuration)
    }

    private func show(_ node: ProviderNode, status: HTTPResponse.Status = .ok) -> ManagementResponse {
        ManagementResponse(status: status) { writer in
            writer.beginObject()
            writer.key("node")
            writer.node(node)
            writer.endObject()
        }
    }

    private func apiType(in body: ManagementBody) throws(ManagementError) -> ProviderNode.APIType? {
        guard let name = try body.string("apiType") else { return nil }
        guard let apiType = ProviderNode.APIType(rawValue: name) else {
            throw .invalid("apiType", "must be 'chat' or 'responses'")
        }
        return apiType
    }

    /// A prefix that no model name could be led astray by.
    private func prefix(
        in body: ManagementBody, configuration: RouterConfiguration, own: ProviderNodeID?
    ) throws(ManagementError) -> String {
        let prefix = try body.requiredString("prefix", maximum: 32).lowercased()
        let isPlain = prefix.utf8.enumerated().allSatisfy { offset, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "-"), UInt8(ascii: "_"): offset > 0
            default: false
            }
        }
        guard isPlain else {
            throw .invalid("prefix", "must be letters, digits, '-' and '_', beginning with a letter or digit")
        }
        let isTaken =
            configuration.nodes.contains { $0.prefix == prefix && $0.id != own } || dependencies.catalog[prefix] != nil
            || dependencies.catalog.excluded[prefix] != nil
        guard !isTaken else {
            throw ManagementError(
                .conflict, "duplicate_prefix", "prefix: '\(prefix)' is taken by a provider or another node",
                field: "prefix")
        }
        return prefix
    }

    private func nodeBaseURL(in body: ManagementBody) throws(ManagementError) -> String? {
        guard var url = try body.string("baseUrl", maximum: 2000), !url.isEmpty else { return nil }
        if let objection = UpstreamAddressPolicy.objection(to: url) { throw .invalid("baseUrl", objection) }
        while url.hasSuffix("/") { url.removeLast() }
        return url
    }

    private static func publicBase(_ type: ProviderNode.Kind) -> String {
        switch type {
        case .openAICompatible: "https://api.openai.com/v1"
        case .anthropicCompatible: "https://api.anthropic.com/v1"
        case .geminiCompatible: "https://generativelanguage.googleapis.com/v1beta"
        case .ollamaCompatible: "http://localhost:11434"
        }
    }
}

extension JSONWriter {
    mutating func node(_ node: ProviderNode) {
        beginObject()
        key("id")
        string(node.id.rawValue)
        key("type")
        string(node.type.rawValue)
        key("name")
        string(node.name)
        key("prefix")
        string(node.prefix)
        optional("apiType", node.apiType?.rawValue)
        key("baseUrl")
        string(node.baseURL)
        key("createdAt")
        string(ISOTime.string(node.createdAt))
        key("updatedAt")
        string(ISOTime.string(node.updatedAt))
        endObject()
    }
}

/// Random identifiers in the form of a UUID (RFC 9562, version 4).
enum RandomID {
    static func make() -> String {
        var random = SystemRandomNumberGenerator()
        var bytes = (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) }
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let hex = Array(bytes.hexadecimal)
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(hex[$0]) }.joined(separator: "-")
    }
}
