import NIOCore
import OmniCore
import TestSupport
import Testing

/// How the end of an answer is found, and that nothing else is taken for one.
@Suite(.timeLimit(.minutes(5))) struct TransportFramingTests {
    @Test(arguments: [
        ("length", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"),
        ("chunks", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n"),
        ("trailers", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx-sum: 1\r\n\r\n"),
        ("close", "HTTP/1.1 200 OK\r\n\r\nhello"),
        ("close, 1.0", "HTTP/1.0 200 OK\r\n\r\nhello"),
        ("continue", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"),
        ("hints", "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"),
    ])
    func readsBodiesOfEveryFraming(name: String, wire: String) async throws {
        for way in UpstreamWay.allCases {
            let caller = try await UpstreamCaller(way)
            let answer = try await ScriptedServer.run { connection in
                _ = try await connection.request()
                try await connection.send(wire)
            } _: { server in
                try await caller.answer(.local(server.port))
            }
            #expect(answer == UpstreamAnswer(status: 200, body: "hello"))
        }
    }

    /// The end of the connection ends the body, also when it comes long after the last byte.
    @Test(arguments: UpstreamWay.allCases)
    func endsABodyWithoutLengthWhenTheServerClosesLater(way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way)
        let hasRead = Signal()
        let body = try await ScriptedServer.run { connection in
            _ = try await connection.request()
            try await connection.send("HTTP/1.1 200 OK\r\n\r\nhello")
            await hasRead.wait()
        } _: { server in
            try await caller.onLoop {
                let exchange = try await caller.transport.send(.local(server.port), on: caller.eventLoop)
                guard case .bytes(let bytes) = try await exchange.next() else { return "no bytes" }
                hasRead.fire()
                guard case .end = try await exchange.next() else { return "no end" }
                return String(buffer: bytes)
            }
        }
        #expect(body == "hello")
    }

    @Test(
        arguments: [
            ("before its head", "", .connectionLost),
            ("within its head", "HTTP/1.1 200 OK\r\ncontent-le", .connectionLost),
            ("within a body of known length", "HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhello", .connectionLost),
            ("before the first byte of its body", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n", .connectionLost),
            ("within a chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nhello", .connectionLost),
            ("between chunks", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n", .connectionLost),
            (
                "before the last line end", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
                .connectionLost
            ),
            ("with garbage", "SSH-2.0-OpenSSH_9.6\r\n", .protocolViolation),
            ("with a status that is none", "HTTP/1.1 abc\r\n\r\n", .protocolViolation),
            (
                "with a chunk length that is none", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n",
                .protocolViolation
            ),
            (
                "with two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!",
                .protocolViolation
            ),
        ] as [(String, String, TransportError.Code)])
    func refusesAnswersThatEndOrBegin(name: String, wire: String, code: TransportError.Code) async throws {
        for way in UpstreamWay.allCases {
            let caller = try await UpstreamCaller(way)
            let failure = try await ScriptedServer.run { connection in
                _ = try await connection.request()
                try await connection.send(wire)
            } _: { server in
                try await caller.failure(.local(server.port))
            }
            #expect(failure == code)
        }
    }

    @Test(arguments: UpstreamWay.allCases)
    func refusesAHeadThatIsTooLong(way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way)
        let failure = try await ScriptedServer.run { connection in
            _ = try await connection.request()
            try await connection.send("HTTP/1.1 200 OK\r\n")
            for number in 0..<100 {
                try await connection.send("x-\(number): \(String(repeating: "a", count: 1000))\r\n")
            }
            await connection.closing()
        } _: { server in
            try await caller.failure(.local(server.port))
        }
        #expect([.protocolViolation, .tooLarge].contains(failure))
    }

    @Test(arguments: UpstreamWay.allCases)
    func writesAHeadOfItsOwnAndTheBodyAsItIs(way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way)
        let request = try await ScriptedServer.run { connection in
            try await connection.answer(connection.request() ?? "none")
        } _: { server in
            let answer = try await caller.answer(
                .local(server.port, path: "/v1/x?y=z", body: #"{"a":"ü"}"#) { $0.headers = [("x-test", "1")] })
            #expect(
                answer.body == "POST /v1/x?y=z HTTP/1.1\r\nhost: 127.0.0.1:\(server.port)\r\nx-test: 1\r\n"
                    + "accept-encoding: identity\r\ncontent-length: 10\r\n\r\n" + #"{"a":"ü"}"#)
            return answer
        }
        #expect(request.status == 200)
    }
}
