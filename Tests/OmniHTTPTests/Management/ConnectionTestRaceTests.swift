import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import OmniCore
import OmniJSON
import OmniProviders
import OmniStore
import Testing

@testable import OmniHTTP

/// A test of a connection takes seconds, in which the connection may change.
@Suite(.timeLimit(.minutes(5))) struct ConnectionTestRaceTests {
    /// Changes the connection while it is being tested.
    private struct ChangingTester: ConnectionTester {
        let store: any ConfigurationStore
        let change: @Sendable (inout Connection) -> Void

        func test(_ connection: Connection, node: ProviderNode?) async -> ConnectionTestResult {
            var changed = connection
            change(&changed)
            do {
                try await store.updateConnection(changed)
            } catch {
                Issue.record(error)
            }
            return ConnectionTestResult(diagnosis: .ok, statusCode: 200, latencyMS: 1)
        }
    }

    /// - Returns: the connection as it is stored after a test during which `change` was made.
    private static func afterTest(_ change: @escaping @Sendable (inout Connection) -> Void) async throws -> Connection {
        try await TestStore.open { store in
            let configuration = store.configuration
            try await configuration.insertConnection(
                Connection(
                    id: ConnectionID("c1"), provider: ProviderID("openai"), name: "a",
                    credential: Credential(apiKey: "old")))
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            let management = ManagementAPI(
                dependencies: ManagementDependencies(
                    store: configuration, usage: store.usage,
                    tester: ChangingTester(store: configuration, change: change), modelTester: FixedModelTester(),
                    catalog: .builtIn,
                    clock: ManualClock(), publish: {}, initialPassword: "correct horse", usesSecureCookies: false,
                    origins: OriginPolicy(), version: "0.0.0", logger: logger))
            try await Application(router: management.router(), logger: logger).test(.router) { client in
                let login = try await client.executeRequest(
                    uri: "/api/auth/login", method: .post, headers: [:],
                    body: ByteBuffer(string: #"{"password":"correct horse"}"#))
                let cookie = try #require(login.headers[.setCookie])
                let tested = try await client.executeRequest(
                    uri: "/api/providers/c1/test", method: .post,
                    headers: [.cookie: String(cookie.prefix { $0 != ";" })], body: nil)
                #expect(tested.status == .ok)
            }
            return try #require(try await configuration.load().connections.first)
        }
    }

    /// What was found is about the key that is gone.
    @Test func doesNotJudgeANewKeyByTheOldOne() async throws {
        let connection = try await Self.afterTest { $0.credential = Credential(apiKey: "new") }
        #expect(connection.credential?.apiKey == "new")
        #expect(connection.testStatus == "unknown")
        #expect(connection.lastTestedAt == nil)
    }

    @Test func keepsAChangeOfAnotherField() async throws {
        let connection = try await Self.afterTest { $0.priority = 9 }
        #expect(connection.priority == 9)
        #expect(connection.testStatus == "active")
    }
}
