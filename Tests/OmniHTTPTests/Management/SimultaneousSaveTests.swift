import HTTPTypes
import OmniCore
import OmniJSON
import OmniStore
import Testing

@testable import OmniHTTP

/// Changes that come at the same time.
@Suite(.timeLimit(.minutes(5))) struct SimultaneousSaveTests {
    /// Both see the name free, and one of them is too late.
    @Test func simultaneousSavesOfOneNameAreAConflict() async throws {
        try await TestAdmin.run { admin async throws in
            let admin = admin
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        try await admin.call(.post, "/api/combos", #"{"name":"c","models":["sim/echo"]}"#).status
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.sorted() == [201] + Array(repeating: 409, count: 7))
        }
    }

    /// Each change was read, merged and written whole, so that the last one took back what the others had changed.
    @Test func simultaneousChangesOfSettingsAllHold() async throws {
        try await TestAdmin.run { admin async throws in
            let admin = admin
            let bodies = [
                ("/api/settings", #"{"maxAttempts":7}"#), ("/api/settings", #"{"maxRetries":3}"#),
                ("/api/settings", #"{"timeoutMs":5000}"#), ("/api/settings", #"{"sessionAffinity":false}"#),
                ("/api/settings", #"{"instanceName":"home"}"#), ("/api/settings", #"{"logRetentionDays":9}"#),
                ("/api/settings/combo-defaults", #"{"comboDefaults":{"maxRetries":4}}"#),
                ("/api/resilience", #"{"defaults":{"requestsPerMinute":77}}"#),
                ("/api/settings/system-prompt", #"{"prompt":"be kind"}"#),
                ("/api/settings/thinking-budget", #"{"mode":"auto"}"#),
            ]
            try await withThrowingTaskGroup(of: Int.self) { group in
                for (path, body) in bodies {
                    group.addTask { try await admin.call(.put, path, body).status }
                }
                for try await status in group { #expect(status == 200) }
            }
            let stored = try await admin.store.configuration.load()
            #expect(stored.routing.maximumAttempts == 7 && stored.routing.retries == 3)
            #expect(stored.routing.timeout == .seconds(5) && !stored.routing.keepsAccounts)
            #expect(stored.general.instanceName == "home" && stored.general.logRetentionDays == 9)
            #expect(stored.routing.comboDefaults.retries == 4)
            #expect(stored.shaping.systemPrompt.prompt == "be kind")
        }
    }

    /// An alias and a combo were each checked against what was there before both.
    @Test func anAliasAndAComboNeverShareAName() async throws {
        try await TestAdmin.run { admin async throws in
            let admin = admin
            for round in 0..<5 {
                let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                    group.addTask {
                        try await admin.call(.post, "/api/combos", #"{"name":"n\#(round)","models":["sim/echo"]}"#)
                            .status
                    }
                    group.addTask {
                        try await admin.call(.put, "/api/models/alias", #"{"alias":"n\#(round)","model":"sim/echo"}"#)
                            .status
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(statuses.filter { $0 == 409 }.count == 1, "\(statuses)")
            }
        }
    }

    /// Two combos that name each other were both free of circles when they were looked at alone.
    @Test func combosSavedTogetherMakeNoCircle() async throws {
        try await TestAdmin.run { admin async throws in
            let admin = admin
            var ids: [String] = []
            for name in ["a", "b"] {
                let made = try await admin.call(.post, "/api/combos", #"{"name":"\#(name)","models":["sim/echo"]}"#)
                ids.append(try #require(try made.json["id"]?.string))
            }
            let statuses = try await withThrowingTaskGroup(of: Int.self) { [ids] group in
                for (id, other) in zip(ids, ["b", "a"]) {
                    group.addTask {
                        try await admin.call(.put, "/api/combos/\(id)", #"{"models":["\#(other)"]}"#).status
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.sorted() == [200, 400])
        }
    }
}
