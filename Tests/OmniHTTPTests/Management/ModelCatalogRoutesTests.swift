import HTTPTypes
import OmniCore
import OmniJSON
import OmniStore
import Testing

@testable import OmniHTTP

/// `/api/models/catalog`, `/api/models/availability` and the models of a connection.
@Suite(.timeLimit(.minutes(5))) struct ModelCatalogRoutesTests {
    private struct FixedDiscovery: ModelDiscovery {
        var result: Result<DiscoveredModels, ModelDiscoveryError>

        func models(
            of connection: Connection, node: ProviderNode?, refresh: Bool
        ) async throws(ModelDiscoveryError) -> DiscoveredModels {
            var list = try result.get()
            list.isCached = !refresh
            return list
        }
    }

    private static func connect(_ admin: TestAdmin, provider: String = "openai", id: String = "c1") async throws {
        try await admin.store.configuration.insertConnection(
            Connection(
                id: ConnectionID(id), provider: ProviderID(provider), name: id, credential: Credential(apiKey: "k")))
    }

    @Test func everythingIsShown() async throws {
        try await TestAdmin.run { admin async throws in
            try await Self.connect(admin)
            let catalog = try #require(try await admin.call(.get, "/api/models/catalog").json["catalog"])
            let openAI = try #require(catalog["openai"])
            #expect(openAI["provider"]?.string == "OpenAI" && openAI["active"]?.bool == true)
            #expect(openAI["connections"]?.int == 1)
            let model = try #require(openAI["models"]?.elements.first { $0["id"]?.string == "openai/gpt-4o" })
            #expect(model["type"]?.string == "chat" && model["custom"]?.bool == false)
            #expect(model["contextLength"]?.int == 128_000)
            #expect(model["pricing"]?["input"]?.double == 2.5 && model["priceSource"]?.string == "built-in")
            let unknown = openAI["models"]?.elements.first { $0["id"]?.string == "openai/text-moderation-latest" }
            #expect(unknown?["type"]?.string == "moderation")
            let embedding = openAI["models"]?.elements.first { $0["type"]?.string == "embedding" }
            #expect(embedding?["dimensions"]?.int == 1536)
            #expect(unknown?["pricing"]?.isNull == true && unknown?["priceSource"]?.string == "unknown")
            #expect(catalog["anthropic"]?["active"]?.bool == false)
            #expect(catalog["deepgram"]?["models"]?.element(0)?["type"]?.string == "audio")
        }
    }

    @Test func filtersNarrowItDown() async throws {
        try await TestAdmin.run { admin async throws in
            try await Self.connect(admin)
            let embeddings = try await admin.call(.get, "/api/models/catalog?type=embedding").json
            let kinds = embeddings["catalog"]?.members.flatMap { member in
                (member.value["models"]?.elements.compactMap { $0["type"]?.string }) ?? []
            }
            #expect(Set(kinds ?? []) == ["embedding"])
            #expect(embeddings["total"]?.int == kinds?.count)
            let active = try await admin.call(.get, "/api/models/catalog?active=true").json
            #expect(active["catalog"]?.names == ["openai", "sim"])
            let one = try await admin.call(.get, "/api/models/catalog?provider=cc&active=false").json
            #expect(one["catalog"]?.names == ["claude"])
            #expect(try await admin.call(.get, "/api/models/catalog?custom=true").json["catalog"]?.names == [])
            for (query, field) in [("type=x", "type"), ("provider=nobody", "provider"), ("active=maybe", "active")] {
                let answer = try await admin.call(.get, "/api/models/catalog?\(query)")
                #expect(try answer.status == 400 && answer.errorField == field)
            }
        }
    }

    @Test func theUpstreamsOwnListComesFirst() async throws {
        var found = DiscoveredModel(id: "GPT-4o")
        found.owner = "them"
        let list = DiscoveredModels(models: [found, DiscoveredModel(id: "new")], fetchedAt: 1000)
        try await TestAdmin.run(discovery: FixedDiscovery(result: .success(list))) { admin async throws in
            try await Self.connect(admin)
            let answer = try await admin.call(.get, "/api/providers/c1/models").json
            #expect(answer["provider"]?.string == "openai" && answer["connectionId"]?.string == "c1")
            #expect(answer["source"]?.string == "cache" && answer["fetchedAt"]?.string == "1970-01-01T00:00:01.000Z")
            let known = try #require(answer["models"]?.element(0))
            #expect(known["id"]?.string == "GPT-4o" && known["name"]?.string == "GPT-4o")
            #expect(known["type"]?.string == "chat" && known["contextLength"]?.int == 128_000)
            #expect(known["ownedBy"]?.string == "them" && known["known"]?.bool == true)
            // Nobody says what it is.
            #expect(answer["models"]?.element(1)?["type"]?.string == "unknown")
            let fresh = try await admin.call(.get, "/api/providers/c1/models?refresh=true").json
            #expect(fresh["source"]?.string == "live")
            let wrong = try await admin.call(.get, "/api/providers/c1/models?refresh=now")
            #expect(try wrong.status == 400 && wrong.errorField == "refresh")
            #expect(try await admin.call(.get, "/api/providers/nobody/models").status == 404)
        }
    }

    @Test func aFailureIsToldWithWhatIsKnown() async throws {
        let failure = ModelDiscoveryError(.authenticationFailed, "the upstream refused the key", statusCode: 401)
        try await TestAdmin.run(discovery: FixedDiscovery(result: .failure(failure))) { admin async throws in
            try await Self.connect(admin)
            let answer = try await admin.call(.get, "/api/providers/c1/models")
            #expect(answer.status == 200)
            #expect(try answer.json["source"]?.string == "local_catalog" && answer.json["upstreamStatus"]?.int == 401)
            #expect(try answer.json["warning"]?.string?.contains("refused the key") == true)
            #expect(try answer.json["models"]?.element(0)?["id"]?.string?.isEmpty == false)
            try await admin.store.configuration.insertNode(
                ProviderNode(
                    id: ProviderNodeID("n"), name: "N", prefix: "n", type: .openAICompatible, apiType: .chat,
                    baseURL: "http://127.0.0.1:9/v1"))
            try await Self.connect(admin, provider: "n", id: "c2")
            // Never the upstream's 401, which would look like a missing login.
            let bare = try await admin.call(.get, "/api/providers/c2/models")
            #expect(try bare.status == 502 && bare.errorCode == "upstream_auth_error")
            #expect(try bare.json["upstreamStatus"]?.int == 401)
        }
    }

    @Test func availabilityIsTold() async throws {
        try await TestAdmin.run { admin async throws in
            try await Self.connect(admin)
            let path = "/api/models/availability"
            let ready = try await admin.call(.post, path, #"{"model":"gpt-4o"}"#).json
            #expect(ready["available"]?.bool == true && ready["status"]?.string == "available")
            let pool = try #require(ready["providers"]?.element(0))
            #expect(pool["provider"]?.string == "openai" && pool["status"]?.string == "available")
            #expect(pool["accountsTotal"]?.int == 1 && pool["accountsAvailable"]?.int == 1)
            #expect(pool["cooldownRemainingMs"]?.int == 0)
            let missing = try await admin.call(.post, path, #"{"model":"deepseek/deepseek-chat"}"#).json
            #expect(missing["available"]?.bool == false && missing["status"]?.string == "no_credentials")
            let unknown = try await admin.call(.post, path, #"{"model":"no-such-model"}"#)
            #expect(try unknown.status == 404 && unknown.errorField == "model")
            let cleared = try await admin.call(.post, path, #"{"provider":"openai","model":"gpt-4o"}"#).json
            #expect(cleared["success"]?.bool == true && cleared["removed"]?.bool == false)
            let check = try await admin.call(
                .post, path, #"{"provider":"openai","model":"gpt-4o","action":"check"}"#)
            #expect(try check.json["resolved"]?.string == "openai/gpt-4o")
            for (body, field) in [
                (#"{}"#, "model"), (#"{"model":"m","action":"burn"}"#, "action"),
                (#"{"model":"m","provider":"nobody"}"#, "provider"),
            ] {
                let answer = try await admin.call(.post, path, body)
                #expect(try answer.status == 400 && answer.errorField == field)
            }
        }
    }
}
