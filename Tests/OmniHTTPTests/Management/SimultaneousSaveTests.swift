import HTTPTypes
import OmniCore
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
}
