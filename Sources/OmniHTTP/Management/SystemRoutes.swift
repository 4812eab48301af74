import HTTPTypes
import Hummingbird
import OmniCore
import OmniJSON

extension ManagementAPI {
    var systemRoutes: [ManagementRoute] {
        [
            ManagementRoute(.get, "/api/init", .everyone, .initialization, initialization)
        ]
    }

    /// JSON, or for those who ask for text the one word that programs of old look for.
    private func initialization(_ call: ManagementRequest) async throws -> ManagementResponse {
        let accept = call.request.headers[.accept]?.lowercased() ?? ""
        if accept.contains("text/"), !accept.contains("application/json") {
            var response = ManagementResponse { _ in }
            response.body = Array("Initialized".utf8)
            response.headers[.contentType] = "text/plain; charset=utf-8"
            return response
        }
        let isSetUp = try await hasPassword()
        let general = try await dependencies.store.load().general
        return ManagementResponse { writer in
            writer.beginObject()
            writer.key("initialized")
            writer.value(true)
            writer.key("setupComplete")
            writer.value(isSetUp)
            writer.key("hasPassword")
            writer.value(isSetUp)
            writer.key("version")
            writer.string(dependencies.version)
            // What the login page needs before anybody has logged in.
            writer.key("instanceName")
            if let name = general.instanceName { writer.string(name) } else { writer.null() }
            writer.key("theme")
            writer.string(general.theme.rawValue)
            writer.key("language")
            if let language = general.language { writer.string(language) } else { writer.null() }
            writer.endObject()
        }
    }
}
