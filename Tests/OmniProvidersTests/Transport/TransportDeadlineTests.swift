import NIOCore
import OmniCore
import TestSupport
import Testing

/// Every kind of waiting has an end.
///
/// The pool looks at the deadlines every 50 ms, so they are kept to that grain.
@Suite(.timeLimit(.minutes(5))) struct TransportDeadlineTests {
    private static let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    private static let piece = "5\r\nhello\r\n"

    struct Stall: Sendable {
        var name: String
        var wire: String
        var expected: TransportError.Code
        var change: @Sendable (inout UpstreamDeadlines) -> Void
    }

    @Test(
        arguments: [
            Stall(name: "no head", wire: "", expected: .firstEventTimeout) { $0.firstEvent = .milliseconds(100) },
            Stall(name: "half a head", wire: "HTTP/1.1 200", expected: .firstEventTimeout) {
                $0.firstEvent = .milliseconds(100)
            },
            Stall(name: "no body", wire: head, expected: .firstEventTimeout) { $0.firstEvent = .milliseconds(100) },
            Stall(name: "half a body", wire: head + piece, expected: .stalled) {
                $0.betweenEvents = .milliseconds(100)
            },
            Stall(name: "no end", wire: head + piece, expected: .totalTimeout) { $0.total = .milliseconds(150) },
            Stall(name: "no head at all", wire: "", expected: .totalTimeout) { $0.total = .milliseconds(150) },
            // Keeping a client informed of silence must not keep a dead upstream alive.
            Stall(name: "silence before the body", wire: head, expected: .firstEventTimeout) {
                $0.firstEvent = .milliseconds(300)
                $0.silence = .milliseconds(60)
            },
            Stall(name: "silence within the body", wire: head + piece, expected: .stalled) {
                $0.betweenEvents = .milliseconds(300)
                $0.silence = .milliseconds(60)
            },
        ], UpstreamWay.allCases)
    func endsACallThatStalls(stall: Stall, way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way)
        let isClosed = Signal()
        let failure = try await ScriptedServer.run { connection in
            // A busy machine may give the call up before the server has even seen it.
            defer { isClosed.fire() }
            _ = try await connection.request()
            try await connection.send(stall.wire)
            await connection.closing()
        } _: { server in
            let request = UpstreamRequest.local(server.port) { request in
                stall.change(&request.deadlines)
                // Opening a tunnel is part of the whole, and takes its time on a busy machine.
                if way != .direct, request.deadlines.total < .seconds(1) { request.deadlines.total = .seconds(4) }
            }
            let failure = try await caller.failure(request)
            // The socket goes with the call.
            try await within { await isClosed.wait() }
            return failure
        }
        #expect(failure == stall.expected)
    }

    /// A server that speaks often enough may go on for as long as the whole call may take.
    @Test(arguments: UpstreamWay.allCases)
    func doesNotEndACallThatIsSlowButAlive(way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way)
        let answer = try await ScriptedServer.run { connection in
            _ = try await connection.request()
            try await connection.send(Self.head)
            for _ in 0..<45 {
                try await connection.send(Self.piece)
                // What is tested is the passing of time itself.
                try await Task.sleep(for: .milliseconds(250))
            }
            try await connection.send("0\r\n\r\n")
            await connection.closing()
        } _: { server in
            try await caller.answer(
                .local(server.port) {
                    // A busy machine may let a server wait for seconds; all its pauses together are longer still.
                    $0.deadlines.total = .seconds(120)
                    $0.deadlines.betweenEvents = .seconds(10)
                })
        }
        #expect(answer.body == String(repeating: "hello", count: 45))
    }

    @Test(arguments: UpstreamWay.allCases)
    func tellsOfSilenceAndGoesOn(way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way)
        let wasSilent = Signal()
        let answer = try await ScriptedServer.run { connection in
            _ = try await connection.request()
            try await connection.send(Self.head + Self.piece)
            await wasSilent.wait()
            try await connection.send(Self.piece + "0\r\n\r\n")
            await connection.closing()
        } _: { server in
            try await caller.onLoop {
                let request = UpstreamRequest.local(server.port) { $0.deadlines.silence = .milliseconds(60) }
                let exchange = try await caller.transport.send(request, on: caller.eventLoop)
                var answer = UpstreamAnswer(status: exchange.status, body: "")
                while true {
                    switch try await exchange.next() {
                    case .bytes(let bytes): answer.body += String(buffer: bytes)
                    case .silence:
                        answer.silences += 1
                        wasSilent.fire()
                    case .end: return answer
                    }
                }
            }
        }
        #expect(answer.body == "hellohello")
        #expect(answer.silences >= 1)
    }

    /// The time a client takes to read is not the upstream's silence.
    @Test(arguments: UpstreamWay.allCases)
    func doesNotCountTheReadersOwnPause(way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way)
        let answer = try await ScriptedServer.run { connection in
            _ = try await connection.request()
            try await connection.send(Self.head + Self.piece)
            try await connection.send(Self.piece + "0\r\n\r\n")
            await connection.closing()
        } _: { server in
            try await caller.onLoop {
                let request = UpstreamRequest.local(server.port) { $0.deadlines.betweenEvents = .milliseconds(60) }
                let exchange = try await caller.transport.send(request, on: caller.eventLoop)
                // Longer than the deadline and a tick of the pool.
                try await Task.sleep(for: .milliseconds(200))
                return try await UpstreamAnswer(reading: exchange)
            }
        }
        #expect(answer.body == "hellohello")
    }
}
