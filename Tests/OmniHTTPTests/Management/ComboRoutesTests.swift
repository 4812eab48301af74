import HTTPTypes
import OmniCore
import OmniJSON
import OmniProviders
import OmniStore
import Testing

@testable import OmniHTTP

/// `/api/combos`.
@Suite(.timeLimit(.minutes(5))) struct ComboRoutesTests {
    private static func create(_ admin: TestAdmin, _ name: String, _ models: String...) async throws -> String {
        let list = models.map { #""\#($0)""# }.joined(separator: ",")
        let made = try await admin.call(.post, "/api/combos", #"{"name":"\#(name)","models":[\#(list)]}"#)
        #expect(made.status == 201, "\(made.text)")
        return try #require(try made.json["id"]?.string)
    }

    @Test func createsShowsChangesAndDeletes() async throws {
        try await TestAdmin.run { admin async throws in
            let body =
                #"{"name":"coding","models":["sim/echo",{"model":"sim/long","weight":3}],"config":{"maxRetries":2}}"#
            let created = try await admin.call(.post, "/api/combos", body)
            #expect(created.status == 201)
            let combo = try created.json
            let id = try #require(combo["id"]?.string)
            #expect(
                combo.names == ["id", "name", "models", "strategy", "config", "isActive", "createdAt", "updatedAt"])
            #expect(combo["strategy"]?.string == "priority")
            #expect(combo["models"]?.element(0)?.string == "sim/echo")
            #expect(combo["models"]?.element(1)?["weight"]?.int == 3)
            #expect(combo["config"]?["maxRetries"]?.int == 2)
            #expect(try await admin.call(.get, "/api/combos/\(id)").text == created.text)

            admin.clock.advance(by: 60)
            let changed = try await admin.call(
                .patch, "/api/combos/\(id)",
                #"{"strategy":"p2c","config":{"timeoutMs":5000},"description":"x","isActive":false}"#)
            #expect(changed.status == 200)
            let after = try changed.json
            #expect(after["strategy"]?.string == "lowest-latency")
            #expect(after["config"]?.names == ["maxRetries", "timeoutMs"])
            #expect(after["isActive"]?.bool == false && after["description"]?.string == "x")
            #expect(after["updatedAt"]?.string == ISOTime.string(admin.clock.wallMilliseconds()))
            #expect(after["createdAt"]?.string == combo["createdAt"]?.string)
            // An answer may come back as a change.
            let same = try await admin.call(.put, "/api/combos/\(id)", changed.text)
            #expect(same.text == changed.text)

            let deleted = try await admin.call(.delete, "/api/combos/\(id)")
            #expect(try deleted.json["success"]?.bool == true)
            #expect(try deleted.json["warnings"] == nil)
            for method in [HTTPRequest.Method.get, .put, .patch, .delete] {
                #expect(try await admin.call(method, "/api/combos/\(id)", "{}").status == 404)
            }
            #expect(try await admin.call(.post, "/api/combos/\(id)/duplicate").status == 404)
            #expect(admin.publications.value == 4)
        }
    }

    @Test func areListedByName() async throws {
        try await TestAdmin.run { admin async throws in
            for name in ["b", "a"] { _ = try await Self.create(admin, name, "sim/echo") }
            let listed = try await admin.call(.get, "/api/combos").json
            #expect(listed["combos"]?.elements.map { $0["name"]?.string } == ["a", "b"])
            #expect(listed["total"]?.int == 2)
        }
    }

    @Test func copiesHaveNamesOfTheirOwn() async throws {
        try await TestAdmin.run { admin async throws in
            let id = try await Self.create(admin, "coding", "sim/echo")
            let names = try await [nil, nil, #"{"name":"mine"}"#].asyncMap { body in
                let copy = try await admin.call(.post, "/api/combos/\(id)/duplicate", body)
                #expect(copy.status == 201)
                let json = try copy.json
                #expect(json["id"]?.string != id && json["models"]?.element(0)?.string == "sim/echo")
                return json["name"]?.string
            }
            #expect(names == ["coding-copy", "coding-copy-2", "mine"])
            #expect(
                try await admin.call(.post, "/api/combos/\(id)/duplicate", #"{"name":"coding"}"#).errorCode
                    == "duplicate_name")
        }
    }

    @Test(arguments: [
        ("{}", 400, "name"), (#"{"name":""}"#, 400, "name"), (#"{"name":"a b"}"#, 400, "name"),
        (#"{"name":"a*"}"#, 400, "name"), (#"{"name":"taken"}"#, 409, "name"), (#"{"name":"other-name"}"#, 409, "name"),
        // Names of providers and models would hide what they meant.
        (#"{"name":"openai"}"#, 409, "name"), (#"{"name":"openai/anything"}"#, 409, "name"),
        (#"{"name":"sim/echo"}"#, 409, "name"), (#"{"name":"gpt-4o"}"#, 409, "name"),
        (#"{"name":"x","models":{}}"#, 400, "models"), (#"{"name":"x","models":[1]}"#, 400, "models[0]"),
        (#"{"name":"x","models":[{"model":"m","weight":-1}]}"#, 400, "models[0].weight"),
        (#"{"name":"x","models":["x"]}"#, 400, "models"), (#"{"name":"x","strategy":"best"}"#, 400, "strategy"),
        (#"{"name":"x","config":{"maxRetries":11}}"#, 400, "config.maxRetries"),
        (#"{"name":"x","isActive":1}"#, 400, "isActive"),
    ])
    func refusals(body: String, status: Int, field: String) async throws {
        try await TestAdmin.run { admin async throws in
            _ = try await Self.create(admin, "taken", "sim/echo")
            _ = try await admin.call(.put, "/api/models/alias", #"{"alias":"other-name","model":"sim/echo"}"#)
            let before = try await admin.store.configuration.load()
            let answer = try await admin.call(.post, "/api/combos", body)
            #expect(answer.status == status)
            #expect(try answer.errorField == field)
            #expect(try await admin.store.configuration.load() == before)
        }
    }

    @Test func circlesAndDepthAreRefused() async throws {
        try await TestAdmin.run { admin async throws in
            let inner = try await Self.create(admin, "inner", "sim/echo")
            let middle = try await Self.create(admin, "middle", "inner")
            _ = try await Self.create(admin, "outer", "middle", "sim/long")
            let circle = try await admin.call(.patch, "/api/combos/\(inner)", #"{"models":["outer"]}"#)
            #expect(circle.status == 400)
            #expect(try circle.errorCode == "combo_cycle")
            #expect(circle.text.contains("inner -> outer -> middle -> inner"))
            let deep = try await admin.call(.post, "/api/combos", #"{"name":"top","models":["outer"]}"#)
            #expect(try deep.errorCode == "combo_too_deep")
            // A name that only an alias leads to is no way around.
            _ = try await admin.call(.put, "/api/models/alias", #"{"alias":"way","model":"outer"}"#)
            _ = try await admin.call(.put, "/api/models/alias", #"{"alias":"w-*","model":"way"}"#)
            for step in ["way", "w-1"] {
                let hidden = try await admin.call(.patch, "/api/combos/\(inner)", #"{"models":["\#(step)"]}"#)
                #expect(try hidden.errorCode == "combo_cycle")
            }
            _ = try await admin.call(.patch, "/api/combos/\(middle)", #"{"models":["inner","later"]}"#)
            let late = try await admin.call(.put, "/api/models/alias", #"{"alias":"later","model":"outer"}"#)
            #expect(late.status == 400)
            #expect(try late.errorField == "model")
        }
    }

    @Test func doubtsAreWarnings() async throws {
        try await TestAdmin.run { admin async throws in
            let made = try await admin.call(
                .post, "/api/combos",
                #"{"name":"c","models":["openai/gpt-4o","nobody/x"],"config":{"healthCheckEnabled":true},"moon":1}"#)
            #expect(made.status == 201)
            let warnings = try made.json["warnings"]?.elements.compactMap(\.string) ?? []
            // No account yet is no doubt.
            #expect(warnings.count == 3)
            #expect(warnings.first?.hasPrefix("models[1]: 'nobody/x'") == true)
            #expect(warnings.dropFirst().map { $0.prefix { $0 != ":" } } == ["config.healthCheckEnabled", "moon"])
            let id = try #require(try made.json["id"]?.string)
            #expect(try await admin.call(.get, "/api/combos/\(id)").json["warnings"] == nil)
            _ = try await Self.create(admin, "d", "c")
            let renamed = try await admin.call(.patch, "/api/combos/\(id)", #"{"name":"e","models":["sim/echo"]}"#)
            #expect(try renamed.json["warnings"]?.element(0)?.string?.contains("'d'") == true)
        }
    }

    @Test func needALogin() async throws {
        try await TestAdmin.run(isLoggedIn: false) { admin async throws in
            for path in ["/api/combos", "/api/settings", "/api/settings/combo-defaults", "/api/pricing"] {
                #expect(try await admin.call(.get, path).status == 401)
            }
        }
    }

    /// Every client finds a combo in its own dialect's list, and no longer when it rests.
    @Test func appearInEveryDialectsList() async throws {
        try await TestAdmin.run { admin async throws in
            let id = try await Self.create(admin, "my-combo", "sim/echo")
            func lists() async throws -> [String] {
                let snapshot = CatalogSnapshot(
                    configuration: try await admin.store.configuration.load(), catalog: .builtIn)
                return [
                    snapshot.openAIModelList, snapshot.anthropicModelList, snapshot.geminiModelList,
                    snapshot.ollamaModelList,
                ].map { String(decoding: $0, as: UTF8.self) }
            }
            #expect(try await lists().allSatisfy { $0.contains("my-combo") })
            _ = try await admin.call(.patch, "/api/combos/\(id)", #"{"isActive":false}"#)
            #expect(try await lists().allSatisfy { !$0.contains("my-combo") })
        }
    }
}

extension Array {
    fileprivate func asyncMap<Result>(_ transform: (Element) async throws -> Result) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
