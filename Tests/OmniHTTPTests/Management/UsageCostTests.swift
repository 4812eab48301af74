import HTTPTypes
import OmniCore
import OmniJSON
import OmniStore
import Testing

@testable import OmniHTTP

/// Money, call logs, charts and what a connection has left: `/api/usage`.
@Suite(.timeLimit(.minutes(5))) struct UsageCostTests {
    /// Noon of the day before the one at which the clock of ``TestAdmin`` stands.
    private static let startedAt: Int64 = 1_771_934_400_000

    /// Three records: two with a cost, by a combo, one whose price nobody knows.
    private static func fill(_ admin: TestAdmin) async throws {
        try await admin.store.configuration.insertConnection(
            Connection(
                id: ConnectionID("c1"), provider: ProviderID("openai"), name: "Main",
                credential: Credential(apiKey: "sk-x")))
        var record = UsageRecord(requestID: "r1", startedAt: startedAt)
        record.connectionID = ConnectionID("c1")
        record.provider = "openai"
        record.requestedModel = "coding"
        record.servedModel = "gpt-4o"
        record.status = 200
        record.isStreaming = true
        record.combo = "coding"
        record.inputTokens = 10
        record.outputTokens = 50
        record.timeToFirstTokenMS = 200
        record.latencyMS = 1200
        record.cost = NanoDollars(1_234_500)
        record.savedCost = NanoDollars(1)
        admin.store.usage.record(record)
        record.requestID = "r2"
        record.startedAt -= 86_400_000
        record.cost = NanoDollars(3_000_000_000)
        record.savedCost = nil
        admin.store.usage.record(record)
        var unpriced = UsageRecord(requestID: "r3", startedAt: startedAt + 3_600_000)
        unpriced.provider = "node"
        unpriced.servedModel = "local"
        unpriced.status = 200
        unpriced.outputTokens = 40
        unpriced.billed = BilledQuantity(.second, thousandths: 1500)
        admin.store.usage.record(unpriced)
        try admin.store.usage.flush()
    }

    @Test(
        arguments: [
            (0, "0"), (1, "0.000000001"), (1_500_000_000, "1.5"), (-20, "-0.00000002"), (.max, "9223372036.854775807"),
            (.min, "-9223372036.854775808"), (10_000_000_000, "10"),
        ] as [(Int64, String)])
    func amountsHaveAllTheirDigits(value: Int64, expected: String) {
        #expect(NanoDollars(value).text == expected)
    }

    @Test func costsAreExactAndUnknownOnesNull() async throws {
        try await TestAdmin.run { admin async throws in
            try await Self.fill(admin)
            let json = try await admin.call(.get, "/api/usage/history").json
            #expect(json["totalCost"].map { String(decoding: $0.raw, as: UTF8.self) } == "3.0012345")
            #expect(json["unpricedRequests"]?.int == 1)
            #expect(json["byProvider"]?["node"]?["cost"]?.isNull == true)
            #expect(json["byCombo"]?["coding"]?["requests"]?.int == 2)
            let logs = try await admin.call(.get, "/api/usage/request-logs").json["logs"]
            #expect(logs?.element(0)?["cost"]?.isNull == true)
            #expect(logs?.element(0)?["billed"]?["unit"]?.string == "second")
            #expect(logs?.element(0)?["billed"]?["quantity"]?.double == 1.5)
            #expect(logs?.element(2)?["billed"]?.isNull == true)
            #expect(logs?.element(2)?["cost"].map { String(decoding: $0.raw, as: UTF8.self) } == "0.0012345")
            #expect(logs?.element(2)?["savedCost"].map { String(decoding: $0.raw, as: UTF8.self) } == "0.000000001")
            #expect(logs?.element(2)?["comboName"]?.string == "coding")
            #expect(logs?.element(2)?["tokensPerSecond"]?.double == 50)
        }
    }

    @Test(
        arguments: [
            ("", ["r3", "r2", "r1"]), ("?combo=true", ["r2", "r1"]), ("?combo=coding", ["r2", "r1"]),
            ("?combo=other", []), ("?combo=false", ["r3"]), ("?account=Main", ["r2", "r1"]),
            ("?account=c1", ["r2", "r1"]),
            ("?account=nobody", []), ("?search=LOCA", ["r3"]), ("?search=%25", []), ("?status=ok&limit=1", ["r3"]),
            ("?limit=2&cursor=3", ["r2", "r1"]),
        ] as [(String, [String])])
    func callLogsAreFiltered(query: String, expected: [String]) async throws {
        try await TestAdmin.run { admin async throws in
            try await Self.fill(admin)
            let response = try await admin.call(.get, "/api/usage/call-logs\(query)")
            #expect(response.status == 200)
            #expect(try response.json.elements.map { $0["id"]?.string ?? "" } == expected)
        }
    }

    @Test func pagesAreFollowedByTheirCursor() async throws {
        try await TestAdmin.run { admin async throws in
            try await Self.fill(admin)
            let first = try await admin.call(.get, "/api/usage/request-logs?limit=2").json
            let cursor = try #require(first["nextCursor"]?.string)
            let second = try await admin.call(.get, "/api/usage/request-logs?limit=2&cursor=\(cursor)").json
            #expect(second["logs"]?.elements.map { $0["id"]?.string } == ["r1"])
            #expect(second["nextCursor"]?.isNull == true)
        }
    }

    @Test func oneCallIsFoundByItsID() async throws {
        try await TestAdmin.run { admin async throws in
            try await Self.fill(admin)
            let json = try await admin.call(.get, "/api/usage/call-logs/r1").json
            #expect(json["id"]?.string == "r1")
            #expect(json["requestBody"]?.isNull == true && json["responseBody"]?.isNull == true)
            #expect(try await admin.call(.get, "/api/usage/call-logs/none").status == 404)
        }
    }

    @Test func aSeriesIsByHourOrDay() async throws {
        try await TestAdmin.run { admin async throws in
            try await Self.fill(admin)
            let days = try await admin.call(.get, "/api/usage/history?groupBy=day&range=7d").json
            #expect(days["totalRequests"]?.int == 3)
            #expect(days["series"]?.elements.map { $0["requests"]?.int } == [1, 2])
            let hours = try await admin.call(.get, "/api/usage/history?groupBy=hour").json["series"]
            #expect(
                hours?.elements.map { $0["start"]?.string } == [
                    "2026-02-23T12:00:00.000Z", "2026-02-24T12:00:00.000Z", "2026-02-24T13:00:00.000Z",
                ])
            #expect(try await admin.call(.get, "/api/usage/history?groupBy=week").errorField == "groupBy")
            #expect(try await admin.call(.get, "/api/usage/history?range=2d").errorField == "range")
        }
    }

    @Test func chartsHaveTheirFigures() async throws {
        try await TestAdmin.run { admin async throws in
            try await Self.fill(admin)
            let json = try await admin.call(.get, "/api/usage/analytics").json
            #expect(json["range"]?.string == "30d")
            let summary = try #require(json["summary"])
            #expect(summary["totalRequests"]?.int == 3 && summary["totalTokens"]?.int == 160)
            #expect(summary["uniqueModels"]?.int == 2 && summary["uniqueAccounts"]?.int == 1)
            #expect(json["dailyTrend"]?.elements.map { $0["date"]?.string } == ["2026-02-23", "2026-02-24"])
            #expect(json["dailyByModel"]?.element(1)?["local (node)"]?.int == 40)
            #expect(json["modelNames"]?.elements.map { $0.string } == ["gpt-4o (openai)", "local (node)"])
            #expect(json["byModel"]?.elements.map { $0["pct"]?.string } == ["75.0", "25.0"])
            #expect(json["byAccount"]?.element(0)?["account"]?.string == "Main")
            #expect(json["activityMap"]?["2026-02-24"]?.int == 100)
            // The 24th of February 2026 is a Tuesday.
            #expect(json["weeklyPattern"]?.element(2)?["totalTokens"]?.int == 100)
            #expect(
                try await admin.call(.get, "/api/usage/analytics?range=all").json["summary"]?["totalRequests"]?.int == 3
            )
            #expect(try await admin.call(.get, "/api/usage/analytics?range=soon").errorField == "range")
        }
    }

    @Test(arguments: [([], 0), ([10], 1), ([9], 1), ([8], 0), ([7, 8, 9, 10], 4), ([8, 10], 1)] as [([Int64], Int)])
    func aStreakEndsTodayOrYesterday(days: [Int64], expected: Int) {
        let day: Int64 = 86_400_000
        #expect(ManagementAPI.streak(days.map { $0 * day }, at: 10 * day + 5) == expected)
    }

    @Test func aConnectionTellsWhatWasUsed() async throws {
        try await TestAdmin.run { admin async throws in
            try await Self.fill(admin)
            let json = try await admin.call(.get, "/api/usage/c1").json
            #expect(json["usage"]?["requests"]?.int == 2)
            #expect(json["quotas"]?.names == [])
            #expect(json["message"]?.string?.isEmpty == false)
            #expect(json["limitReached"]?.bool == false)
            #expect(try await admin.call(.get, "/api/usage/none").status == 404)
        }
    }
}
