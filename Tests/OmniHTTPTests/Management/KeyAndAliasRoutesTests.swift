import HTTPTypes
import OmniCore
import OmniJSON
import OmniProviders
import OmniStore
import Testing

@testable import OmniHTTP

/// Client keys and aliases: `/api/keys`, `/api/models/alias`.
@Suite(.timeLimit(.minutes(5))) struct KeyAndAliasRoutesTests {
    // MARK: Keys

    @Test(arguments: ["name", "label"])
    func showsAKeyOnce(field: String) async throws {
        try await TestAdmin.run { admin async throws in
            let created = try await admin.call(.post, "/api/keys", #"{"\#(field)":"laptop"}"#)
            #expect(created.status == 201)
            let json = try created.json
            let secret = try #require(json["key"]?.string)
            let id = try #require(json["id"]?.string)
            #expect(secret.hasPrefix("sk-omni-") && secret.utf8.count == 48)
            #expect(json["name"]?.string == "laptop")
            #expect(json.names.isSuperset(of: ["key", "name", "id", "machineId"]))
            for path in ["/api/keys", "/api/keys/\(id)"] {
                let shown = try await admin.call(.get, path)
                #expect(shown.status == 200)
                #expect(!shown.text.contains(secret))
                #expect(shown.text.contains("****\(secret.suffix(4))"))
            }
            let listed = try await admin.call(.get, "/api/keys").json
            #expect(listed["total"]?.int == 1)
            let key = try #require(listed["keys"]?.element(0))
            #expect(
                key.names.isSuperset(of: ["id", "name", "key", "machineId", "allowedModels", "createdAt", "isActive"]))
            let stored = try #require(try await admin.store.configuration.load().clientKeys.first)
            #expect(stored.digest == ClientKeySecret.digest(secret))
        }
    }

    @Test func revokesForGood() async throws {
        try await TestAdmin.run { admin async throws in
            let id = try #require(try await admin.call(.post, "/api/keys", #"{"name":"a"}"#).json["id"]?.string)
            let paused = try await admin.call(.patch, "/api/keys/\(id)", #"{"isActive":false,"name":"b"}"#)
            #expect(try paused.json["isActive"]?.bool == false)
            #expect(try paused.json["name"]?.string == "b")
            #expect(try await admin.call(.put, "/api/keys/\(id)", #"{"isActive":true}"#).json["isActive"]?.bool == true)
            let revoked = try await admin.call(.delete, "/api/keys/\(id)")
            #expect(revoked.status == 200)
            #expect(try revoked.json["message"]?.string != nil)
            let shown = try await admin.call(.get, "/api/keys/\(id)").json
            #expect(shown["isActive"]?.bool == false)
            #expect(shown["revokedAt"]?.string == ISOTime.string(admin.clock.wallMilliseconds()))
            #expect(try await admin.call(.patch, "/api/keys/\(id)", #"{"isActive":true}"#).status == 409)
            admin.clock.advance(by: 60)
            #expect(try await admin.call(.delete, "/api/keys/\(id)").status == 200)
            #expect(
                try await admin.call(.get, "/api/keys/\(id)").json["revokedAt"]?.string == shown["revokedAt"]?.string)
            #expect(admin.publications.value == 5)
        }
    }

    @Test(arguments: [
        (HTTPRequest.Method.post, "/api/keys", "{}", 400), (.post, "/api/keys", #"{"name":""}"#, 400),
        (.post, "/api/keys", #"{"name":7}"#, 400), (.post, "/api/keys", #"{"name":"a\u0000b"}"#, 400),
        (.post, "/api/keys", #"{"name":"\#(String(repeating: "a", count: 201))"}"#, 400),
        (.post, "/api/keys", "{", 400),
        (.get, "/api/keys/nobody", "{}", 404), (.patch, "/api/keys/nobody", "{}", 404),
        (.put, "/api/keys/nobody", "{}", 404), (.delete, "/api/keys/nobody", "{}", 404),
    ])
    func refusesWhatIsWrong(method: HTTPRequest.Method, path: String, body: String, status: Int) async throws {
        try await TestAdmin.run { admin async throws in
            #expect(try await admin.call(method, path, body).status == status)
            #expect(try await admin.store.configuration.load().clientKeys.isEmpty)
        }
    }

    // MARK: Aliases

    @Test(arguments: [HTTPRequest.Method.put, .post])
    func setsListsAndRemovesAliases(method: HTTPRequest.Method) async throws {
        try await TestAdmin.run { admin async throws in
            let set = try await admin.call(method, "/api/models/alias", #"{"alias":"fast","model":"sim/echo"}"#)
            #expect(set.status == 200)
            #expect(try set.json["success"]?.bool == true)
            #expect(try set.json["alias"]?.string == "fast")
            #expect(try set.json["model"]?.string == "sim/echo")
            // The second one takes the place of the first, and an alias may name another.
            _ = try await admin.call(method, "/api/models/alias", #"{"alias":"fast","model":"sim/long"}"#)
            _ = try await admin.call(method, "/api/models/alias", #"{"alias":"a \"b\"/ü","model":"fast"}"#)
            let aliases = try await admin.call(.get, "/api/models/alias").json["aliases"]
            #expect(aliases?["fast"]?.string == "sim/long")
            #expect(aliases?.names == ["fast", "a \"b\"/ü"])
            #expect(try await admin.call(.delete, "/api/models/alias?alias=a%20%22b%22%2F%C3%BC").status == 200)
            #expect(try await admin.call(.delete, "/api/models/alias", #"{"alias":"fast"}"#).status == 200)
            #expect(try await admin.call(.get, "/api/models/alias").json["aliases"]?.names == [])
            #expect(admin.publications.value == 5)
        }
    }

    @Test(arguments: [
        (HTTPRequest.Method.put, "{}", 400), (.put, #"{"alias":"x"}"#, 400), (.put, #"{"model":"sim/echo"}"#, 400),
        (.put, #"{"alias":"","model":"sim/echo"}"#, 400), (.put, #"{"alias":"x","model":"sim/nonsense"}"#, 400),
        (.put, #"{"alias":"x","model":"nobody/x"}"#, 400), (.put, #"{"alias":"x","model":"x"}"#, 400),
        // An account that is not there yet is no typing error.
        (.put, #"{"alias":"x","model":"openai/gpt-4o"}"#, 200),
        (.put, #"{"alias":"first","model":"second"}"#, 400), (.delete, "{}", 400),
        (.delete, #"{"alias":"nobody"}"#, 404),
    ])
    func judgesAliases(method: HTTPRequest.Method, body: String, status: Int) async throws {
        try await TestAdmin.run { admin async throws in
            _ = try await admin.call(.put, "/api/models/alias", #"{"alias":"first","model":"sim/echo"}"#)
            _ = try await admin.call(.put, "/api/models/alias", #"{"alias":"second","model":"first"}"#)
            let before = try await admin.store.configuration.load().aliases
            #expect(try await admin.call(method, "/api/models/alias", body).status == status)
            if status != 200 { #expect(try await admin.store.configuration.load().aliases == before) }
        }
    }

    @Test(arguments: [
        (#"{"alias":"claude-*","model":"sim/echo"}"#, 200), (#"{"alias":"gpt-4?-*","model":"first"}"#, 200),
        (#"{"alias":"*","model":"sim/long"}"#, 200), (#"{"alias":"sim/*","model":"sim/echo"}"#, 200),
        (#"{"alias":"a-*","model":"a-b"}"#, 400), (#"{"alias":"a-*","model":"openai/*"}"#, 400),
        (#"{"alias":"x","model":"openai/gpt-?"}"#, 400), (#"{"alias":"combo","model":"sim/echo"}"#, 409),
        (#"{"alias":"x*","model":"combo"}"#, 200),
    ])
    func judgesPatterns(body: String, status: Int) async throws {
        try await TestAdmin.run { admin async throws in
            _ = try await admin.call(.put, "/api/models/alias", #"{"alias":"first","model":"sim/echo"}"#)
            _ = try await admin.call(.post, "/api/combos", #"{"name":"combo","models":["sim/echo"]}"#)
            let before = try await admin.store.configuration.load().aliases
            let set = try await admin.call(.put, "/api/models/alias", body)
            #expect(set.status == status)
            #expect(try await (admin.store.configuration.load().aliases == before) == (status != 200))
        }
    }

    @Test func patternsLeadToTheirModel() async throws {
        try await TestAdmin.run { admin async throws in
            for (alias, model) in [("claude-*", "sim/echo"), ("claude-opus-*", "sim/long")] {
                _ = try await admin.call(.put, "/api/models/alias", #"{"alias":"\#(alias)","model":"\#(model)"}"#)
            }
            let snapshot = CatalogSnapshot(
                configuration: try await admin.store.configuration.load(), catalog: .builtIn)
            #expect(snapshot.resolvedName("claude-Sonnet-9") == "sim/echo")
            #expect(snapshot.resolvedName("claude-opus-9") == "sim/long")
            #expect(snapshot.resolvedName("anthropic/claude-opus-9") == "anthropic/claude-opus-9")
            #expect(try await admin.call(.delete, "/api/models/alias?alias=claude-opus-*").status == 200)
            #expect(try await admin.call(.get, "/api/models/alias").json["aliases"]?.names == ["claude-*"])
        }
    }
}
