import Foundation
import HTTPTypes
import NIOHTTP1
import OmniJSON
import Testing

@testable import OmniHTTP

@Suite struct OpenAPIDocumentTests {
    @Test func operationsAreNamedOnce() async throws {
        try await TestAdmin.run(isLoggedIn: false) { admin in
            let document = try await admin.call(.get, "/api/openapi.json").json
            var identifiers: [String] = []
            for path in document["paths"]?.members.map({ $0 }) ?? [] {
                identifiers += path.value.members.compactMap { $0.value["operationId"]?.string }
            }
            #expect(document["openapi"]?.string == "3.1.0")
            #expect(identifiers.count > 150)
            #expect(Set(identifiers).count == identifiers.count)
        }
    }

    /// Routes told to exist that the data plane knows nothing of would be found by nobody else.
    @Test(arguments: InferenceEndpoints.all.map(\.key))
    func inferenceEndpointsExist(key: String) throws {
        let parts = key.split(separator: " ")
        let path = String(parts[1].filter { $0 != "{" && $0 != "}" })
        let route = try #require(InferenceRoute(method: HTTPMethod(rawValue: String(parts[0])), uri: path))
        switch route {
        case .notFound, .methodNotAllowed, .preflight: Issue.record("\(key) leads to \(route)")
        default: break
        }
    }

    @Test func componentsAreToldOnceAndReferredTo() throws {
        let document = OpenAPIDocument(
            management: [],
            inference: [
                OpenAPIDocument.Endpoint(
                    method: .get, path: "/thing/{id}", access: .management(.read),
                    document: RouteDocument(
                        "things.show", "Show it",
                        answers: [.ok(.record(["thing": .component("Thing", .record(["a": .count])).orNull]))]))
            ], version: "1")
        let json = try JSONValue(parsing: document.json)
        let operation = try #require(json["paths"]?["/thing/{id}"]?["get"])
        let thing = operation["responses"]?["200"]?["content"]?["application/json"]?["schema"]?["properties"]?["thing"]
        #expect(
            thing?["anyOf"].map { Array($0.raw) }
                == Array(##"[{"$ref":"#/components/schemas/Thing"},{"type":"null"}]"##.utf8))
        #expect(json["components"]?["schemas"]?["Thing"]?["required"]?.elements.compactMap(\.string) == ["a"])
        #expect(operation["responses"]?.members.map(\.name.string) == ["200", "400", "401", "403", "413", "421"])
        #expect(operation["parameters"]?.elements.compactMap { $0["name"]?.string } == ["id"])
    }

    /// `omniroute openapi --markdown >docs/api.md` writes it anew.
    @Test func theGuideIsCurrent() async throws {
        try await TestAdmin.run { admin in
            let guide = try APIGuide(admin.management.openAPI.json).markdown
            let file = URL(filePath: #filePath).deletingLastPathComponent()
                .appending(path: "../../../../docs/api.md").standardized
            if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
                try guide.write(to: file, atomically: true, encoding: .utf8)
            }
            let kept = try String(contentsOf: file, encoding: .utf8)
            #expect(kept == guide, "docs/api.md is old: omniroute openapi --markdown >docs/api.md")
        }
    }
}
