import OmniJSON
import Testing

@testable import OmniCore

/// From a configuration to things that are synchronised, and back.
@Suite struct SyncPlanTests {
    /// One of everything.
    private static func configuration() throws -> RouterConfiguration {
        var configuration = RouterConfiguration()
        configuration.nodes = [
            ProviderNode(
                id: ProviderNodeID("n"), name: "Node", prefix: "node", type: .openAICompatible, apiType: .responses,
                baseURL: "http://127.0.0.1:1/v1", createdAt: 1)
        ]
        var connection = Connection(
            id: ConnectionID("a"), provider: ProviderID("n"), name: "Account", priority: 3, isActive: false,
            baseURL: "http://127.0.0.1:2", credential: Credential(apiKey: "sk-secret"), defaultModel: "m",
            testStatus: "active", createdAt: 2)
        connection.options.maximumConcurrency = 4
        connection.options.weight = 2.5
        configuration.connections = [
            connection,
            Connection(
                id: ConnectionID("o"), provider: ProviderID("n"), name: "Login",
                credential: .oauth(OAuthTokens(issuer: "i", accessToken: "token-secret", obtainedAt: 1))),
        ]
        var combo = Combo(id: ComboID("c"), name: "fast", steps: [], createdAt: 3)
        _ = try combo.merge(
            JSONFields(
                JSONValue(
                    parsing: Array(#"{"models":["node/m",{"model":"openai/x","weight":2}],"strategy":"weighted"}"#.utf8)
                )))
        configuration.combos = [combo]
        configuration.aliases = [ModelAlias(alias: "gpt-*", model: "node/m")]
        var model = CustomModel(provider: ProviderID("n"), id: "Large", createdAt: 4)
        model.contextWindow = 1000
        configuration.customModels = [model]
        configuration.policies = [RouterPolicy(id: "p", name: "Policy", action: .deny(reason: "no"))]
        configuration.prices[ProviderID("n"), "Large"] = PriceRow(input: 1.5, output: 2)
        var limits = UsageLimits()
        limits.requestsPerDay = 10
        configuration.limits = [.global: limits, .clientKey(ClientKeyID("k")): limits]
        var key = ClientKeySecret(id: ClientKeyID("k"), name: "Key", now: 5).key
        key.limits.models = ["fast"]
        configuration.clientKeys = [key]
        configuration.routing.maximumAttempts = 7
        configuration.routing.retries = 2
        configuration.shaping.systemPrompt.prompt = "Be brief."
        var registration = OAuthRegistration()
        registration.clientID = "client"
        registration.clientSecret = "client-secret"
        configuration.oauth = ["i": registration]
        return configuration
    }

    private static func plan(
        _ configuration: RouterConfiguration, remote: SyncState, choices: Set<SyncChoice> = Set(SyncChoice.allCases)
    ) -> SyncPlan {
        SyncPlan(configuration: configuration, base: SyncState(), remote: remote, choices: choices)
    }

    @Test func anEmptyMachineGetsAllOfAnother() throws {
        let full = try Self.configuration()
        let sent = Self.plan(full, remote: SyncState()).decide().outcome.remote
        let plan = Self.plan(RouterConfiguration(), remote: sent)
        let decided = plan.decide()
        #expect(decided.unreadable.isEmpty && decided.outcome.conflicts.isEmpty)
        let taken = try plan.configuration.applying(decided.changes, now: 9)
        let choices = Set(SyncChoice.allCases)
        #expect(
            SyncCollection(taken, choices: choices, base: SyncState()).items
                == SyncCollection(full, choices: choices, base: SyncState()).items)
        #expect(taken.connections.map(\.credential?.apiKey) == ["sk-secret"])
        #expect(taken.clientKeys == full.clientKeys)
        #expect(taken.prices == full.prices && taken.limits == full.limits && taken.policies == full.policies)
        #expect(taken.oauth == full.oauth && taken.routing == full.routing && taken.shaping == full.shaping)
    }

    @Test func everyKindIsCollected() throws {
        let items = SyncCollection(try Self.configuration(), choices: Set(SyncChoice.allCases), base: SyncState()).items
        #expect(Set(items.keys.map(\.kind)) == Set(SyncKind.allCases))
    }

    @Test func whatIsNotChosenIsNotSent() throws {
        for choice in SyncChoice.allCases where choice != .secrets {
            let sent = Self.plan(try Self.configuration(), remote: SyncState(), choices: [choice]).decide().outcome
                .remote
            #expect(Set(sent.items.keys.map(\.kind.choice)) == [choice])
        }
        // Secrets go nowhere without what they belong to.
        #expect(
            Self.plan(try Self.configuration(), remote: SyncState(), choices: [.secrets]).decide().outcome.remote.items
                .isEmpty)
    }

    @Test func secretsAreInNothingElse() throws {
        let sent = Self.plan(try Self.configuration(), remote: SyncState(), choices: SyncChoice.usual).decide().outcome
            .remote
        let text = String(
            decoding: SyncBundle(id: "i", history: [], machine: "m", writtenAt: 0, state: sent).text(filler: 0),
            as: UTF8.self)
        #expect(!text.contains("secret"))
    }

    @Test func tokensOfAccountsNeverLeave() throws {
        let sent = Self.plan(try Self.configuration(), remote: SyncState()).decide().outcome.remote
        #expect(sent.items[SyncKey(.connection, "o")] == nil)
        let text = String(
            decoding: SyncBundle(id: "i", history: [], machine: "m", writtenAt: 0, state: sent).text(filler: 0),
            as: UTF8.self)
        #expect(!text.contains("token-secret"))
    }

    @Test func anAccountWithoutItsKeySaysSo() throws {
        let sent = Self.plan(try Self.configuration(), remote: SyncState(), choices: SyncChoice.usual).decide().outcome
            .remote
        let plan = Self.plan(RouterConfiguration(), remote: sent, choices: SyncChoice.usual)
        let decided = plan.decide()
        let taken = try plan.configuration.applying(decided.changes, now: 9)
        let account = try #require(taken.connections.first)
        #expect(account.credential == nil && account.testStatus == "error" && account.lastError != nil)
        // It does not tell the others that there is no key.
        let again = SyncPlan(
            configuration: taken, base: decided.outcome.baseAfter, remote: sent, choices: SyncChoice.usual
        ).decide()
        #expect(again.changes.isEmpty && again.outcome.remote == sent)
    }

    @Test func whatALaterVersionWroteIsKeptAsItIs() throws {
        var sent = Self.plan(try Self.configuration(), remote: SyncState()).decide().outcome.remote
        sent.items[SyncKey(.combo, "c")]?.set("hologram", "new")
        sent.items[SyncKey(.alias, "other")] = SyncItem()
        let plan = Self.plan(RouterConfiguration(), remote: sent)
        let decided = plan.decide()
        #expect(decided.unreadable.map(\.key) == [SyncKey(.alias, "other"), SyncKey(.combo, "c")])
        #expect(decided.outcome.remote == sent)
        #expect(try plan.configuration.applying(decided.changes, now: 9).combos.isEmpty)
    }

    @Test func anAccountKeepsWhatOnlyThisMachineKnows() throws {
        let before = try Self.configuration()
        var sent = Self.plan(before, remote: SyncState()).decide().outcome
        sent.remote.items[SyncKey(.connection, "a")]?.set("name", "Renamed")
        let plan = SyncPlan(
            configuration: before, base: sent.baseAfter, remote: sent.remote, choices: Set(SyncChoice.allCases))
        let taken = try before.applying(plan.decide().changes, now: 9)
        let account = try #require(taken.connections.first)
        #expect(account.name == "Renamed" && account.testStatus == "active")
        #expect(account.credential == before.connections[0].credential)
        #expect(taken.connections[1] == before.connections[1])
    }

    @Test func aBundleIsReadAsItWasWritten() throws {
        var state = Self.plan(try Self.configuration(), remote: SyncState()).decide().outcome.remote
        state.tombstones[SyncKey(.alias, "gone")] = SyncTombstone(deletedAt: 3, digest: "d")
        let bundle = SyncBundle(id: "new", history: ["old", "older"], machine: "m", writtenAt: 8, state: state)
        let text = bundle.text(filler: 5)
        #expect(text.count % 4096 == 5)
        #expect(try SyncBundle(text: text) == bundle)
        #expect(bundle.includes("new") && bundle.includes("older") && !bundle.includes("other"))
    }

    @Test(arguments: ["", "null", "{}", #"{"format":"omniroute-sync","version":1}"#, #"{"format":"x","version":1}"#])
    func whatIsNoBundleIsRefused(text: String) {
        #expect(throws: SyncFault.self) { try SyncBundle(text: Array(text.utf8)) }
    }

    @Test func aBundleOfALaterVersionIsTold() {
        let text = Array(#"{"format":"omniroute-sync","version":2}"#.utf8)
        #expect { try SyncBundle(text: text) } throws: { ($0 as? SyncFault)?.code == .newer }
    }

    @Test func aRecordIsReadAsItWasWritten() throws {
        let outcome = Self.plan(try Self.configuration(), remote: SyncState()).decide().outcome
        var record = SyncRecord()
        record.base = outcome.baseAfter
        record.pendingBase = outcome.baseBefore
        (record.baseID, record.pendingID, record.failures) = ("b", "p", 2)
        (record.lastSyncAt, record.lastAttemptAt, record.remoteWrittenAt) = (1, 2, 3)
        record.remoteMachine = "m"
        record.lastFailure = SyncRecord.Failure(code: "c", message: "m", at: 4)
        record.resolutions = [SyncResolution(conflict: "x", fingerprint: "f", choice: .both)]
        record.unreadable = [SyncRecord.Unreadable(key: SyncKey(.combo, "u"), reason: "r")]
        record.conflicts = [
            SyncConflict(
                id: "x", reason: .name, keys: [SyncKey(.combo, "c")], mine: outcome.local, theirs: [:],
                fields: ["name"])
        ]
        #expect(try SyncRecord(stored: record.stored) == record)
    }

    @Test func pausesGrowWithFailuresAndEnd() throws {
        var schedule = SyncSchedule()
        #expect(!schedule.isDue(at: .max))
        var before: Int64 = 0
        for failures in 1...6 {
            schedule.failed(at: 0, failures: failures, interval: .seconds(900), chance: 0.5)
            let pause = try #require(schedule.dueAt)
            #expect(pause >= before)
            before = pause
        }
        #expect(before <= 900_000)
        schedule.succeeded(at: 0, interval: .seconds(900), chance: 1)
        #expect(schedule.isDue(at: 990_000))
        schedule.stop()
        schedule.changed(at: 0)
        schedule.succeeded(at: 1, interval: .seconds(900), chance: 0)
        #expect(schedule.isDue(at: 5000))
    }
}
