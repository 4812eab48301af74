import HTTPTypes
import Hummingbird
import OmniJSON

extension ManagementAPI {
    var openAPIRoutes: [ManagementRoute] {
        // Open to everyone, like the dashboard's page: it tells what the interface is, and nothing of its owner.
        [ManagementRoute(.get, "/api/openapi.json", .everyone, .showOpenAPI, showOpenAPI)]
    }

    /// The whole interface, as it is served.
    public var openAPI: OpenAPIDocument {
        OpenAPIDocument(management: routes, inference: InferenceEndpoints.all, version: dependencies.version)
    }

    private func showOpenAPI(_ call: ManagementRequest) async throws -> ManagementResponse {
        let document = openAPI.json
        return ManagementResponse { $0.raw(document[...]) }
    }
}

extension RouteDocument {
    static let showOpenAPI = RouteDocument(
        "openapi.show", "Show this interface as an OpenAPI document",
        answers: [
            .ok(
                .record([
                    "openapi": .text, "info": .anyObject, "servers": .array(of: .anyObject),
                    "tags": .array(of: .anyObject), "paths": .map(of: .anyObject), "components": .anyObject,
                ]))
        ])
}
