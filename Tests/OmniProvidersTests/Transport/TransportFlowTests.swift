import NIOCore
import OmniCore
import Synchronization
import TestSupport
import Testing

/// Who stops whom: a reader that pauses stops the server, a caller that goes away closes the socket.
@Suite(.timeLimit(.minutes(5))) struct TransportFlowTests {
    private static let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"

    enum Moment: String, CaseIterable, Sendable { case beforeTheHead, withinTheBody }

    @Test(arguments: Moment.allCases, UpstreamWay.allCases)
    func closesTheSocketWhenItsTaskIsCancelled(moment: Moment, way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way)
        let isWaiting = Signal()
        let isClosed = Signal()
        try await ScriptedServer.run { connection in
            _ = try await connection.request()
            if moment == .withinTheBody {
                try await connection.send(Self.head + "5\r\nhello\r\n")
            } else {
                isWaiting.fire()
            }
            await connection.closing()
            isClosed.fire()
        } _: { server in
            let call = Task {
                try await caller.onLoop {
                    let exchange = try await caller.transport.send(.local(server.port), on: caller.eventLoop)
                    while case .bytes = try await exchange.next() { isWaiting.fire() }
                }
            }
            await isWaiting.wait()
            call.cancel()
            try await within { await isClosed.wait() }
            await #expect(throws: (any Error).self) { try await call.value }
        }
    }

    @Test(arguments: UpstreamWay.allCases)
    func closesTheSocketOfAnAbandonedExchange(way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way)
        let isClosed = Signal()
        try await ScriptedServer.run { connection in
            _ = try await connection.request()
            try await connection.send(Self.head)
            await connection.closing()
            isClosed.fire()
        } _: { server in
            try await caller.onLoop {
                try await caller.transport.send(.local(server.port), on: caller.eventLoop).abandon()
            }
            try await within { await isClosed.wait() }
        }
    }

    /// A call whose client left while the connection was being opened must not be made and paid for.
    @Test(arguments: UpstreamWay.allCases)
    func doesNotSendARequestForATaskThatWasCancelled(way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way)
        let isClosed = Signal()
        let requests = Mutex<[String]>([])
        let failure = try await ScriptedServer.run { connection in
            while let request = try await connection.request() { requests.withLock { $0.append(request) } }
            isClosed.fire()
        } _: { server in
            let call = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await withTaskExecutorPreference(LoopTaskExecutor(caller.eventLoop)) {
                    try await caller.transport.send(.local(server.port), on: caller.eventLoop).status
                }
            }
            let result = await call.result
            // A transport that never connects is as good as one that connects and closes at once.
            if server.connectionCount > 0 { try await within { await isClosed.wait() } }
            return result
        }
        #expect(requests.withLock { $0 } == [])
        #expect(throws: TransportError.self) { try failure.get() }
    }

    /// What is not asked for stays in the network: a slow client must not fill this process's memory.
    @Test(arguments: UpstreamWay.allCases)
    func readsNothingThatIsNotAskedFor(way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way)
        let written = Atomic<Int>(0)
        // Far more than the buffers of both systems may grow to.
        let total = 256 << 20
        let received = try await ScriptedServer.run { connection in
            _ = try await connection.request()
            try await connection.send("HTTP/1.1 200 OK\r\ncontent-length: \(total)\r\n\r\n")
            let block = [UInt8](repeating: 0x61, count: 64 << 10)
            for _ in 0..<total / block.count {
                try await connection.deliver(block)
                written.add(block.count, ordering: .relaxed)
            }
            await connection.closing()
        } _: { server in
            try await caller.onLoop {
                let exchange = try await caller.transport.send(.local(server.port), on: caller.eventLoop)
                // Writing has stopped when nothing was written for a while.
                var before = -1
                while written.load(ordering: .relaxed) != before {
                    before = written.load(ordering: .relaxed)
                    try await Task.sleep(for: .milliseconds(60))
                }
                #expect(before < total / 2)
                var received = 0
                while case .bytes(let bytes) = try await exchange.next() { received += bytes.readableBytes }
                return received
            }
        }
        #expect(received == total)
    }

    @Test(arguments: UpstreamWay.allCases)
    func callsDoNotMix(way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way)
        try await ScriptedServer.run { connection in
            while let request = try await connection.request() {
                try await connection.answer(String(request.drop { $0 != "{" }))
            }
        } _: { server in
            try await withThrowingTaskGroup(of: (Int, UpstreamAnswer).self) { calls in
                for number in 0..<200 {
                    calls.addTask {
                        (number, try await caller.answer(.local(server.port, body: "{\(number)}")))
                    }
                }
                for try await (number, answer) in calls { #expect(answer.body == "{\(number)}") }
            }
        }
    }
}
