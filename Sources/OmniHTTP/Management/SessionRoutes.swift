import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

extension ManagementAPI {
    var sessionRoutes: [ManagementRoute] {
        [ManagementRoute(.get, "/api/sessions", .read, .listSessions, listSessions)]
    }

    /// Conversations heard of lately and the accounts they are on, the latest first.
    ///
    /// `count` is how many there are; `limit` (1000) says how many are shown.
    private func listSessions(_ call: ManagementRequest) async throws -> ManagementResponse {
        var limit = 1000
        if let text = call.query("limit") {
            guard let number = Int(text), (1...10_000).contains(number) else {
                throw ManagementError.invalid("limit", "must be a whole number from 1 to 10000")
            }
            limit = number
        }
        let configuration = try await dependencies.store.load()
        let (now, wall) = (dependencies.routing.now, dependencies.clock.wallMilliseconds())
        let all = dependencies.routing.withHealth { $0.conversations(at: now) }
        let names = ProviderNames(nodes: configuration.nodes, catalog: dependencies.catalog)
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("count")
            writer.value(all.count)
            writer.key("sessionAffinity")
            writer.value(configuration.routing.keepsAccounts)
            writer.key("sessions")
            writer.beginArray()
            for session in all.prefix(limit) {
                let connection = configuration.connections.first { $0.id == session.connection }
                let age = Int(now.since(session.createdAt) / 1_000_000)
                writer.beginObject()
                writer.key("sessionId")
                let digits = String(session.id, radix: 16)
                writer.string(String(repeating: "0", count: 16 - digits.count) + digits)
                writer.key("connectionId")
                if let connection { writer.string(connection.id.rawValue) } else { writer.null() }
                writer.optional("connectionName", connection?.name)
                writer.optional("provider", session.provider(connection, names: names))
                writer.key("model")
                writer.string(session.model)
                writer.key("createdAt")
                writer.value(Int(wall) - age)
                writer.key("lastActive")
                writer.value(Int(wall) - Int(now.since(session.usedAt) / 1_000_000))
                writer.key("ageMs")
                writer.value(age)
                writer.key("requestCount")
                writer.value(session.requests)
                writer.key("activeRequests")
                writer.value(session.active)
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
        }
    }
}

extension RouterHealth.Conversation {
    /// The provider's name; nil when its connection was deleted meanwhile.
    fileprivate func provider(_ connection: Connection?, names: ProviderNames) -> String? {
        if let connection { return names.name(of: connection.provider) }
        // Providers without accounts are one of their own.
        let own = "provider:"
        let id = self.connection.rawValue
        return id.hasPrefix(own) ? names.name(of: ProviderID(String(id.dropFirst(own.count)))) : nil
    }
}
