import HTTPTypes
import OmniCore
import OmniJSON
import OmniStore
import Testing

@testable import OmniHTTP

/// Accounts at providers: `/api/providers`.
@Suite(.timeLimit(.minutes(5))) struct ConnectionRoutesTests {
    private static let key = "sk-secret-abcdefgh-1234"

    private static func create(
        _ admin: TestAdmin, provider: String = "openai", name: String = "main", more: String = ""
    ) async throws -> AdminResponse {
        try await admin.call(
            .post, "/api/providers", #"{"provider":"\#(provider)","apiKey":"\#(key)","name":"\#(name)"\#(more)}"#)
    }

    @Test func createsShowsChangesAndDeletes() async throws {
        try await TestAdmin.run { admin async throws in
            let created = try await Self.create(
                admin, provider: "OpenAI", more: #","priority":3,"defaultModel":"gpt-4o""#)
            #expect(created.status == 201)
            let connection = try #require(try created.json["connection"])
            let id = try #require(connection["id"]?.string)
            #expect(connection["provider"]?.string == "openai")
            #expect(connection["authType"]?.string == "apikey")
            #expect(connection["priority"]?.int == 3)
            #expect(connection["isActive"]?.bool == true)
            #expect(connection["testStatus"]?.string == "unknown")
            #expect(connection["hasApiKey"]?.bool == true)
            #expect(connection["createdAt"]?.string == ISOTime.string(admin.clock.wallMilliseconds()))
            #expect(admin.publications.value == 1)

            let shown = try await admin.call(.get, "/api/providers/\(id)")
            #expect(shown.text == created.text)
            let listed = try await admin.call(.get, "/api/providers")
            #expect(try listed.json["connections"]?.elements.count { _ in true } == 1)

            admin.clock.advance(by: 60)
            let changed = try await admin.call(
                .put, "/api/providers/\(id)", #"{"name":"second","isActive":false,"priority":1,"defaultModel":null}"#)
            #expect(changed.status == 200)
            let after = try #require(try changed.json["connection"])
            #expect(after["name"]?.string == "second")
            #expect(after["isActive"]?.bool == false)
            #expect(after["defaultModel"] == nil)
            #expect(after["createdAt"]?.string == connection["createdAt"]?.string)
            #expect(after["updatedAt"]?.string == ISOTime.string(admin.clock.wallMilliseconds()))

            let deleted = try await admin.call(.delete, "/api/providers/\(id)")
            #expect(deleted.status == 200)
            #expect(try deleted.json["success"]?.bool == true)
            #expect(try deleted.json["message"]?.string != nil)
            #expect(try await admin.call(.get, "/api/providers/\(id)").status == 404)
            #expect(admin.publications.value == 3)
        }
    }

    @Test(
        arguments: [
            ("{}", 400, "provider"), (#"{"provider":"openai","name":"x"}"#, 400, "apiKey"),
            (#"{"provider":"openai","apiKey":"","name":"x"}"#, 400, "apiKey"),
            (#"{"provider":"openai","apiKey":"   ","name":"x"}"#, 400, "apiKey"),
            (#"{"provider":"openai","apiKey":"k"}"#, 400, "name"),
            (#"{"provider":"openai","apiKey":"k","name":" "}"#, 400, "name"),
            (#"{"provider":"nobody","apiKey":"k","name":"x"}"#, 400, "provider"),
            (#"{"provider":"sim","apiKey":"k","name":"x"}"#, 400, "provider"),
            (#"{"provider":"cursor","apiKey":"k","name":"x"}"#, 400, "provider"),
            (#"{"provider":7,"apiKey":"k","name":"x"}"#, 400, "provider"),
            (#"{"provider":"openai","apiKey":"k\nInjected: 1","name":"x"}"#, 400, "apiKey"),
            (#"{"provider":"openai","apiKey":"ключ","name":"x"}"#, 400, "apiKey"),
            (#"{"provider":"openai","apiKey":"k","name":"x","priority":0}"#, 400, "priority"),
            (#"{"provider":"openai","apiKey":"k","name":"x","priority":1.5}"#, 400, "priority"),
            (#"{"provider":"openai","apiKey":"k","name":"x","priority":"1"}"#, 400, "priority"),
            (#"{"provider":"openai","apiKey":"k","name":"x","isActive":"yes"}"#, 400, "isActive"),
            (#"{"provider":"openai","apiKey":"k","name":"x","baseUrl":"ftp://x"}"#, 400, "baseUrl"),
            (#"{"provider":"openai","apiKey":"k","name":"x","baseUrl":"http://169.254.169.254/v1"}"#, 400, "baseUrl"),
            (
                #"{"provider":"openai","apiKey":"k","name":"x","providerSpecificData":{"baseUrl":"http://[fe80::1]/"}}"#,
                400, "baseUrl"
            ),
            (#"{"provider":"openai","apiKey":"k","name":"x","providerSpecificData":7}"#, 400, "providerSpecificData"),
            ("[]", 400, nil), ("{", 400, nil), (#"{"provider":"openai""#, 400, nil),
        ] as [(String, Int, String?)])
    func refusesWhatIsWrongAndNamesIt(body: String, status: Int, field: String?) async throws {
        try await TestAdmin.run { admin async throws in
            let response = try await admin.call(.post, "/api/providers", body)
            #expect(response.status == status)
            #expect(try response.errorField == field)
            #expect(try response.json["error"]?["message"]?.string?.isEmpty == false)
            #expect(try await admin.store.configuration.load().connections.isEmpty)
            #expect(admin.publications.value == 0)
        }
    }

    @Test func refusesASecondConnectionOfTheSameName() async throws {
        try await TestAdmin.run { admin async throws in
            #expect(try await Self.create(admin).status == 201)
            let second = try await Self.create(admin, name: " main ")
            #expect(second.status == 409)
            #expect(try second.errorField == "name")
            // The same name at another provider is another name.
            #expect(try await Self.create(admin, provider: "groq").status == 201)
            let third = try await Self.create(admin, name: "other")
            let id = try #require(try third.json["connection"]?["id"]?.string)
            #expect(try await admin.call(.patch, "/api/providers/\(id)", #"{"name":"main"}"#).status == 409)
            #expect(try await admin.call(.patch, "/api/providers/\(id)", #"{"name":"other"}"#).status == 200)
        }
    }

    /// A new account changes nothing for requests that are served well.
    @Test func putsNewConnectionsLast() async throws {
        try await TestAdmin.run { admin async throws in
            _ = try await Self.create(admin, name: "a", more: #","priority":5"#)
            _ = try await Self.create(admin, name: "b")
            _ = try await Self.create(admin, provider: "groq", name: "c")
            let listed =
                try await admin.call(.get, "/api/providers").json["connections"].map { Array($0.elements) } ?? []
            #expect(listed.map { $0["name"]?.string } == ["c", "a", "b"])
            #expect(listed.map { $0["priority"]?.int } == [1, 5, 6])
            let filtered = try await admin.call(.get, "/api/providers?provider=groq").json["connections"]
            #expect(filtered?.elements.map { $0["name"]?.string } == ["c"])
        }
    }

    @Test func showsNoSecretAnywhere() async throws {
        try await TestAdmin.run { admin async throws in
            let created = try await Self.create(admin)
            let id = try #require(try created.json["connection"]?["id"]?.string)
            let replaced = #"{"apiKey":"sk-other-ijklmnop-5678"}"#
            let responses = [
                created, try await admin.call(.get, "/api/providers"),
                try await admin.call(.get, "/api/providers/\(id)"),
                try await admin.call(.post, "/api/providers/\(id)/test"),
                try await admin.call(.get, "/api/providers/\(id)/models"),
                try await admin.call(.patch, "/api/providers/\(id)", replaced),
                try await admin.call(.patch, "/api/providers/\(id)", #"{"apiKey":["\#(Self.key)"]}"#),
            ]
            for response in responses {
                for secret in [Self.key, "abcdefgh", "ijklmnop"] { #expect(!response.text.contains(secret)) }
            }
            #expect(try created.json["connection"]?["apiKeyMasked"]?.string == "sk-s****1234")
            // A short key must not be shown by half.
            let short = try await admin.call(
                .post, "/api/providers", #"{"provider":"groq","apiKey":"short-key-12","name":"s"}"#)
            #expect(!short.text.contains("short") && !short.text.contains("12\""))
            let stored = try await admin.store.configuration.load().connections.first { $0.id.rawValue == id }
            #expect(stored?.credential?.apiKey == "sk-other-ijklmnop-5678")
        }
    }

    @Test(arguments: [
        (ConnectionTestResult(diagnosis: .ok, statusCode: 200, latencyMS: 7), true, "active", "upstream"),
        (
            ConnectionTestResult(diagnosis: .authenticationFailed, message: "refused", statusCode: 401, latencyMS: 7),
            false, "error", "upstream"
        ),
        (
            ConnectionTestResult(diagnosis: .authenticationMissing, message: "no key", latencyMS: 0), false, "error",
            "local"
        ),
    ])
    func tellsWhatATestFound(result: ConnectionTestResult, isValid: Bool, status: String, source: String) async throws {
        try await TestAdmin.run(tester: FixedTester(result: result)) { admin async throws in
            let id = try #require(try await Self.create(admin).json["connection"]?["id"]?.string)
            let response = try await admin.call(.post, "/api/providers/\(id)/test")
            let json = try response.json
            #expect(response.status == 200)
            #expect(
                json.names == [
                    "valid", "error", "refreshed", "diagnosis", "latencyMs", "statusCode", "runtime", "testedAt",
                ])
            #expect(json["valid"]?.bool == isValid)
            #expect(json["error"]?.string == result.message)
            #expect(json["diagnosis"]?["type"]?.string == result.diagnosis.rawValue)
            #expect(json["diagnosis"]?["source"]?.string == source)
            #expect(json["statusCode"]?.int == result.statusCode)
            #expect(json["latencyMs"]?.int == result.latencyMS)
            let after = try await admin.call(.get, "/api/providers/\(id)").json["connection"]
            #expect(after?["testStatus"]?.string == status)
            #expect(after?["lastTested"]?.string == ISOTime.string(admin.clock.wallMilliseconds()))
            #expect(after?["lastError"]?.string == result.message)
            #expect((after?["lastErrorAt"] == nil) == isValid)
        }
    }

    /// A failure of our own network says nothing about the account.
    @Test func aNetworkFailureDoesNotMarkTheConnection() async throws {
        let result = ConnectionTestResult(diagnosis: .network, message: "no connection", latencyMS: 1)
        try await TestAdmin.run(tester: FixedTester(result: result)) { admin async throws in
            let id = try #require(try await Self.create(admin).json["connection"]?["id"]?.string)
            #expect(try await admin.call(.post, "/api/providers/\(id)/test").json["valid"]?.bool == false)
            #expect(
                try await admin.call(.get, "/api/providers/\(id)").json["connection"]?["testStatus"]?.string
                    == "unknown")
        }
    }

    @Test func validatesAKeyWithoutKeepingIt() async throws {
        try await TestAdmin.run { admin async throws in
            let response = try await admin.call(
                .post, "/api/providers/validate", #"{"provider":"openai","apiKey":"\#(Self.key)"}"#)
            #expect(response.status == 200)
            #expect(try response.json["valid"]?.bool == true)
            #expect(try response.json["error"]?.isNull == true)
            #expect(try await admin.store.configuration.load().connections.isEmpty)
            for body in ["{}", #"{"provider":"openai"}"#, #"{"provider":"nobody","apiKey":"k"}"#] {
                #expect(try await admin.call(.post, "/api/providers/validate", body).status == 400)
            }
        }
    }

    @Test func listsTheModelsOfAConnection() async throws {
        try await TestAdmin.run { admin async throws in
            let id = try #require(try await Self.create(admin, provider: "deepseek").json["connection"]?["id"]?.string)
            let json = try await admin.call(.get, "/api/providers/\(id)/models").json
            #expect(json["provider"]?.string == "deepseek")
            #expect(json["connectionId"]?.string == id)
            #expect(json["models"]?.element(0)?.names.isSuperset(of: ["id", "name", "type"]) == true)
        }
    }

    @Test(arguments: [
        (HTTPRequest.Method.get, ""), (.put, ""), (.patch, ""), (.delete, ""), (.post, "/test"), (.get, "/models"),
    ])
    func answers404ToUnknownIdentifiers(method: HTTPRequest.Method, suffix: String) async throws {
        try await TestAdmin.run { admin async throws in
            for id in ["nobody", "%00", "..%2Fkeys", "'; DROP TABLE connections; --".filter { $0 != " " }] {
                let response = try await admin.call(method, "/api/providers/\(id)\(suffix)", "{}")
                #expect(response.status == 404)
                #expect(try response.errorCode == "not_found")
            }
        }
    }

    @Test func refusesABodyThatIsTooLong() async throws {
        try await TestAdmin.run { admin async throws in
            let response = try await admin.call(.post, "/api/providers", String(repeating: " ", count: (1 << 20) + 1))
            #expect(response.status == 413)
        }
    }
}
