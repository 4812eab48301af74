import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

extension ManagementAPI {
    var keyRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/keys", .read, .listKeys, listKeys),
            ManagementRoute(.post, "/api/keys", .write, .createKey, createKey),
            ManagementRoute(.get, "/api/keys/:id", .read, .showKey, showKey),
            ManagementRoute(.patch, "/api/keys/:id", .write, .changeKey, changeKey),
            ManagementRoute(.put, "/api/keys/:id", .write, .changeKey, changeKey),
            ManagementRoute(.delete, "/api/keys/:id", .write, .revokeKey, revokeKey),
        ]
    }

    private func listKeys(_ call: ManagementRequest) async throws -> ManagementResponse {
        let keys = try await dependencies.store.load().clientKeys
        let machine = dependencies.machineID
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("keys")
            writer.beginArray()
            for key in keys { writer.clientKey(key, on: machine) }
            writer.endArray()
            writer.key("total")
            writer.value(keys.count)
            writer.endObject()
        }
    }

    private func createKey(_ call: ManagementRequest) async throws -> ManagementResponse {
        let label = try call.body.string("label", maximum: 200)
        guard let name = try call.body.string("name", maximum: 200) ?? label, !name.isEmpty else {
            throw ManagementError.invalid("name", "required")
        }
        let machine = dependencies.machineID
        let made = ClientKeySecret(
            id: ClientKeyID(RandomID.make()), name: name, now: dependencies.clock.wallMilliseconds())
        var key = made.key
        try await changeLimits(&key, by: call.body)
        try await dependencies.store.insertClientKey(key)
        try await dependencies.publish()
        let limits = key.limits
        return ManagementResponse(status: .created) { writer in
            writer.beginObject()
            writer.key("key")
            writer.string(made.secret)
            writer.key("id")
            writer.string(made.key.id.rawValue)
            writer.key("name")
            writer.string(name)
            writer.key("machineId")
            writer.string(machine.rawValue)
            limits.writeMembers(into: &writer)
            writer.key("createdAt")
            writer.string(ISOTime.string(made.key.createdAt))
            writer.endObject()
        }
    }

    private func showKey(_ call: ManagementRequest) async throws -> ManagementResponse {
        let key = try await key(call)
        let machine = dependencies.machineID
        return ManagementResponse { $0.clientKey(key, on: machine) }
    }

    private func changeKey(_ call: ManagementRequest) async throws -> ManagementResponse {
        var key = try await key(call)
        try await changeLimits(&key, by: call.body)
        if let name = try call.body.string("name", maximum: 200) {
            guard !name.isEmpty else { throw ManagementError.invalid("name", "must not be empty") }
            key.name = name
        }
        if let isActive = try call.body.bool("isActive") {
            guard !isActive || key.revokedAt == nil else {
                throw ManagementError(.conflict, "revoked", "a revoked key stays revoked; create a new one")
            }
            key.isActive = isActive
        }
        let changed = key
        guard try await dependencies.store.updateClientKey(changed) else { throw ManagementError.notFound("key") }
        try await dependencies.publish()
        let machine = dependencies.machineID
        return ManagementResponse { $0.clientKey(changed, on: machine, message: "key changed") }
    }

    /// Revoked keys stay listed: records of their use refer to them.
    private func revokeKey(_ call: ManagementRequest) async throws -> ManagementResponse {
        var key = try await key(call)
        if key.revokedAt == nil { key.revokedAt = dependencies.clock.wallMilliseconds() }
        key.isActive = false
        guard try await dependencies.store.updateClientKey(key) else { throw ManagementError.notFound("key") }
        try await dependencies.publish()
        return .success(message: "key revoked")
    }

    /// Takes over `allowedModels` and `allowedConnections`.
    private func changeLimits(_ key: inout ClientKey, by body: ManagementBody) async throws {
        let before = Set(key.limits.connections)
        try key.limits.merge(body.fields)
        guard body.has("allowedConnections") else { return }
        // A wrong id would lock the key out; one that was there before may be gone by now.
        let known = Set(try await dependencies.store.load().connections.map(\.id)).union(before)
        for (index, id) in key.limits.connections.enumerated() where !known.contains(id) {
            throw ManagementError.invalid("allowedConnections[\(index)]", "no such connection")
        }
    }

    private func key(_ call: ManagementRequest) async throws -> ClientKey {
        let id = ClientKeyID(try call.id("id"))
        guard let key = try await dependencies.store.load().clientKeys.first(where: { $0.id == id }) else {
            throw ManagementError.notFound("key")
        }
        return key
    }
}

extension JSONWriter {
    mutating func clientKey(_ clientKey: ClientKey, on machine: MachineID, message: String? = nil) {
        beginObject()
        optional("message", message)
        key("id")
        string(clientKey.id.rawValue)
        key("name")
        string(clientKey.name)
        key("key")
        string(clientKey.mask)
        key("machineId")
        string(machine.rawValue)
        key("isActive")
        value(clientKey.isActive && clientKey.revokedAt == nil)
        optional("revokedAt", clientKey.revokedAt.map(ISOTime.string))
        clientKey.limits.writeMembers(into: &self)
        key("createdAt")
        string(ISOTime.string(clientKey.createdAt))
        endObject()
    }
}
