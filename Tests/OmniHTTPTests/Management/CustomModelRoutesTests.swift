import HTTPTypes
import OmniCore
import OmniJSON
import OmniStore
import Testing

@testable import OmniHTTP

/// `/api/provider-models`.
@Suite(.timeLimit(.minutes(5))) struct CustomModelRoutesTests {
    private static let path = "/api/provider-models"

    @Test func modelsAreAddedShownAndRemoved() async throws {
        try await TestAdmin.run { admin async throws in
            let made = try await admin.call(
                .post, Self.path,
                #"{"provider":"OpenAI","modelId":"gpt-99","modelName":"N","contextLength":9,"capabilities":["tools"]}"#)
            #expect(made.status == 201)
            let model = try #require(try made.json["model"])
            #expect(model["id"]?.string == "gpt-99" && model["name"]?.string == "N" && model["type"]?.string == "chat")
            #expect(model["contextLength"]?.int == 9 && model["source"]?.string == "manual")
            #expect(model["provider"]?.string == "openai" && model["model"]?.string == "openai/gpt-99")
            let one = try await admin.call(.get, "\(Self.path)?provider=openai").json
            #expect(one["models"]?.element(0)?["id"]?.string == "gpt-99")
            let all = try await admin.call(.get, Self.path).json
            #expect(all["models"]?["openai"]?.element(0)?["id"]?.string == "gpt-99")
            #expect(try await admin.call(.get, "\(Self.path)?provider=anthropic").text == #"{"models":[]}"#)
            let removed = try await admin.call(.delete, "\(Self.path)?provider=openai&model=GPT-99")
            #expect(try removed.status == 200 && removed.json["removed"]?.bool == true)
            #expect(try await admin.call(.delete, "\(Self.path)?provider=openai&model=gpt-99").status == 404)
            #expect(try await admin.store.configuration.load().customModels.isEmpty)
            #expect(admin.publications.value == 2)
        }
    }

    @Test func aSecondOneIsRefusedPutReplacesAndPatchChanges() async throws {
        try await TestAdmin.run { admin async throws in
            let start = #"{"provider":"openai","modelId":"m","contextLength":9,"maxOutputTokens":3}"#
            #expect(try await admin.call(.patch, Self.path, start).status == 404)
            #expect(try await admin.call(.put, Self.path, start).status == 201)
            let again = try await admin.call(.post, Self.path, #"{"provider":"openai","id":"M"}"#)
            #expect(try again.status == 409 && again.errorField == "modelId")
            let patched = try await admin.call(
                .patch, Self.path, #"{"provider":"openai","model":"m","maxOutputTokens":4,"color":"red"}"#)
            #expect(try patched.json["model"]?["contextLength"]?.int == 9)
            #expect(try patched.json["model"]?["maxOutputTokens"]?.int == 4)
            #expect(try patched.json["warnings"]?.element(0)?.string == "color: not known, ignored")
            let put = try await admin.call(.put, Self.path, #"{"provider":"openai","modelId":"m"}"#)
            #expect(try put.status == 200 && put.json["model"]?["contextLength"] == nil)
            let stored = try await admin.store.configuration.load().customModels
            #expect(stored.count == 1 && stored[0].contextWindow == nil && stored[0].maxOutputTokens == nil)
        }
    }

    @Test(arguments: [
        (#"{"modelId":"m"}"#, "provider"), (#"{"provider":"openai"}"#, "modelId"),
        (#"{"provider":"nobody","modelId":"m"}"#, "provider"), (#"{"provider":"sim","modelId":"m"}"#, "provider"),
        (#"{"provider":"openai","modelId":"a b"}"#, "modelId"), (#"{"provider":"openai","modelId":"a*"}"#, "modelId"),
        (#"{"provider":"openai","modelId":5}"#, "modelId"),
        (#"{"provider":"openai","modelId":"m","type":"x"}"#, "type"),
        (#"{"provider":"openai","modelId":"m","contextLength":-1}"#, "contextLength"),
    ])
    func refusalsNameTheField(body: String, field: String) async throws {
        try await TestAdmin.run { admin async throws in
            let answer = try await admin.call(.post, Self.path, body)
            #expect(try answer.status == 400 && answer.errorField == field)
            #expect(try await admin.store.configuration.load().customModels.isEmpty)
        }
    }
}
