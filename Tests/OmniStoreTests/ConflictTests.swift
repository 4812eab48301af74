import OmniCore
import Testing

@testable import OmniStore

/// Names that two changes want at the same time.
@Suite struct ConflictTests {
    /// A check before the change cannot see a change that is made at the same time: the database has the last word.
    @Test func aTakenNameIsAConflict() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.store().configuration
        try await store.insertCombo(Combo(id: ComboID("1"), name: "a", steps: []))
        try await store.insertCombo(Combo(id: ComboID("2"), name: "b", steps: []))
        #expect(
            await Self.conflict { try await store.insertCombo(Combo(id: ComboID("3"), name: "a", steps: [])) } == "name"
        )
        #expect(
            await Self.conflict { _ = try await store.updateCombo(Combo(id: ComboID("2"), name: "a", steps: [])) }
                == "name")
        for id in ["1", "2"] {
            let connection = Connection(id: ConnectionID(id), provider: ProviderID("p"), name: "c")
            let node = ProviderNode(
                id: ProviderNodeID(id), name: "n", prefix: "x", type: .openAICompatible, apiType: .chat,
                baseURL: "http://a")
            let isFirst = id == "1"
            #expect(await Self.conflict { try await store.insertConnection(connection) } == (isFirst ? nil : "name"))
            #expect(await Self.conflict { try await store.insertNode(node) } == (isFirst ? nil : "prefix"))
        }
    }

    /// The field a change is refused for; nil when it is not.
    private static func conflict(_ change: () async throws -> Void) async -> String? {
        do {
            try await change()
            return nil
        } catch {
            return (error as? ConfigurationConflict)?.field ?? "\(error)"
        }
    }
}
