import HTTPTypes
import OmniCore
import OmniJSON
import Testing

@testable import OmniHTTP

/// `/api/telemetry/summary` and `/metrics`.
@Suite(.timeLimit(.minutes(5))) struct TelemetryRoutesTests {
    @Test func withoutRequestsEverythingIsZero() async throws {
        try await TestAdmin.run { admin async throws in
            let summary = try await admin.call(.get, "/api/telemetry/summary").json
            for name: StaticString in ["count", "p50", "p95", "p99", "errorRate"] { #expect(summary[name]?.int == 0) }
            #expect(summary["windowMs"]?.int == 300_000)
            #expect(summary["providers"]?.names == [])
            #expect(summary["phaseBreakdown"]?["connect"]?["count"]?.int == 0)
        }
    }

    @Test func requestsAreSummedUpByProvider() async throws {
        try await TestAdmin.run { admin async throws in
            var record = UsageRecord(requestID: "r", startedAt: admin.clock.wallMilliseconds())
            record.provider = "claude"
            record.status = 200
            admin.telemetry.record(record)
            record.provider = ""
            record.status = 404
            admin.telemetry.record(record)
            let summary = try await admin.call(.get, "/api/telemetry/summary?windowMs=60000").json
            #expect(summary["count"]?.int == 2 && summary["errorRate"]?.double == 0.5)
            #expect(summary["providers"]?.names == ["claude"])
            #expect(summary["providers"]?["claude"]?["count"]?.int == 1)
        }
    }

    @Test(arguments: ["0", "-1", "900001", "soon"])
    func oddWindowsAreRefused(window: String) async throws {
        try await TestAdmin.run { admin async throws in
            let refused = try await admin.call(.get, "/api/telemetry/summary?windowMs=\(window)")
            #expect(refused.status == 400)
            #expect(try refused.errorField == "windowMs")
        }
    }

    @Test func metricsAreText() async throws {
        try await TestAdmin.run { admin async throws in
            let answer = try await admin.call(.get, "/metrics")
            #expect(answer.status == 200)
            #expect(answer.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(answer.text.contains("# TYPE gen_ai_server_request_duration histogram\n"))
        }
    }

    @Test(arguments: ["/api/telemetry/summary", "/metrics"])
    func strangersAreSentAway(path: String) async throws {
        try await TestAdmin.run(isLoggedIn: false) { admin async throws in
            #expect(try await admin.call(.get, path).status == 401)
        }
    }
}
