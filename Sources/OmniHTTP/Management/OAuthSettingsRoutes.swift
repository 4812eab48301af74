import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

/// The clients a person registered with OAuth providers, and providers of one's own.
extension ManagementAPI {
    var oauthSettingsRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/settings/oauth", .read, .listRegistrations, listRegistrations),
            ManagementRoute(.get, "/api/settings/oauth/:provider", .read, .showRegistration, showRegistration),
            ManagementRoute(.put, "/api/settings/oauth/:provider", .write, .changeRegistration, changeRegistration),
            ManagementRoute(
                .patch, "/api/settings/oauth/:provider", .write, .changeRegistration, changeRegistration),
            ManagementRoute(
                .delete, "/api/settings/oauth/:provider", .write, .removeRegistration, removeRegistration),
        ]
    }

    private func listRegistrations(_ call: ManagementRequest) async throws -> ManagementResponse {
        let configuration = try await dependencies.store.load()
        let catalog = dependencies.catalog
        let providers = configuration.oauthProviders(in: catalog)
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("providers")
            writer.beginArray()
            for provider in providers {
                writer.registration(provider.id, in: configuration, catalog: catalog)
            }
            writer.endArray()
            writer.endObject()
        }
    }

    private func showRegistration(_ call: ManagementRequest) async throws -> ManagementResponse {
        try await registration(try call.id("provider"), in: try await dependencies.store.load())
    }

    /// Changes the members that are sent and leaves the others; `null` takes one back to the catalogue's.
    private func changeRegistration(_ call: ManagementRequest) async throws -> ManagementResponse {
        let id = try call.id("provider")
        let isPlain = id.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (0x30...0x39).contains(byte)
                || byte == UInt8(ascii: "-")
        }
        guard isPlain, id.utf8.count <= 100 else {
            throw ManagementError.invalid("provider", "must be made of a-z, 0-9 and '-'")
        }
        var configuration = try await dependencies.store.load()
        let fields = try call.body.fields
        var registration = configuration.oauth[id] ?? OAuthRegistration()
        let old = registration
        try registration.merge(fields)
        configuration.oauth[id] = registration
        guard let provider = configuration.oauthProvider(id, in: dependencies.catalog) else {
            throw ManagementError.invalid("tokenUrl", "required: the catalogue does not know this OAuth provider")
        }
        guard try accounts.home(of: provider, in: configuration) != nil else {
            throw ManagementError.invalid(
                "provider", "'\(provider.provider)' is neither a provider nor a node that could have the accounts")
        }
        // A secret must not follow to another address because somebody changed that alone.
        if old.clientSecret != nil, !fields.has("clientSecret"),
            registration.tokenURL != old.tokenURL || registration.deviceURL != old.deviceURL
                || registration.revocationURL != old.revocationURL
        {
            throw ManagementError.invalid("clientSecret", "must be sent again when the server's addresses change")
        }
        try await dependencies.store.setOAuth(registration, of: id)
        try await dependencies.publish()
        return try await self.registration(
            id, in: configuration, ignored: fields.unknown(besides: OAuthRegistration.names))
    }

    private func removeRegistration(_ call: ManagementRequest) async throws -> ManagementResponse {
        guard try await dependencies.store.setOAuth(nil, of: try call.id("provider")) else {
            throw ManagementError.notFound("registration of an OAuth provider")
        }
        try await dependencies.publish()
        return .success(message: "registration deleted")
    }

    private func registration(
        _ id: String, in configuration: RouterConfiguration, ignored: [String] = []
    ) async throws -> ManagementResponse {
        let catalog = dependencies.catalog
        guard configuration.oauthProvider(id, in: catalog) != nil else {
            throw ManagementError.notFound("OAuth provider")
        }
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("provider")
            writer.registration(id, in: configuration, catalog: catalog)
            writer.ignored(ignored)
            writer.endObject()
        }
    }
}

extension JSONWriter {
    /// What is in force of a provider's registration, the secret left out.
    fileprivate mutating func registration(
        _ id: String, in configuration: RouterConfiguration, catalog: ProviderCatalog
    ) {
        let known = catalog.oauth[id]
        let own = configuration.oauth[id]
        beginObject()
        key("id")
        string(id)
        key("isBuiltIn")
        value(known != nil)
        key("configured")
        let registration = (known ?? OAuthRegistration()).replaced(by: own ?? OAuthRegistration())
        value(registration.clientID != nil)
        registration.writeMembers(into: &self, showsSecret: false)
        endObject()
    }
}
