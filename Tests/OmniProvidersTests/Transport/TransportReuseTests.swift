import NIOCore
import OmniCore
import OmniProviders
import Synchronization
import TestSupport
import Testing

/// When a connection serves again, and when a call may be repeated on a fresh one.
@Suite(.timeLimit(.minutes(5))) struct TransportReuseTests {
    private static let serveAll: ScriptedServer.Script = { connection in
        while try await connection.request() != nil { try await connection.answer("\(connection.number)") }
    }

    @Test(arguments: UpstreamWay.allCases)
    func usesAKeptConnectionAgain(way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way)
        let bodies = try await ScriptedServer.run(script: Self.serveAll) { server async throws in
            var bodies: [String] = []
            for _ in 0..<5 { bodies.append(try await caller.answer(.local(server.port)).body) }
            return bodies
        }
        #expect(bodies == ["1", "1", "1", "1", "1"])
    }

    @Test(
        arguments: [
            "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok",
            "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
        ], UpstreamWay.allCases)
    func doesNotKeepAConnectionTheServerWillClose(wire: String, way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way)
        let count = try await ScriptedServer.run { connection in
            while try await connection.request() != nil { try await connection.send(wire) }
        } _: { server async throws in
            for _ in 0..<2 { #expect(try await caller.answer(.local(server.port)).body == "ok") }
            return server.connectionCount
        }
        #expect(count == 2)
    }

    @Test(arguments: UpstreamWay.allCases)
    func closesAConnectionThatIsIdleTooLong(way: UpstreamWay) async throws {
        var configuration = PoolConfiguration()
        configuration.idleTimeout = .milliseconds(60)
        let caller = try await UpstreamCaller(way, configuration: configuration)
        let isClosed = Signal()
        let count = try await ScriptedServer.run { connection in
            _ = try await connection.request()
            try await connection.answer("ok")
            await connection.closing()
            isClosed.fire()
        } _: { server async throws in
            _ = try await caller.answer(.local(server.port))
            try await within { await isClosed.wait() }
            _ = try await caller.answer(.local(server.port))
            return server.connectionCount
        }
        #expect(count == 2)
    }

    @Test(arguments: UpstreamWay.allCases)
    func keepsOnlySoManyIdleConnections(way: UpstreamWay) async throws {
        var configuration = PoolConfiguration()
        configuration.maximumIdlePerHost = 1
        let caller = try await UpstreamCaller(way, configuration: configuration)
        let allWait = Barrier(3)
        let closed = Barrier(2)
        let count = try await ScriptedServer.run { connection in
            _ = try await connection.request()
            await allWait.arrive()
            try await connection.answer("ok")
            if try await connection.request() != nil { try await connection.answer("again") } else { closed.count() }
        } _: { server async throws in
            try await withThrowingTaskGroup(of: Void.self) { calls in
                for _ in 0..<3 { calls.addTask { _ = try await caller.answer(.local(server.port)) } }
                try await calls.waitForAll()
            }
            try await within { await closed.wait() }
            #expect(try await caller.answer(.local(server.port)).body == "again")
            return server.connectionCount
        }
        #expect(count == 3)
    }

    /// A kept connection that the server closed before its answer began is replaced once.
    @Test(arguments: UpstreamWay.allCases)
    func repeatsACallOnceWhenAKeptConnectionWasStale(way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way)
        let count = try await ScriptedServer.run(script: Self.closingOnSecondRequest(after: "")) {
            server async throws in
            #expect(try await caller.answer(.local(server.port)).body == "1")
            #expect(try await caller.answer(.local(server.port)).body == "2")
            return server.connectionCount
        }
        #expect(count == 2)
    }

    @Test(arguments: UpstreamWay.allCases)
    func doesNotRepeatACallThatMustNotBeRepeated(way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way)
        let count = try await ScriptedServer.run(script: Self.closingOnSecondRequest(after: "")) {
            server async throws in
            #expect(try await caller.answer(.local(server.port)).body == "1")
            #expect(
                try await caller.failure(.local(server.port) { $0.isSafeToRepeat = false }) == .connectionLost)
            return server.connectionCount
        }
        #expect(count == 1)
    }

    /// Once a byte of an answer came, the server did its work; the same call again would be paid for twice.
    @Test(
        arguments: [
            "HTTP/1.1 200 OK\r\ncontent-le", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhe",
        ], UpstreamWay.allCases)
    func doesNotRepeatACallWhoseAnswerHadBegun(beginning: String, way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way)
        let count = try await ScriptedServer.run(script: Self.closingOnSecondRequest(after: beginning)) {
            server async throws in
            #expect(try await caller.answer(.local(server.port)).body == "1")
            #expect(try await caller.failure(.local(server.port)) == .connectionLost)
            return server.connectionCount
        }
        #expect(count == 1)
    }

    @Test(arguments: UpstreamWay.allCases)
    func doesNotRepeatACallOnAFreshConnection(way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way)
        let count = try await ScriptedServer.run { connection in
            _ = try await connection.request()
        } _: { server async throws in
            #expect(try await caller.failure(.local(server.port)) == .connectionLost)
            return server.connectionCount
        }
        #expect(count == 1)
    }

    /// What a server says unasked belongs to nobody's answer.
    @Test(arguments: UpstreamWay.allCases)
    func doesNotTakeLateBytesForTheNextAnswer(way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way)
        let hasSpoken = Signal()
        try await ScriptedServer.run { connection in
            _ = try await connection.request()
            try await connection.answer("\(connection.number)")
            if connection.number == 1 {
                try await connection.answer("poison")
                hasSpoken.fire()
            }
            await connection.closing()
        } _: { server async throws in
            #expect(try await caller.answer(.local(server.port)).body == "1")
            await hasSpoken.wait()
            #expect(try await caller.answer(.local(server.port)).body != "poison")
        }
    }

    @Test(arguments: UpstreamWay.allCases)
    func doesNotReuseAConnectionWhoseAnswerWasAbandoned(way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way)
        let count = try await ScriptedServer.run(script: Self.serveAll) { server async throws in
            try await caller.onLoop {
                try await caller.transport.send(.local(server.port), on: caller.eventLoop).abandon()
            }
            #expect(try await caller.answer(.local(server.port)).body == "2")
            return server.connectionCount
        }
        #expect(count == 2)
    }

    /// There is no cap on the calls that run to one host at the same time.
    @Test(arguments: UpstreamWay.allCases)
    func opensAsManyConnectionsAsThereAreCalls(way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way)
        let allWait = Barrier(64)
        let count = try await ScriptedServer.run { connection in
            _ = try await connection.request()
            await allWait.arrive()
            try await connection.answer("ok")
        } _: { server async throws in
            try await withThrowingTaskGroup(of: Int.self) { calls in
                for _ in 0..<64 { calls.addTask { try await caller.answer(.local(server.port)).status } }
                for try await status in calls { #expect(status == 200) }
            }
            return server.connectionCount
        }
        #expect(count == 64)
    }

    /// Answers the first request; closes the first connection as the second request arrives, after some bytes.
    private static func closingOnSecondRequest(after beginning: String) -> ScriptedServer.Script {
        { connection in
            _ = try await connection.request()
            try await connection.answer("\(connection.number)")
            guard try await connection.request() != nil, !beginning.isEmpty else { return }
            try await connection.send(beginning)
        }
    }
}

/// Lets tasks go on once a number of them has arrived.
final class Barrier: Sendable {
    private let missing: Mutex<Int>
    private let isOpen = Signal()

    init(_ count: Int) { missing = Mutex(count) }

    func count() {
        let left = missing.withLock { missing in
            missing -= 1
            return missing
        }
        if left == 0 { isOpen.fire() }
    }

    func wait() async { await isOpen.wait() }

    func arrive() async {
        count()
        await wait()
    }
}
