import HTTPTypes
import OmniCore
import OmniJSON
import OmniStore
import Testing

@testable import OmniHTTP

/// Details that clients written for the contract rely on.
@Suite(.timeLimit(.minutes(5))) struct ContractDetailTests {
    private static let node = #"{"name":"My vLLM","prefix":"vllm","baseUrl":"http://10.0.0.5:8000/v1"}"#

    @Test func everyDeletionSaysSoInBothForms() async throws {
        try await TestAdmin.run { admin async throws in
            let node = try #require(
                try await admin.call(.post, "/api/provider-nodes", Self.node).json["node"]?["id"]?.string)
            let connection = try await admin.call(
                .post, "/api/providers", #"{"provider":"openai","apiKey":"k","name":"a"}"#)
            let id = try #require(try connection.json["connection"]?["id"]?.string)
            let key = try #require(try await admin.call(.post, "/api/keys", #"{"name":"a"}"#).json["id"]?.string)
            _ = try await admin.call(.put, "/api/models/alias", #"{"alias":"fast","model":"sim/echo"}"#)
            let paths = [
                "/api/provider-nodes/\(node)", "/api/providers/\(id)", "/api/keys/\(key)",
                "/api/models/alias?alias=fast",
            ]
            for path in paths {
                let deleted = try await admin.call(.delete, path)
                #expect(deleted.status == 200)
                #expect(try deleted.json.names == ["message", "success"])
                #expect(try deleted.json["success"]?.bool == true)
            }
        }
    }

    @Test func aConnectionOfANodeTellsWhereItLeads() async throws {
        try await TestAdmin.run { admin async throws in
            _ = try await admin.call(.post, "/api/provider-nodes", Self.node)
            let created = try await admin.call(.post, "/api/providers", #"{"provider":"vllm","name":"a"}"#)
            let data = try #require(try created.json["connection"]?["providerSpecificData"])
            #expect(data["prefix"]?.string == "vllm")
            #expect(data["apiType"]?.string == "chat")
            #expect(data["nodeName"]?.string == "My vLLM")
            #expect(data["baseUrl"]?.string == "http://10.0.0.5:8000/v1")
            let plain = try await admin.call(.post, "/api/providers", #"{"provider":"openai","apiKey":"k","name":"a"}"#)
            #expect(try plain.json["connection"]?["providerSpecificData"] == nil)
        }
    }

    @Test(arguments: [
        ("", 2), ("?isActive=true", 1), ("?isActive=false", 1), ("?isActive=", 2), ("?isActive=yes", nil),
    ])
    func listsConnectionsByTheirState(query: String, expected: Int?) async throws {
        try await TestAdmin.run { admin async throws in
            for (name, isActive) in [("a", true), ("b", false)] {
                let body = #"{"provider":"openai","apiKey":"k","name":"\#(name)","isActive":\#(isActive)}"#
                #expect(try await admin.call(.post, "/api/providers", body).status == 201)
            }
            let listed = try await admin.call(.get, "/api/providers\(query)")
            #expect(listed.status == (expected == nil ? 400 : 200))
            #expect(try listed.json["connections"]?.elements.count { _ in true } == expected)
        }
    }

    @Test func limitsOfKeysAreKeptAndWrongOnesNamed() async throws {
        try await TestAdmin.run { admin async throws in
            let limited = #"{"name":"a","allowedModels":["sim/echo"]}"#
            let created = try await admin.call(.post, "/api/keys", limited)
            #expect(created.status == 201)
            let id = try #require(try created.json["id"]?.string)
            for value in [#""sim/echo""#, "[7]", "{}"] {
                let refused = try await admin.call(.patch, "/api/keys/\(id)", #"{"allowedModels":\#(value)}"#)
                #expect(refused.status == 400)
                #expect(try refused.errorField == "allowedModels")
            }
            let kept = try await admin.call(.get, "/api/keys/\(id)").json["allowedModels"]
            #expect(kept?.elements.compactMap(\.string) == ["sim/echo"])
            let changed = try await admin.call(.patch, "/api/keys/\(id)", #"{"name":"b","allowedModels":[]}"#)
            #expect(try changed.json.names.isSuperset(of: ["message", "allowedModels", "allowedConnections"]))
            #expect(try changed.json["name"]?.string == "b")
            #expect(try changed.json["allowedModels"]?.elements.compactMap(\.string) == [])
        }
    }

    @Test func filtersByTimesWithAnOffset() async throws {
        try await TestAdmin.run { admin async throws in
            for number in 0..<3 {
                var record = UsageRecord(requestID: "r\(number)", startedAt: 1_772_013_600_000 + Int64(number) * 60_000)
                record.status = number == 2 ? 429 : 200
                admin.store.usage.record(record)
            }
            try admin.store.usage.flush()
            let query = "from=2026-02-25T11:00:01%2B01:00&to=2026-02-25T10:02:00Z"
            let logs = try await admin.call(.get, "/api/usage/request-logs?\(query)").json["logs"]
            #expect(logs?.elements.map { $0["id"]?.string } == ["r1"])
            #expect(try await admin.call(.get, "/api/usage/history?status=429").json["totalRequests"]?.int == 1)
            #expect(try await admin.call(.get, "/api/usage/history?status=99").errorField == "status")
        }
    }
}
