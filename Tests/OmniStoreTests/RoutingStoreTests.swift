import GRDB
import OmniCore
import OmniTranslate
import Testing

@testable import OmniStore

/// Combos, prices, settings of routing and options of connections.
@Suite struct RoutingStoreTests {
    /// Opens a store in a new folder, and once more when `body` is done: what it left must be there again.
    private func changing(
        _ body: (SQLiteConfigurationStore) async throws -> Void
    ) async throws -> RouterConfiguration {
        let folder = try TemporaryFolder()
        try await body(try folder.store().configuration)
        return try await folder.store().configuration.load()
    }

    private static func combo(_ name: String, id: String? = nil) -> Combo {
        var step = ComboStep("p/m", weight: 0.5, timeout: .seconds(3), retries: 0, concurrency: 2)
        step.conditions.hasTools = true
        step.conditions.clientFormats = [.gemini]
        var options = Combo.Options()
        options.retries = 3
        options.fallbackOnContentFilter = true
        return Combo(
            id: ComboID(id ?? name), name: name, steps: [step, ComboStep("other")], strategy: .weighted,
            options: options, summary: "ä \"b\"", isActive: false, createdAt: 5, updatedAt: 6)
    }

    @Test func combosKeepEveryFieldInTheOrderOfNames() async throws {
        let loaded = try await changing { store in
            for name in ["b", "a"] { try await store.insertCombo(Self.combo(name)) }
        }
        #expect(loaded.combos == [Self.combo("a"), Self.combo("b")])
    }

    @Test func combosChangeAndGo() async throws {
        var changed = Self.combo("a")
        changed.name = "z"
        changed.isActive = true
        changed.steps = []
        changed.options = Combo.Options()
        let loaded = try await changing { [changed] store in
            for name in ["a", "b"] { try await store.insertCombo(Self.combo(name)) }
            #expect(try await store.updateCombo(changed))
            #expect(try await store.deleteCombo(ComboID("b")))
            #expect(try await !store.deleteCombo(ComboID("b")))
            #expect(try await !store.updateCombo(Self.combo("b")))
        }
        #expect(loaded.combos == [changed])
    }

    @Test func namesOfCombosAreUnique() async throws {
        let loaded = try await changing { store in
            try await store.insertCombo(Self.combo("a"))
            await #expect(throws: (any Error).self) { try await store.insertCombo(Self.combo("a", id: "other")) }
            await #expect(throws: (any Error).self) { try await store.insertCombo(Self.combo("b", id: "a")) }
        }
        #expect(loaded.combos == [Self.combo("a")])
    }

    @Test func settingsOfRoutingAreKept() async throws {
        var settings = RoutingSettings()
        settings.accountStrategy = .quotaAware
        settings.accountStrategies = [ProviderID("node-1"): .roundRobin]
        settings.sticky = 9
        settings.maximumDepth = 2
        settings.maximumAttempts = 4
        settings.patience = .zero
        settings.comboStrategy = .roundRobin
        settings.comboDefaults.retries = 0
        settings.providerOptions[ProviderID("p")] = {
            var options = Combo.Options()
            options.attemptTimeout = .seconds(1)
            return options
        }()
        let loaded = try await changing { [settings] store in
            try await store.updateRouting(RoutingSettings())
            #expect(try await store.load().routing == RoutingSettings())
            try await store.updateRouting(settings)
        }
        #expect(loaded.routing == settings)
    }

    @Test func pricesAreSetAndTakenBack() async throws {
        let (p, q) = (ProviderID("p"), ProviderID("q"))
        let loaded = try await changing { store in
            try await store.changePrices([
                PriceChange(provider: p, model: "m", row: PriceRow(input: 1, output: 2)),
                PriceChange(provider: p, model: "M", row: PriceRow(cached: 0.25)),
                PriceChange(provider: p, model: "n", row: PriceRow(input: 1)),
                PriceChange(provider: q, model: "m", row: PriceRow(reasoning: 3)),
            ])
            try await store.changePrices([PriceChange(provider: p, model: "n", row: PriceRow())])
        }
        var expected = PriceTable()
        expected[p, "M"] = PriceRow(cached: 0.25)
        expected[q, "m"] = PriceRow(reasoning: 3)
        #expect(loaded.prices == expected)
    }

    @Test(arguments: [("p", "M", 2), ("p", nil, 1), ("q", "n", 3), (nil, nil, 0)] as [(String?, String?, Int)])
    func pricesAreTakenBackByPart(provider: String?, model: String?, left: Int) async throws {
        let loaded = try await changing { store in
            try await store.changePrices(
                [("p", "m"), ("p", "n"), ("q", "m")].map {
                    PriceChange(provider: ProviderID($0.0), model: $0.1, row: PriceRow(input: 1))
                })
            try await store.removePrices(provider: provider.map { ProviderID($0) }, model: model)
        }
        #expect(loaded.prices.rows.values.map(\.count).reduce(0, +) == left)
    }

    @Test func pricesOfANodeGoWithIt() async throws {
        let node = ProviderNode(
            id: ProviderNodeID("n"), name: "N", prefix: "n", type: .ollamaCompatible, apiType: nil,
            baseURL: "http://127.0.0.1:2", createdAt: 1, updatedAt: 2)
        let loaded = try await changing { store in
            try await store.insertNode(node)
            for id in ["n", "m"] {
                try await store.changePrices([
                    PriceChange(provider: ProviderID(id), model: "x", row: PriceRow(input: 1))
                ])
            }
            #expect(try await store.deleteNode(node.id))
        }
        #expect(loaded.prices.rows.keys.map(\.rawValue) == ["m"])
    }

    @Test func connectionsKeepTheirOptions() async throws {
        var first = Connection(id: ConnectionID("a"), provider: ProviderID("p"), name: "a")
        first.options.maximumConcurrency = 3
        first.options.requestsPerMinute = 60
        first.options.tokensPerMinute = 1_000_000
        first.options.weight = 2.5
        var second = Connection(id: ConnectionID("b"), provider: ProviderID("p"), name: "b")
        second.options.weight = 0.001
        let loaded = try await changing { [first, second] store in
            try await store.insertConnection(first)
            var other = second
            other.options = first.options
            try await store.insertConnection(other)
            #expect(try await store.updateConnection(second))
        }
        #expect(loaded.connections == [first, second])
    }

    /// A folder of the version before has connections without options, and neither combos nor prices.
    @Test func olderFilesAreBroughtUp() async throws {
        let folder = try TemporaryFolder()
        try await folder.store().configuration.insertConnection(
            Connection(id: ConnectionID("a"), provider: ProviderID("p"), name: "a"))
        try await folder.store().configuration.pool.write { database in
            try database.execute(
                sql: """
                    ALTER TABLE connection DROP COLUMN options; DROP TABLE combo; DROP TABLE price;
                    DELETE FROM grdb_migrations WHERE identifier = '2 routing';
                    """)
        }
        let store = try folder.store().configuration
        try await store.insertCombo(Self.combo("c"))
        let loaded = try await store.load()
        #expect(loaded.connections.map(\.options) == [AccountOptions()])
        #expect(loaded.combos == [Self.combo("c")] && loaded.prices == PriceTable())
    }

    @Test func aDamagedComboIsNamed() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.store().configuration
        try await store.insertCombo(Self.combo("c"))
        try await store.pool.write { try $0.execute(sql: "UPDATE combo SET definition = '{\"models\":7}'") }
        let error = try await #require(throws: StoreError.self) { try await store.load() }
        #expect(error.code == .database && error.message.contains("'c'"))
    }
}
