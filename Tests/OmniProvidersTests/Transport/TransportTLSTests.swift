import OmniCore
import TestSupport
import Testing

/// Servers prove who they are, or nothing is said to them.
@Suite(.timeLimit(.minutes(5))) struct TransportTLSTests {
    private static let answer: ScriptedServer.Script = { connection in
        while try await connection.request() != nil { try await connection.answer("secret kept") }
    }

    @Test(arguments: UpstreamWay.allCases)
    func talksToAServerItTrusts(way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way, tls: TestCertificate.trustingClient())
        let count = try await ScriptedServer.run(tls: TestCertificate.server(), script: Self.answer) { server in
            for _ in 0..<2 {
                let answer = try await caller.answer(.local(server.port, scheme: .https, host: "localhost"))
                #expect(answer.body == "secret kept")
            }
            return server.connectionCount
        }
        #expect(count == 1)
    }

    @Test(arguments: UpstreamWay.allCases)
    func refusesACertificateNobodyVouchesFor(way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way)
        let failure = try await ScriptedServer.run(tls: TestCertificate.server(), script: Self.answer) { server in
            try await caller.failure(.local(server.port, scheme: .https, host: "localhost"))
        }
        #expect(failure == .tlsFailed)
    }

    /// The certificate is trusted, but it is made out to another name.
    @Test(arguments: UpstreamWay.allCases)
    func refusesACertificateOfAnotherName(way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way, tls: TestCertificate.trustingClient())
        let failure = try await ScriptedServer.run(tls: TestCertificate.server(), script: Self.answer) { server in
            try await caller.failure(.local(server.port, scheme: .https, host: "127.0.0.1"))
        }
        #expect(failure == .tlsFailed)
    }

    @Test(arguments: UpstreamWay.allCases)
    func refusesAServerThatDoesNotSpeakTLS(way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way, tls: TestCertificate.trustingClient())
        let failure = try await ScriptedServer.run { connection in
            try await connection.send("HTTP/1.1 400 Bad Request\r\n\r\n")
            await connection.closing()
        } _: { server in
            try await caller.failure(.local(server.port, scheme: .https, host: "localhost"))
        }
        #expect(failure == .tlsFailed)
    }

    @Test(arguments: UpstreamWay.allCases)
    func givesAHandshakeUpThatTakesTooLong(way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way, tls: TestCertificate.trustingClient())
        let isClosed = Signal()
        let failure = try await ScriptedServer.run { connection in
            await connection.closing()
            isClosed.fire()
        } _: { server in
            let failure = try await caller.failure(
                .local(server.port, scheme: .https, host: "localhost") {
                    $0.deadlines.connect = way == .direct ? .milliseconds(100) : .seconds(3)
                })
            try await within { await isClosed.wait() }
            return failure
        }
        #expect(failure == .connectTimeout)
    }

    /// Without a length only TLS's own farewell tells a whole body from one that somebody cut.
    @Test(arguments: UpstreamWay.allCases)
    func tellsACutBodyFromAWholeOne(way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way, tls: TestCertificate.trustingClient())
        let failure = try await ScriptedServer.run(tls: TestCertificate.server()) { connection in
            _ = try await connection.request()
            try await connection.send("HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhello")
        } _: { server in
            try await caller.failure(.local(server.port, scheme: .https, host: "localhost"))
        }
        #expect(failure == .connectionLost)
    }
}
