import Logging
import ServiceLifecycle
import TestSupport
import Testing

@testable import OmniHTTP

/// When the service of the open connections ends.
@Suite(.timeLimit(.minutes(5))) struct ClientConnectionsTests {
    /// Tells when its group runs, for one that does not cannot be told to stop.
    private struct Beginning: Service {
        let signal: Signal

        func run() async throws {
            signal.fire()
            try await gracefulShutdown()
        }
    }

    private static func group(_ connections: ClientConnections, begins: Signal) -> ServiceGroup {
        ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [connections, Beginning(signal: begins)], logger: Logger(label: "test")))
    }

    @Test func endsWhenNobodyIsConnected() async throws {
        let connections = ClientConnections {}
        #expect(connections.opened())
        connections.closed()
        let begins = Signal()
        let group = Self.group(connections, begins: begins)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            await begins.wait()
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    @Test func waitsForTheLastOne() async throws {
        let connections = ClientConnections {}
        let begins = Signal()
        let group = Self.group(connections, begins: begins)
        #expect(connections.opened())
        #expect(connections.opened())
        let hasEnded = Signal()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                try await group.run()
                hasEnded.fire()
            }
            await begins.wait()
            await group.triggerGracefulShutdown()
            connections.closed()
            await #expect(throws: TookTooLong.self) { try await within(.milliseconds(50)) { await hasEnded.wait() } }
            connections.closed()
            try await tasks.waitForAll()
        }
    }

    @Test func closesAllWhenItIsGivenUp() async throws {
        let isClosing = Signal()
        let connections = ClientConnections { isClosing.fire() }
        #expect(connections.opened())
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await connections.run() }
            tasks.cancelAll()
            await isClosing.wait()
            // Whoever still comes is told so.
            #expect(!connections.opened())
            connections.closed()
            connections.closed()
            await tasks.waitForAll()
        }
    }
}
