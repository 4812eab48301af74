import HTTPTypes
import OmniCore
import OmniJSON
import OmniStore
import Testing

@testable import OmniHTTP

/// `/api/pricing`.
@Suite(.timeLimit(.minutes(5))) struct PricingRoutesTests {
    @Test(arguments: [HTTPRequest.Method.patch, .post, .put])
    func overridesLieOverWhatIsKnown(method: HTTPRequest.Method) async throws {
        try await TestAdmin.run { admin async throws in
            let known = try await admin.call(.get, "/api/pricing")
            #expect(try known.json["openai"]?["gpt-4o"]?["input"]?.double == 2.5)
            #expect(try known.json["openai"]?["no-such"] == nil)
            let changed = try await admin.call(
                method, "/api/pricing", #"{"OPENAI":{"GPT-4o":{"input":1.5},"mine":{"input":0,"output":0}}}"#)
            #expect(changed.status == 200)
            let openai = try #require(try changed.json["openai"])
            #expect(openai["gpt-4o"]?["input"]?.double == 1.5)
            #expect(openai["gpt-4o"]?["output"]?.double == 10)
            // Free is something a person may say.
            #expect(openai["mine"]?["input"]?.int == 0)
            #expect(try await admin.call(.get, "/api/pricing").text == changed.text)
            #expect(try await admin.call(.get, "/api/pricing/defaults").text == known.text)
            // The rest of a row stays with PATCH and goes with PUT.
            let second = try await admin.call(method, "/api/pricing", #"{"openai":{"gpt-4o":{"output":7}}}"#).json
            #expect(second["openai"]?["gpt-4o"]?["output"]?.int == 7)
            #expect(second["openai"]?["gpt-4o"]?["input"]?.double == (method == .put ? 2.5 : 1.5))
            #expect(admin.publications.value == 2)
        }
    }

    @Test(
        arguments: [
            ("?provider=openai&model=gpt-4o", ["openai/mine", "anthropic/x"]), ("?provider=openai", ["anthropic/x"]),
            ("?provider=anthropic&model=nothing", ["openai/gpt-4o", "openai/mine", "anthropic/x"]), ("", []),
        ] as [(String, Set<String>)])
    func overridesAreTakenBack(query: String, left: Set<String>) async throws {
        try await TestAdmin.run { admin async throws in
            let known = try await admin.call(.get, "/api/pricing").text
            _ = try await admin.call(
                .patch, "/api/pricing",
                #"{"openai":{"gpt-4o":{"input":1},"mine":{"input":1}},"anthropic":{"x":{"input":1}}}"#)
            let reset = try await admin.call(.delete, "/api/pricing\(query)")
            #expect(reset.status == 200)
            let prices = try await admin.store.configuration.load().prices.rows
            #expect(Set(prices.flatMap { provider, models in models.keys.map { "\(provider)/\($0)" } }) == left)
            if left.isEmpty { #expect(reset.text == known) }
        }
    }

    @Test(arguments: [
        (HTTPRequest.Method.patch, "", #"{"openai":{"m":{"input":-1}}}"#, "openai.m.input"),
        (.patch, "", #"{"openai":{"m":{"inptu":1}}}"#, "openai.m.inptu"),
        (.patch, "", #"{"openai":{"m":5}}"#, "openai.m"), (.patch, "", #"{"openai":5}"#, "openai"),
        (.patch, "", #"{"openai":{"":{"input":1}}}"#, "openai"),
        (.put, "", #"{"openai":{"ok":{"input":1}},"nobody":{"m":{"input":1}}}"#, "nobody"),
        (.delete, "?model=gpt-4o", "{}", "provider"), (.delete, "?provider=nobody", "{}", "provider"),
    ])
    func refusals(method: HTTPRequest.Method, query: String, body: String, field: String) async throws {
        try await TestAdmin.run { admin async throws in
            _ = try await admin.call(.patch, "/api/pricing", #"{"openai":{"gpt-4o":{"input":1}}}"#)
            let before = try await admin.store.configuration.load().prices
            let answer = try await admin.call(method, "/api/pricing\(query)", body)
            #expect(answer.status == 400)
            #expect(try answer.errorField == field)
            #expect(try await admin.store.configuration.load().prices == before)
        }
    }

    @Test func nodesAreWrittenByTheirPrefix() async throws {
        try await TestAdmin.run { admin async throws in
            let node = #"{"name":"n","prefix":"vllm","type":"openai-compatible","baseUrl":"http://127.0.0.1:1/v1"}"#
            let id = try #require(
                try await admin.call(.post, "/api/provider-nodes", node).json["node"]?["id"]?.string)
            _ = try await admin.call(.patch, "/api/pricing", #"{"vllm":{"a":{"input":1}},"\#(id)":{"b":{"input":2}}}"#)
            #expect(try await admin.call(.get, "/api/pricing").json["vllm"]?.names == ["a", "b"])
            #expect(
                try await admin.store.configuration.load().prices.rows.keys.map(\.rawValue) == [id])
        }
    }
}
