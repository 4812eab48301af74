import HTTPTypes
import OmniCore
import OmniJSON
import OmniProviders
import OmniStore
import OmniTranslate
import Testing

@testable import OmniHTTP

/// Custom endpoints: `/api/provider-nodes`.
@Suite(.timeLimit(.minutes(5))) struct NodeRoutesTests {
    private static func create(
        _ admin: TestAdmin, prefix: String = "mine", more: String = ""
    ) async throws -> AdminResponse {
        try await admin.call(.post, "/api/provider-nodes", #"{"name":"Mine","prefix":"\#(prefix)"\#(more)}"#)
    }

    @Test func createsShowsChangesAndDeletes() async throws {
        try await TestAdmin.run { admin async throws in
            let created = try await Self.create(
                admin, more: #","type":"openai-compatible","apiType":"chat","baseUrl":"http://127.0.0.1:8080/v1/""#)
            #expect(created.status == 201)
            let node = try #require(try created.json["node"])
            let id = try #require(node["id"]?.string)
            #expect(node.names == ["id", "type", "name", "prefix", "apiType", "baseUrl", "createdAt", "updatedAt"])
            #expect(node["baseUrl"]?.string == "http://127.0.0.1:8080/v1")
            #expect(id.hasPrefix("openai-compatible-chat-"))
            #expect(try await admin.call(.get, "/api/provider-nodes/\(id)").text == created.text)
            #expect(try await admin.call(.get, "/api/provider-nodes").json["nodes"]?.element(0)?["id"]?.string == id)

            let changed = try await admin.call(
                .patch, "/api/provider-nodes/\(id)", #"{"prefix":"Other","apiType":"responses"}"#)
            #expect(changed.status == 200)
            #expect(try changed.json["node"]?["prefix"]?.string == "other")
            #expect(try changed.json["node"]?["apiType"]?.string == "responses")
            #expect(try changed.json["node"]?["name"]?.string == "Mine")

            // The connections of a node go with it.
            let connection = try await admin.call(
                .post, "/api/providers", #"{"provider":"other","name":"c","apiKey":"k"}"#)
            #expect(connection.status == 201)
            #expect(try connection.json["connection"]?["provider"]?.string == id)
            let deleted = try await admin.call(.delete, "/api/provider-nodes/\(id)")
            #expect(try deleted.json["success"]?.bool == true)
            #expect(try await admin.call(.get, "/api/provider-nodes/\(id)").status == 404)
            #expect(try await admin.store.configuration.load().connections.isEmpty)
            #expect(admin.publications.value == 4)
        }
    }

    @Test(
        arguments: [
            ("openai-compatible", "https://api.openai.com/v1", "chat"),
            ("anthropic-compatible", "https://api.anthropic.com/v1", nil),
            ("gemini-compatible", "https://generativelanguage.googleapis.com/v1beta", nil),
            ("ollama-compatible", "http://localhost:11434", nil),
        ] as [(String, String, String?)])
    func fillsInThePublicAddress(type: String, base: String, apiType: String?) async throws {
        try await TestAdmin.run { admin async throws in
            let node = try await Self.create(admin, more: #","type":"\#(type)""#).json["node"]
            #expect(node?["baseUrl"]?.string == base)
            #expect(node?["apiType"]?.string == apiType)
            #expect(node?["id"]?.string?.hasPrefix(type) == true)
        }
    }

    @Test(
        arguments: [
            ("{}", 400, "prefix"), (#"{"name":"x"}"#, 400, "prefix"), (#"{"prefix":"x"}"#, 400, "name"),
            (#"{"name":" ","prefix":"x"}"#, 400, "name"), (#"{"name":"x","prefix":""}"#, 400, "prefix"),
            (#"{"name":"x","prefix":"a/b"}"#, 400, "prefix"), (#"{"name":"x","prefix":"a b"}"#, 400, "prefix"),
            (#"{"name":"x","prefix":"-a"}"#, 400, "prefix"), (#"{"name":"x","prefix":"ä"}"#, 400, "prefix"),
            (#"{"name":"x","prefix":"\#(String(repeating: "a", count: 33))"}"#, 400, "prefix"),
            (#"{"name":"x","prefix":"openai"}"#, 409, "prefix"), (#"{"name":"x","prefix":"CC"}"#, 409, "prefix"),
            (#"{"name":"x","prefix":"sim"}"#, 409, "prefix"), (#"{"name":"x","prefix":"kiro"}"#, 409, "prefix"),
            (#"{"name":"x","prefix":"taken"}"#, 409, "prefix"), (#"{"name":"x","prefix":"TAKEN"}"#, 409, "prefix"),
            (#"{"name":"x","prefix":"x","type":"nothing"}"#, 400, "type"),
            (#"{"name":"x","prefix":"x","apiType":"nothing"}"#, 400, "apiType"),
            (#"{"name":"x","prefix":"x","baseUrl":"x"}"#, 400, "baseUrl"),
            (#"{"name":"x","prefix":"x","baseUrl":"http://169.254.169.254"}"#, 400, "baseUrl"),
            (#"{"name":"x","prefix":"x","baseUrl":"http://user:pass@host/v1"}"#, 400, "baseUrl"),
        ] as [(String, Int, String)])
    func refusesWhatIsWrongAndNamesIt(body: String, status: Int, field: String) async throws {
        try await TestAdmin.run { admin async throws in
            _ = try await Self.create(admin, prefix: "taken")
            let response = try await admin.call(.post, "/api/provider-nodes", body)
            #expect(response.status == status)
            #expect(try response.errorField == field)
            #expect(try await admin.store.configuration.load().nodes.count == 1)
        }
    }

    @Test func keepsItsOwnPrefix() async throws {
        try await TestAdmin.run { admin async throws in
            let id = try #require(try await Self.create(admin).json["node"]?["id"]?.string)
            _ = try await Self.create(admin, prefix: "taken")
            #expect(try await admin.call(.put, "/api/provider-nodes/\(id)", #"{"prefix":"mine"}"#).status == 200)
            #expect(try await admin.call(.put, "/api/provider-nodes/\(id)", #"{"prefix":"taken"}"#).status == 409)
        }
    }

    /// Whole operation addresses are what people paste.
    @Test(arguments: [
        ("openai-compatible", "http://h:1/v1/chat/completions"), ("anthropic-compatible", "http://h:1/v1/messages"),
    ])
    func takesAnOperationAddress(type: String, url: String) async throws {
        try await TestAdmin.run { admin async throws in
            let created = try await Self.create(admin, more: #","type":"\#(type)","baseUrl":"\#(url)""#)
            #expect(created.status == 201)
            _ = try await admin.call(.post, "/api/providers", #"{"provider":"mine","name":"c","apiKey":"k"}"#)
            let snapshot = CatalogSnapshot(
                configuration: try await admin.store.configuration.load(), catalog: ProviderCatalog())
            let plan = try snapshot.plan(model: "mine/m", clientFormat: .openAIChat)
            #expect(
                plan.targets[0].endpoint.path == (type == "openai-compatible" ? "/v1/chat/completions" : "/v1/messages")
            )
        }
    }

    @Test(arguments: [HTTPRequest.Method.get, .put, .patch, .delete])
    func answers404ToUnknownIdentifiers(method: HTTPRequest.Method) async throws {
        try await TestAdmin.run { admin async throws in
            let response = try await admin.call(method, "/api/provider-nodes/nobody", "{}")
            #expect(response.status == 404)
            #expect(try response.errorCode == "not_found")
        }
    }
}
