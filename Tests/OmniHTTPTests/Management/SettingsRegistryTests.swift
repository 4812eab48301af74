import HTTPTypes
import OmniCore
import OmniJSON
import OmniStore
import Testing

@testable import OmniHTTP

/// What is told of settings is what holds for them.
@Suite(.timeLimit(.minutes(5))) struct SettingsRegistryTests {
    @Test func tellsOfEverySetting() async throws {
        try await TestAdmin.run { admin async throws in
            let registry = try await admin.call(.get, "/api/settings/registry").json
            let described = Set(registry["settings"]?.elements.compactMap { $0["name"]?.string } ?? [])
            let shown = try await admin.call(.get, "/api/settings").json.names
            #expect(described == shown.subtracting(["requireLogin", "hasPassword", "setupComplete"]))
            #expect(registry["settings"]?.elements.allSatisfy { $0["restartRequired"]?.bool == false } == true)
        }
    }

    @Test(arguments: SettingDescription.all)
    func defaultsAndRangesAreTrue(setting: SettingDescription) async throws {
        try await TestAdmin.run { admin async throws in
            let value = try await admin.call(.get, "/api/settings").json.members.first {
                $0.name.string == setting.name
            }?.value
            func status(_ text: String) async throws -> Int {
                try await admin.call(.put, "/api/settings", #"{"\#(setting.name)":\#(text)}"#).status
            }
            switch setting.kind {
            case .boolean(let usual):
                #expect(value?.bool == usual)
                #expect(try await status("\(!usual)") == 200)
                #expect(try await status("1") == 400)
            case .integer(let usual, let range):
                #expect(value?.int == usual)
                for number in [range.lowerBound, range.upperBound] { #expect(try await status("\(number)") == 200) }
                for number in [range.lowerBound - 1, range.upperBound + 1] {
                    #expect(try await status("\(number)") == 400)
                }
            case .text(let usual, let maximum):
                #expect(value?.string == usual)
                #expect(try await status("\"\(String(repeating: "a", count: maximum))\"") == 200)
                #expect(try await status("\"\(String(repeating: "a", count: maximum + 1))\"") == 400)
            case .choice(let usual, let names):
                #expect(value?.string == usual)
                for name in names { #expect(try await status("\"\(name)\"") == 200) }
                #expect(try await status("\"none of these\"") == 400)
            case .list:
                #expect(value?.kind == .array)
                #expect(try await status("7") == 400)
            case .object:
                #expect(value?.kind == .object)
                #expect(try await status("7") == 400)
            }
            #expect(try await status("null") == 200 || setting.kind == .object || setting.kind == .list)
        }
    }

    @Test func generalSettingsAreKeptAndTakenBack() async throws {
        try await TestAdmin.run { admin async throws in
            let body =
                #"{"instanceName":" Home ","theme":"dark","language":"de","blockedProviders":["OpenAI","cc","openai"],"logRetentionDays":30}"#
            let changed = try await admin.call(.patch, "/api/settings", body).json
            #expect(changed["instanceName"]?.string == "Home" && changed["theme"]?.string == "dark")
            #expect(changed["blockedProviders"]?.elements.map(\.string) == ["openai", "claude"])
            let general = try await admin.store.configuration.load().general
            #expect(general.logRetentionDays == 30 && general.language == "de")
            let start = try await admin.call(.get, "/api/init").json
            #expect(start["instanceName"]?.string == "Home" && start["theme"]?.string == "dark")
            _ = try await admin.call(
                .put, "/api/settings",
                #"{"instanceName":null,"theme":null,"language":null,"blockedProviders":null,"logRetentionDays":null}"#)
            #expect(try await admin.store.configuration.load().general == GeneralSettings())
        }
    }

    @Test(arguments: [
        (#"{"blockedProviders":["nobody"]}"#, "blockedProviders[0]"),
        (#"{"blockedProviders":"openai"}"#, "blockedProviders"),
        (#"{"theme":"pink"}"#, "theme"), (#"{"language":"../en"}"#, "language"),
        (#"{"logRetentionDays":0}"#, "logRetentionDays"),
        (#"{"requireAuthForModels":"yes"}"#, "requireAuthForModels"), (#"{"instanceName":"a\nb"}"#, "instanceName"),
    ])
    func refusals(body: String, field: String) async throws {
        try await TestAdmin.run { admin async throws in
            let answer = try await admin.call(.put, "/api/settings", body)
            #expect(answer.status == 400)
            #expect(try answer.errorField == field)
            #expect(try await admin.store.configuration.load().general == GeneralSettings())
        }
    }
}
