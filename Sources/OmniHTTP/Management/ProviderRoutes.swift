import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

extension ManagementAPI {
    var providerRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/providers", .read, .listConnections, listConnections),
            ManagementRoute(.post, "/api/providers", .write, .createConnection, createConnection),
            ManagementRoute(.post, "/api/providers/validate", .write, .validateCredential, validateCredential),
            ManagementRoute(.get, "/api/providers/:id", .read, .showConnection, showConnection),
            ManagementRoute(.put, "/api/providers/:id", .write, .changeConnection, changeConnection),
            ManagementRoute(.patch, "/api/providers/:id", .write, .changeConnection, changeConnection),
            ManagementRoute(.delete, "/api/providers/:id", .write, .deleteConnection, deleteConnection),
            ManagementRoute(.post, "/api/providers/:id/test", .write, .testConnection, testConnection),
            ManagementRoute(.get, "/api/providers/:id/models", .read, .connectionModels, connectionModels),
        ]
    }

    private func listConnections(_ call: ManagementRequest) async throws -> ManagementResponse {
        let configuration = try await dependencies.store.load()
        let wanted = call.query("provider")
        let isActive = try call.flag("isActive")
        let connections = configuration.connections
            .filter { wanted == nil || $0.provider.rawValue == wanted }
            .filter { isActive == nil || $0.isActive == isActive }
            .sorted {
                ($0.provider.rawValue, $0.priority, $0.createdAt) < ($1.provider.rawValue, $1.priority, $1.createdAt)
            }
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("connections")
            writer.beginArray()
            for connection in connections { writer.connection(connection, node: connection.node(in: configuration)) }
            writer.endArray()
            writer.endObject()
        }
    }

    private func createConnection(_ call: ManagementRequest) async throws -> ManagementResponse {
        let configuration = try await dependencies.store.load()
        let provider = try provider(named: call.body.requiredString("provider", maximum: 200), in: configuration)
        let key = try apiKey(in: call.body)
        if key?.isEmpty ?? true, !provider.allowsMissingKey { throw ManagementError.invalid("apiKey", "required") }
        let siblings = configuration.connections.filter { $0.provider == provider.id }
        let name = try call.body.requiredString("name", maximum: 200)
        guard !siblings.contains(where: { $0.name == name }) else {
            throw ManagementError(
                .conflict, "duplicate_name", "name: the provider already has a connection of this name", field: "name")
        }
        let now = dependencies.clock.wallMilliseconds()
        var connection = Connection(
            id: ConnectionID(RandomID.make()), provider: provider.id, name: name,
            // New accounts come last, so that adding one changes nothing for requests that are served well.
            priority: try call.body.int("priority", in: 1...1000) ?? (siblings.map(\.priority).max() ?? 0) + 1,
            isActive: try call.body.bool("isActive") ?? true, baseURL: try baseURL(in: call.body),
            credential: key.flatMap { $0.isEmpty ? nil : Credential(apiKey: $0) },
            defaultModel: try call.body.string("defaultModel", maximum: 200), createdAt: now, updatedAt: now)
        try connection.options.merge(call.body.fields)
        try await dependencies.store.insertConnection(connection)
        try await dependencies.publish()
        return show(connection, in: configuration, status: .created)
    }

    private func showConnection(_ call: ManagementRequest) async throws -> ManagementResponse {
        let (connection, configuration) = try await connection(call)
        return show(connection, in: configuration)
    }

    private func changeConnection(_ call: ManagementRequest) async throws -> ManagementResponse {
        var (connection, configuration) = try await connection(call)
        if let name = try call.body.string("name", maximum: 200) {
            guard !name.isEmpty else { throw ManagementError.invalid("name", "must not be empty") }
            guard
                !configuration.connections.contains(where: {
                    $0.provider == connection.provider && $0.name == name && $0.id != connection.id
                })
            else {
                throw ManagementError(
                    .conflict, "duplicate_name", "name: the provider already has a connection of this name",
                    field: "name")
            }
            connection.name = name
        }
        if let priority = try call.body.int("priority", in: 1...1000) { connection.priority = priority }
        if let isActive = try call.body.bool("isActive") { connection.isActive = isActive }
        if let key = try apiKey(in: call.body), !key.isEmpty {
            guard connection.credential?.tokens == nil else {
                throw ManagementError.invalid("apiKey", "the connection came by OAuth and has no key")
            }
            connection.credential = Credential(apiKey: key)
            connection.testStatus = "unknown"
            connection.lastError = nil
        }
        if let url = try baseURL(in: call.body) { connection.baseURL = url }
        if call.body.isNull("baseUrl") { connection.baseURL = nil }
        if let model = try call.body.string("defaultModel", maximum: 200) { connection.defaultModel = model }
        if call.body.isNull("defaultModel") { connection.defaultModel = nil }
        try connection.options.merge(call.body.fields)
        connection.updatedAt = dependencies.clock.wallMilliseconds()
        guard try await dependencies.store.updateConnection(connection) else {
            throw ManagementError.notFound("connection")
        }
        try await dependencies.publish()
        return show(connection, in: configuration)
    }

    private func deleteConnection(_ call: ManagementRequest) async throws -> ManagementResponse {
        let id = ConnectionID(try call.id("id"))
        let configuration = try await dependencies.store.load()
        guard try await dependencies.store.deleteConnection(id) else { throw ManagementError.notFound("connection") }
        try await dependencies.publish()
        let tokens = configuration.connections.first { $0.id == id }?.credential?.tokens
        guard let tokens, let isRevoked = await dependencies.oauth?.revoke(tokens, in: configuration) else {
            return .success(message: "connection deleted")
        }
        return .success(
            message: isRevoked
                ? "connection deleted, its tokens were taken back"
                : "connection deleted, but its tokens could not be taken back at their server; they end by themselves")
    }

    private func testConnection(_ call: ManagementRequest) async throws -> ManagementResponse {
        var (connection, configuration) = try await connection(call)
        var result = await dependencies.tester.test(connection, node: connection.node(in: configuration))
        var isRefreshed = false
        if result.diagnosis == .authenticationFailed, let renewed = await renewed(connection) {
            connection = renewed
            isRefreshed = true
            result = await dependencies.tester.test(connection, node: connection.node(in: configuration))
        }
        let now = dependencies.clock.wallMilliseconds()
        try await keep(result, of: connection, at: now)
        return ManagementResponse { [result, isRefreshed] writer in
            writer.testResult(result, testedAt: now, isRefreshed: isRefreshed)
        }
    }

    /// The connection with new tokens; nil when it has none or they cannot be had, which its standing tells.
    private func renewed(_ old: Connection) async -> Connection? {
        guard old.credential?.tokens != nil, let accounts = dependencies.oauth else { return nil }
        do {
            try await accounts.renew(old.id)
            var connection = try await dependencies.store.load().connections.first { $0.id == old.id }
            connection?.presentation = old.presentation
            return connection
        } catch {
            return nil
        }
    }

    private func keep(_ result: ConnectionTestResult, of tested: Connection, at now: Int64) async throws {
        // A test takes seconds, in which the connection may have been changed or deleted.
        let connections = try await dependencies.store.load().connections
        guard var connection = connections.first(where: { $0.id == tested.id }),
            connection.credential == tested.credential, connection.baseURL == tested.baseURL
        else { return }
        connection.lastTestedAt = now
        // A failure of our own network says nothing about the account.
        if result.diagnosis != .network {
            connection.testStatus = result.isValid ? "active" : "error"
            connection.lastError = result.message
            if !result.isValid { connection.lastErrorAt = now }
        }
        try await dependencies.store.updateConnection(connection)
    }

    private func validateCredential(_ call: ManagementRequest) async throws -> ManagementResponse {
        let configuration = try await dependencies.store.load()
        let provider = try provider(named: call.body.requiredString("provider", maximum: 200), in: configuration)
        guard let key = try apiKey(in: call.body), !key.isEmpty else {
            throw ManagementError.invalid("apiKey", "required")
        }
        let now = dependencies.clock.wallMilliseconds()
        let candidate = Connection(
            id: ConnectionID("candidate"), provider: provider.id, name: "candidate",
            baseURL: try baseURL(in: call.body),
            credential: Credential(apiKey: key), createdAt: now, updatedAt: now)
        let result = await dependencies.tester.test(candidate, node: candidate.node(in: configuration))
        return ManagementResponse { $0.testResult(result, testedAt: now) }
    }

    // MARK: Parts

    func connection(
        _ call: ManagementRequest
    ) async throws -> (connection: Connection, configuration: RouterConfiguration) {
        let id = ConnectionID(try call.id("id"))
        let configuration = try await dependencies.store.load()
        guard var connection = configuration.connections.first(where: { $0.id == id }) else {
            throw ManagementError.notFound("connection")
        }
        connection.presentation = connection.credential?.tokens.map {
            configuration.presentation(of: $0, in: dependencies.catalog)
        }
        return (connection, configuration)
    }

    private func show(
        _ connection: Connection, in configuration: RouterConfiguration, status: HTTPResponse.Status = .ok
    ) -> ManagementResponse {
        ManagementResponse(status: status) { writer in
            writer.beginObject()
            writer.key("connection")
            writer.connection(connection, node: connection.node(in: configuration))
            writer.endObject()
        }
    }

    /// A provider of the catalogue by id or alias, or a node by id or prefix.
    private func provider(
        named name: String, in configuration: RouterConfiguration
    ) throws(ManagementError) -> (id: ProviderID, allowsMissingKey: Bool) {
        if let node = configuration.nodes.first(where: { $0.id.rawValue == name || $0.prefix == name }) {
            return (ProviderID(node.id.rawValue), true)
        }
        if let known = dependencies.catalog[name], !known.isSimulator {
            return (known.id, known.authentication.isOptional)
        }
        if let reason = dependencies.catalog.excluded[name.lowercased()] {
            throw .invalid("provider", "'\(name)' cannot be used: \(reason)")
        }
        throw .invalid("provider", "unknown provider or node '\(name)'")
    }

    /// - Returns: nil when absent, empty when a client cleared the field.
    private func apiKey(in body: ManagementBody) throws(ManagementError) -> String? {
        guard let key = try body.string("apiKey", maximum: 10_000) else { return nil }
        if let objection = Credential.objection(to: key) { throw .invalid("apiKey", objection) }
        return key
    }

    private func baseURL(in body: ManagementBody) throws(ManagementError) -> String? {
        let nested = try body.nested("providerSpecificData")?.string("baseUrl", maximum: 2000)
        guard let url = try body.string("baseUrl", maximum: 2000) ?? nested, !url.isEmpty else { return nil }
        if let objection = UpstreamAddressPolicy.objection(to: url) { throw .invalid("baseUrl", objection) }
        return url
    }
}

extension Connection {
    /// The custom endpoint it belongs to; nil for providers of the catalogue.
    func node(in configuration: RouterConfiguration) -> ProviderNode? {
        configuration.nodes.first { $0.id.rawValue == provider.rawValue }
    }
}

extension JSONWriter {
    /// A connection without its secret.
    mutating func connection(_ connection: Connection, node: ProviderNode?) {
        beginObject()
        key("id")
        string(connection.id.rawValue)
        key("provider")
        string(connection.provider.rawValue)
        key("authType")
        value(connection.credential?.tokens == nil ? "apikey" : "oauth")
        key("name")
        string(connection.name)
        key("priority")
        value(connection.priority)
        key("isActive")
        value(connection.isActive)
        key("hasApiKey")
        value(connection.credential?.apiKey != nil)
        if let tokens = connection.credential?.tokens { self.tokens(tokens) }
        if let key = connection.credential?.apiKey {
            self.key("apiKeyMasked")
            string(key.count > 12 ? "\(key.prefix(4))****\(key.suffix(4))" : "****")
            if key.count > 12 { optional("keyPreview", String(key.suffix(4))) }
        }
        optional("baseUrl", connection.baseURL)
        if node != nil || connection.baseURL != nil {
            key("providerSpecificData")
            beginObject()
            optional("prefix", node?.prefix)
            optional("apiType", node?.apiType?.rawValue)
            optional("baseUrl", connection.baseURL ?? node?.baseURL)
            optional("nodeName", node?.name)
            endObject()
        }
        optional("defaultModel", connection.defaultModel)
        connection.options.writeMembers(into: &self)
        key("testStatus")
        let loginNeeded = connection.credential?.tokens?.loginNeeded
        string(loginNeeded == nil ? connection.testStatus : "expired")
        optional("lastError", loginNeeded ?? connection.lastError)
        optional("lastErrorAt", connection.lastErrorAt.map(ISOTime.string))
        optional("lastTested", connection.lastTestedAt.map(ISOTime.string))
        key("createdAt")
        string(ISOTime.string(connection.createdAt))
        key("updatedAt")
        string(ISOTime.string(connection.updatedAt))
        endObject()
    }

    mutating func testResult(_ result: ConnectionTestResult, testedAt: Int64, isRefreshed: Bool = false) {
        beginObject()
        key("valid")
        value(result.isValid)
        key("error")
        if let message = result.message { string(message) } else { null() }
        key("refreshed")
        value(isRefreshed)
        key("diagnosis")
        beginObject()
        key("type")
        string(result.diagnosis.rawValue)
        key("source")
        value(result.statusCode == nil ? "local" : "upstream")
        key("message")
        if let message = result.message { string(message) } else { null() }
        key("code")
        if let code = result.statusCode { string(String(code)) } else { null() }
        endObject()
        key("latencyMs")
        value(result.latencyMS)
        key("statusCode")
        if let code = result.statusCode { value(code) } else { null() }
        key("runtime")
        null()
        key("testedAt")
        string(ISOTime.string(testedAt))
        endObject()
    }

    /// A member that is left out when there is no value.
    mutating func optional(_ name: StaticString, _ text: String?) {
        guard let text else { return }
        key(name)
        string(text)
    }
}
