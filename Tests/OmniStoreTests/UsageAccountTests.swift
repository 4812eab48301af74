import OmniCore
import Testing

@testable import OmniStore

/// Sums by account and model, and the filter by status.
@Suite struct UsageAccountTests {
    private static func ledger(_ folder: TemporaryFolder) throws -> UsageLedger {
        let ledger = try UsageLedger(path: folder.file("history.sqlite"))
        for (number, (model, account, status)) in [
            ("a", "c1", 200), ("a", "c1", 502), ("a", "c2", 200), ("b", "c1", 429), ("b", nil, 200),
        ].enumerated() as EnumeratedSequence<[(String, String?, Int)]> {
            ledger.record(
                Records.record(number, status: status) { record in
                    record.servedModel = model
                    record.connectionID = account.map { ConnectionID($0) }
                })
        }
        try ledger.flush()
        return ledger
    }

    private static func account(_ model: String, _ id: String) -> UsageHistory.AccountKey {
        .init(model: .init(model: model, provider: "openai"), connectionID: ConnectionID(id))
    }

    @Test func sumsByAccountAndModel() async throws {
        let folder = try TemporaryFolder()
        let accounts = try await Self.ledger(folder).history(UsageFilter()).byAccount
        #expect(
            accounts.mapValues(\.requests)
                == [Self.account("a", "c1"): 2, Self.account("a", "c2"): 1, Self.account("b", "c1"): 1])
        #expect(accounts[Self.account("a", "c1")]?.errors == 1)
        #expect(accounts[Self.account("a", "c1")]?.lastUsedAt == 1000)
    }

    @Test(arguments: [(200, ["r4", "r2", "r0"]), (502, ["r1"]), (404, [])])
    func findsByStatus(status: Int, expected: [String]) async throws {
        let folder = try TemporaryFolder()
        var filter = UsageFilter()
        filter.status = status
        #expect(try await Self.ledger(folder).logs(filter).map(\.requestID) == expected)
    }
}
