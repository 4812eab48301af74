import HTTPTypes
import OmniCore
import OmniJSON
import OmniStore
import Testing

@testable import OmniHTTP

/// `/api/combos/test` and `/api/combos/metrics`.
@Suite(.timeLimit(.minutes(5))) struct ComboTestRoutesTests {
    private static func create(_ admin: TestAdmin, _ body: String) async throws -> String {
        let made = try await admin.call(.post, "/api/combos", body)
        #expect(made.status == 201, "\(made.text)")
        return try #require(try made.json["id"]?.string)
    }

    @Test func everyStepIsTested() async throws {
        try await TestAdmin.run { admin async throws in
            let id = try await Self.create(admin, #"{"name":"c","models":["x/broken","sim/echo","sim/long"]}"#)
            for name in [#""comboName":"c""#, #""combo":"c""#, #""id":"\#(id)""#] {
                let tested = try await admin.call(.post, "/api/combos/test", "{\(name),\"concurrency\":1}")
                #expect(tested.status == 200)
                let json = try tested.json
                #expect(json["comboName"]?.string == "c" && json["strategy"]?.string == "priority")
                #expect(json["resolvedBy"]?.string == "sim/echo")
                let results = try #require(json["results"]).elements.map { $0 }
                #expect(results.map { $0["status"]?.string } == ["error", "ok", "ok"])
                #expect(results.map { $0["step"]?.int } == [0, 1, 2])
                #expect(results[0]["statusCode"]?.int == 503 && results[0]["error"]?.string == "it is broken")
                #expect(results[1]["target"]?["connectionId"]?.string == "a" && results[1]["latencyMs"]?.int == 5)
                #expect(results[1]["usage"]?["inputTokens"]?.int == 4)
            }
            let whole = try await admin.call(.post, "/api/combos/test", #"{"comboName":"c","mode":"combo"}"#).json
            #expect(whole["results"]?.elements.map { $0["model"]?.string } == ["c"])
        }
    }

    @Test(
        arguments: [
            ("{}", 400, "comboName"), (#"{"comboName":"none"}"#, 404, nil),
            (#"{"comboName":"empty"}"#, 400, "comboName"),
            (#"{"comboName":"rest","mode":"combo"}"#, 400, "mode"), (#"{"comboName":"rest","mode":"x"}"#, 400, "mode"),
            (#"{"comboName":"rest","timeoutMs":1}"#, 400, "timeoutMs"),
            (#"{"comboName":"rest","concurrency":11}"#, 400, "concurrency"),
        ] as [(String, Int, String?)])
    func refusals(body: String, status: Int, field: String?) async throws {
        try await TestAdmin.run { admin async throws in
            _ = try await Self.create(admin, #"{"name":"empty","models":[]}"#)
            _ = try await Self.create(admin, #"{"name":"rest","models":["sim/echo"],"isActive":false}"#)
            let answer = try await admin.call(.post, "/api/combos/test", body)
            #expect(answer.status == status, "\(answer.text)")
            #expect(try answer.errorField == field)
        }
    }

    @Test func countsBeginAtZero() async throws {
        try await TestAdmin.run { admin async throws in
            let id = try await Self.create(admin, #"{"name":"c","models":["sim/echo","sim/echo"]}"#)
            let all = try await admin.call(.get, "/api/combos/metrics").json
            let one = try await admin.call(.get, "/api/combos/metrics?combo=c").json
            for counts in [all["metrics"]?["c"], one["metrics"]] {
                #expect(counts?["totalRequests"]?.int == 0 && counts?["successRate"]?.double == 0)
                #expect(counts?["byModel"]?.names == ["sim/echo"])
                #expect(counts?["steps"]?.elements.map { $0["step"]?.int } == [0, 1])
                #expect(counts?["lastUsedAt"]?.isNull == true)
            }
            #expect(try await admin.call(.delete, "/api/combos/metrics?combo=\(id)").json["success"]?.bool == true)
            #expect(try await admin.call(.delete, "/api/combos/metrics").json["success"]?.bool == true)
            for method in [HTTPRequest.Method.get, .delete] {
                #expect(try await admin.call(method, "/api/combos/metrics?combo=none").status == 404)
            }
        }
    }
}
