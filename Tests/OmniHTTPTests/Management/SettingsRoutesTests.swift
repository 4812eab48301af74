import HTTPTypes
import OmniCore
import OmniJSON
import OmniStore
import Testing

@testable import OmniHTTP

/// The settings of routing: `/api/settings` and `/api/settings/combo-defaults`.
@Suite(.timeLimit(.minutes(5))) struct SettingsRoutesTests {
    @Test(arguments: [HTTPRequest.Method.patch, .put])
    func partsChange(method: HTTPRequest.Method) async throws {
        try await TestAdmin.run { admin async throws in
            let before = try await admin.call(.get, "/api/settings").json
            #expect(before["fallbackStrategy"]?.string == "fill-first")
            #expect(before["stickyRoundRobinLimit"]?.int == 3)
            #expect(before["hasPassword"]?.bool == true && before["requireLogin"]?.bool == true)
            let changed = try await admin.call(
                method, "/api/settings", #"{"fallbackStrategy":"Round-Robin","maxAttempts":4}"#)
            #expect(changed.status == 200)
            #expect(try changed.json["ignored"] == nil)
            #expect(try await admin.call(.get, "/api/settings").text == changed.text)
            let routing = try await admin.store.configuration.load().routing
            #expect(routing.accountStrategy == .roundRobin && routing.maximumAttempts == 4 && routing.sticky == 3)
            _ = try await admin.call(method, "/api/settings", #"{"stickyRoundRobinLimit":9,"fallbackStrategy":null}"#)
            let last = try await admin.store.configuration.load().routing
            #expect(last.accountStrategy == .fillFirst && last.maximumAttempts == 4 && last.sticky == 9)
            #expect(admin.publications.value == 2)
        }
    }

    /// What the answer holds is no news; what nobody reads is named.
    @Test func unknownSettingsAreNamed() async throws {
        try await TestAdmin.run { admin async throws in
            let settings = try await admin.call(.get, "/api/settings")
            let same = try await admin.call(.patch, "/api/settings", settings.text)
            #expect(same.status == 200)
            #expect(same.text == settings.text)
            let odd = try await admin.call(
                .patch, "/api/settings", #"{"corsOrigins":"*","comboDefaults":{"trackMetrics":true}}"#)
            #expect(try odd.json["ignored"]?.elements.map(\.string) == ["corsOrigins", "comboDefaults.trackMetrics"])
        }
    }

    @Test(arguments: [
        (#"{"fallbackStrategy":"best"}"#, "fallbackStrategy"),
        (#"{"stickyRoundRobinLimit":1001}"#, "stickyRoundRobinLimit"),
        (#"{"newPassword":"a","currentPassword":"b"}"#, "newPassword"), (#"{"requireLogin":false}"#, "requireLogin"),
        (#"{"comboDefaults":[]}"#, "comboDefaults"),
        (#"{"comboDefaults":{"maxRetries":-1}}"#, "comboDefaults.maxRetries"),
        (#"{"providerOverrides":{"nobody":{}}}"#, "providerOverrides.nobody"),
        (#"{"providerOverrides":{"openai":{"strategy":"x"}}}"#, "providerOverrides.openai.strategy"),
        (#"{"wildcardAliases":{}}"#, "wildcardAliases"), (#"{"wildcardAliases":[{}]}"#, "wildcardAliases[0]"),
        (#"{"wildcardAliases":[{"pattern":"x","target":"sim/echo"}]}"#, "wildcardAliases[0].pattern"),
        (#"{"wildcardAliases":[{"pattern":"x*","target":"sim/none"}]}"#, "wildcardAliases[0].target"),
        (#"{"comboDefaults":{"maxComboDepth":1}}"#, "comboDefaults.maxComboDepth"),
    ])
    func refusals(body: String, field: String) async throws {
        try await TestAdmin.run { admin async throws in
            for (name, model) in [("inner", "sim/echo"), ("outer", "inner")] {
                _ = try await admin.call(.post, "/api/combos", #"{"name":"\#(name)","models":["\#(model)"]}"#)
            }
            let before = try await admin.store.configuration.load()
            let answer = try await admin.call(.patch, "/api/settings", body)
            #expect(answer.status == 400)
            #expect(try answer.errorField == field)
            #expect(try await admin.store.configuration.load() == before)
        }
    }

    @Test func comboDefaultsHoldForNewAndOldCombos() async throws {
        try await TestAdmin.run { admin async throws in
            let defaults = try await admin.call(.get, "/api/settings/combo-defaults").json
            #expect(defaults.names == ["comboDefaults", "providerOverrides"])
            #expect(defaults["comboDefaults"]?["strategy"]?.string == "priority")
            #expect(defaults["comboDefaults"]?["maxRetries"]?.int == 1)
            #expect(defaults["comboDefaults"]?["maxComboDepth"]?.int == 3)
            #expect(try await admin.call(.patch, "/api/settings/combo-defaults", "{}").status == 400)
            let changed = try await admin.call(
                .patch, "/api/settings/combo-defaults",
                #"""
                {"comboDefaults":{"strategy":"weighted","maxRetries":0},
                 "providerOverrides":{"OpenAI":{"strategy":"random","timeoutMs":2000},"cc":{"maxRetries":3}}}
                """#)
            #expect(changed.status == 200)
            #expect(try changed.json["comboDefaults"]?["maxRetries"]?.int == 0)
            #expect(try changed.json["providerOverrides"]?.names == ["openai", "claude"])
            let made = try await admin.call(.post, "/api/combos", #"{"name":"c","models":["sim/echo"]}"#).json
            #expect(made["strategy"]?.string == "weighted")
            // Inherited options are no options of its own.
            #expect(made["config"]?.names == [])
            let removed = try await admin.call(
                .put, "/api/settings/combo-defaults", #"{"providerOverrides":{"openai":null}}"#)
            #expect(try removed.json["providerOverrides"]?.names == ["claude"])
            let routing = try await admin.store.configuration.load().routing
            #expect(routing.accountStrategies.isEmpty && routing.providerOptions.count == 1)
        }
    }

    @Test func patternsAreReplacedWhole() async throws {
        try await TestAdmin.run { admin async throws in
            _ = try await admin.call(.put, "/api/models/alias", #"{"alias":"name","model":"sim/echo"}"#)
            _ = try await admin.call(.put, "/api/models/alias", #"{"alias":"old-*","model":"sim/echo"}"#)
            let changed = try await admin.call(
                .patch, "/api/settings",
                #"{"wildcardAliases":[{"pattern":"new-*","target":"name"},{"pattern":"a?","target":"sim/long"}]}"#)
            #expect(changed.status == 200)
            #expect(try changed.json["wildcardAliases"]?.element(0)?["pattern"]?.string == "a?")
            let aliases = try await admin.call(.get, "/api/models/alias").json["aliases"]
            #expect(aliases?.names == ["name", "new-*", "a?"])
        }
    }
}
