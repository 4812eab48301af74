import HTTPTypes
import OmniCore
import OmniJSON
import OmniStore
import Testing

@testable import OmniHTTP

/// What was used, in the shapes of the contract: `/api/usage`.
@Suite(.timeLimit(.minutes(5))) struct UsageRoutesTests {
    private static let startedAt: Int64 = 1_772_000_000_000

    /// A connection, a key, and three records: one per outcome.
    private static func fill(_ admin: TestAdmin) async throws {
        let store = admin.store.configuration
        try await store.insertConnection(
            Connection(
                id: ConnectionID("c1"), provider: ProviderID("openai"), name: "Main",
                credential: Credential(apiKey: "sk-x")))
        try await store.insertClientKey(
            ClientKey(id: ClientKeyID("k1"), name: "Laptop", digest: [1], mask: "sk-omni-ab****cdef"))
        var record = UsageRecord(requestID: "r1", startedAt: startedAt)
        record.clientKeyID = ClientKeyID("k1")
        record.connectionID = ConnectionID("c1")
        record.provider = "openai"
        record.requestedModel = "openai/gpt-4o"
        record.servedModel = "gpt-4o"
        record.clientFormat = "anthropic"
        record.upstreamFormat = "openai-chat"
        record.path = "/v1/messages"
        record.status = 200
        record.isStreaming = true
        record.inputTokens = 10
        record.cacheReadTokens = 20
        record.cacheWriteTokens = 30
        record.outputTokens = 5
        record.reasoningTokens = 7
        record.latencyMS = 1234
        record.timeToFirstTokenMS = 300
        record.attempts = 2
        admin.store.usage.record(record)
        record.requestID = "r2"
        record.startedAt += 60_000
        record.status = 502
        record.errorCode = "upstream_incomplete"
        admin.store.usage.record(record)
        var bare = UsageRecord(requestID: "r3", startedAt: startedAt + 120_000)
        bare.provider = "sim"
        bare.requestedModel = "sim/echo"
        bare.servedModel = "echo"
        bare.path = "/v1/chat/completions"
        bare.status = 200
        bare.outputTokens = 1
        admin.store.usage.record(bare)
        try admin.store.usage.flush()
    }

    @Test func sumsUpHistoryInTheContractsShape() async throws {
        try await TestAdmin.run { admin async throws in
            try await Self.fill(admin)
            let json = try await admin.call(.get, "/api/usage/history").json
            #expect(json["totalRequests"]?.int == 3)
            #expect(json["totalPromptTokens"]?.int == 120)
            #expect(json["totalCompletionTokens"]?.int == 25)
            #expect(
                json.names.isSuperset(of: [
                    "totalRequests", "totalPromptTokens", "totalCompletionTokens", "totalCost", "byProvider", "byModel",
                    "byAccount", "byApiKey", "last10Minutes", "pending", "activeRequests",
                ]))
            #expect(json["byProvider"]?.names == ["openai", "sim"])
            #expect(json["byProvider"]?["openai"]?["requests"]?.int == 2)
            #expect(
                json["byProvider"]?["openai"]?.names.isSuperset(of: [
                    "requests", "promptTokens", "completionTokens", "cost",
                ]) == true)
            let model = try #require(json["byModel"]?["gpt-4o (openai)"])
            #expect(model["rawModel"]?.string == "gpt-4o")
            #expect(model["provider"]?.string == "openai")
            #expect(model["lastUsed"]?.string == ISOTime.string(Self.startedAt + 60_000))
            #expect(json["byAccount"]?.names == ["gpt-4o (openai - Main)"])
            let account = json["byAccount"]?.members.first { _ in true }?.value
            #expect(account?["connectionId"]?.string == "c1")
            #expect(account?["accountName"]?.string == "Main")
            let key = try #require(json["byApiKey"]?["Laptop (k1)"])
            #expect(key["apiKeyId"]?.string == "k1")
            #expect(key["apiKeyName"]?.string == "Laptop")
            #expect(json["last10Minutes"]?.elements.count { _ in true } == 10)
            #expect(json["pending"]?.names == ["byModel", "byAccount"])
            #expect(json["activeRequests"]?.kind == .array)
        }
    }

    @Test func writesTheCompactLog() async throws {
        try await TestAdmin.run { admin async throws in
            try await Self.fill(admin)
            let lines = try await admin.call(.get, "/api/usage/logs").json.elements.map { $0.string ?? "" }
            let fields = lines.map { $0.split(separator: " | ").map(String.init) }
            #expect(
                fields.map { $0.dropFirst() } == [
                    ["sim/echo", "SIM", "-", "0", "1", "200"], ["openai/gpt-4o", "OPENAI", "Main", "60", "12", "502"],
                    ["openai/gpt-4o", "OPENAI", "Main", "60", "12", "200"],
                ])
        }
    }

    /// The contract writes the day first: `DD-MM-YYYY HH:MM:SS`.
    @Test func writesTheTimeOfTheCompactLogAsTheContractDoes() async throws {
        try await TestAdmin.run { admin async throws in
            try await Self.fill(admin)
            let line = try await admin.call(.get, "/api/usage/logs?limit=1&offset=2").json.element(0)?.string
            #expect(line?.hasPrefix("25-02-2026 06:13:20 | ") == true)
        }
    }

    @Test func tellsTheWayOfARequestThatWasServedAtOnce() async throws {
        try await TestAdmin.run { admin async throws in
            try await Self.fill(admin)
            let json = try await admin.call(.get, "/api/usage/request-logs/r1").json
            #expect(json["log"]?["id"]?.string == "r1")
            #expect(json["route"]?.names == ["candidates", "skippedSteps", "omitted", "attempts"])
            #expect(try await admin.call(.get, "/api/usage/request-logs/none").status == 404)
        }
    }

    @Test func writesTheStructuredLog() async throws {
        try await TestAdmin.run { admin async throws in
            try await Self.fill(admin)
            let json = try await admin.call(.get, "/api/usage/request-logs").json
            let logs = try #require(json["logs"]).elements
            #expect(logs.map { $0["id"]?.string } == ["r3", "r2", "r1"])
            let log = try #require(json["logs"]?.element(1))
            #expect(
                log.names.isSuperset(of: [
                    "id", "timestamp", "method", "path", "status", "model", "provider", "account", "duration", "tokens",
                    "sourceFormat", "targetFormat", "error", "comboName", "apiKeyId", "apiKeyName", "hasRequestBody",
                    "hasResponseBody",
                ]))
            #expect(log["timestamp"]?.string == ISOTime.string(Self.startedAt + 60_000))
            #expect(log["duration"]?.int == 1234)
            #expect(log["tokens"]?["in"]?.int == 60)
            #expect(log["tokens"]?["out"]?.int == 12)
            #expect(log["error"]?.string == "upstream_incomplete")
            #expect(log["account"]?.string == "Main")
            #expect(!json.string.debugDescription.contains("sk-x"))
        }
    }

    @Test(
        arguments: [
            ("", ["r3", "r2", "r1"]), ("?limit=2", ["r3", "r2"]), ("?limit=1&offset=1", ["r2"]), ("?offset=3", []),
            ("?status=error", ["r2"]), ("?status=ok", ["r3", "r1"]), ("?status=502", ["r2"]), ("?provider=sim", ["r3"]),
            ("?model=gpt-4o", ["r2", "r1"]), ("?model=openai%2Fgpt-4o", ["r2", "r1"]),
            ("?connectionId=c1", ["r2", "r1"]),
            ("?apiKeyId=k1", ["r2", "r1"]), ("?apiKeyId=k2", []), ("?from=1772000060000", ["r3", "r2"]),
            ("?to=1772000060000", ["r1"]), ("?from=2026-02-25T06:14:20.000Z", ["r3", "r2"]),
            ("?provider=openai&status=ok", ["r1"]),
        ] as [(String, [String])])
    func filtersLogs(query: String, expected: [String]) async throws {
        try await TestAdmin.run { admin async throws in
            try await Self.fill(admin)
            let response = try await admin.call(.get, "/api/usage/request-logs\(query)")
            #expect(response.status == 200)
            #expect(try response.json["logs"]?.elements.map { $0["id"]?.string ?? "" } == expected)
        }
    }

    @Test(arguments: [
        "limit=0", "limit=1001", "limit=-1", "limit=x", "offset=-1", "status=maybe", "from=yesterday", "to=-1",
    ])
    func refusesFiltersThatMakeNoSense(query: String) async throws {
        try await TestAdmin.run { admin async throws in
            for path in ["/api/usage/request-logs", "/api/usage/logs", "/api/usage/history"] {
                let response = try await admin.call(.get, "\(path)?\(query)")
                #expect(response.status == 400)
                #expect(try response.errorField == String(query.prefix { $0 != "=" }))
            }
        }
    }

    @Test func isEmptyAtFirst() async throws {
        try await TestAdmin.run { admin async throws in
            #expect(try await admin.call(.get, "/api/usage/history").json["totalRequests"]?.int == 0)
            #expect(try await admin.call(.get, "/api/usage/logs").text == "[]")
        }
    }
}
