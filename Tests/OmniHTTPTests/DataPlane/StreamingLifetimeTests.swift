import NIOCore
import OmniCore
import OmniJSON
import OmniStore
import TestSupport
import Testing

@testable import OmniHTTP

/// Streams and those who take part in them: clients that leave, that read slowly, and a daemon that stops.
@Suite(.timeLimit(.minutes(5))) struct StreamingLifetimeTests {
    private static let body = #"{"model":"up/m","stream":true,"messages":[{"role":"user","content":"hi"}]}"#
    private static let request = RawClient.text("POST", "/v1/chat/completions", body: body)

    /// An upstream that answers with this exchange.
    private static func upstream(_ exchange: ScriptedExchange) -> ScriptedUpstream {
        ScriptedUpstream { _ throws(TransportError) in exchange }
    }

    @Test func sendsEachPieceAsItComes() async throws {
        let (first, second) = (Signal(), Signal())
        let exchange = ScriptedExchange.events { position in
            switch position {
            case 0: return ScriptedExchange.chunk("one")
            case 1:
                await first.wait()
                return ScriptedExchange.chunk("two", finish: true)
            case 2:
                await second.wait()
                return ScriptedExchange.done
            default: return nil
            }
        }
        try await TestDaemon.run(upstream: Self.upstream(exchange)) { daemon async throws in
            let whole = try await RawClient.connect(daemon.port) { client in
                try await client.send(Self.request)
                var whole = try await client.read(upTo: ScriptedExchange.chunk("one"))
                first.fire()
                whole += try await client.read(upTo: ScriptedExchange.chunk("two", finish: true))
                second.fire()
                return whole + (try await client.read(upTo: "\r\n0\r\n\r\n"))
            }
            #expect(whole.contains("\r\ntransfer-encoding: chunked\r\n"))
            #expect(whole.contains("\r\ncontent-type: text/event-stream"))
            #expect(whole.contains(ScriptedExchange.done))
        }
    }

    enum Moment: String, CaseIterable, Sendable { case beforeTheAnswer, withinTheStream }
    enum Farewell: String, CaseIterable, Sendable { case close, halfClose }

    /// Nobody is left to read the answer, so nothing more may be spent on it.
    @Test(arguments: Moment.allCases, Farewell.allCases)
    func cancelsTheUpstreamCallWhenTheClientLeaves(moment: Moment, farewell: Farewell) async throws {
        let hasBegun = Signal()
        let exchange = ScriptedExchange.events(end: .never) { position in
            if moment == .beforeTheAnswer { hasBegun.fire() }
            return moment == .withinTheStream && position == 0 ? ScriptedExchange.chunk("one") : nil
        }
        try await TestDaemon.run(upstream: Self.upstream(exchange)) { daemon async throws in
            try await RawClient.connect(daemon.port) { client in
                try await client.send(
                    RawClient.text("POST", "/v1/chat/completions", headers: ["x-request-id: r1"], body: Self.body))
                if moment == .withinTheStream {
                    _ = try await client.read(upTo: ScriptedExchange.chunk("one"))
                } else {
                    await hasBegun.wait()
                }
                guard farewell == .halfClose else { return }
                client.finish()
                await exchange.givenUp.wait()
            }
            try await within { await exchange.givenUp.wait() }
            let record = try await within {
                while true {
                    if let record = try daemon.store.usage.flush().first { return record }
                    try await Task.sleep(for: .milliseconds(5))
                }
            }
            #expect(record.status == 499)
            #expect(record.errorCode == "client_closed")
        }
    }

    /// A client that reads slowly slows its upstream down; nothing piles up in between.
    @Test func readsNoFasterThanTheClientTakes() async throws {
        let total = 400
        let piece = ScriptedExchange.chunk(String(repeating: "x", count: 64 << 10))
        let exchange = ScriptedExchange.events { position in
            position < total
                ? piece : position == total ? ScriptedExchange.chunk("", finish: true) + ScriptedExchange.done : nil
        }
        try await TestDaemon.run(upstream: Self.upstream(exchange)) { daemon async throws in
            let whole = try await RawClient.connect(daemon.port, receiveBuffer: 16384) { client in
                try await client.send(Self.request)
                _ = try await client.read(upTo: "\r\n\r\n")
                // Reading has stopped when nothing was asked for during a while.
                var before = -1
                while exchange.position != before {
                    before = exchange.position
                    try await Task.sleep(for: .milliseconds(80))
                }
                // Socket buffers hold a few megabytes of the 25.
                #expect(before < total / 2)
                return try await client.count(upTo: "[DONE]")
            }
            #expect(whole >= total * piece.utf8.count)
        }
    }

    @Test func endsABrokenStreamHonestly() async throws {
        let exchange = ScriptedExchange.events(end: .lost) { $0 == 0 ? ScriptedExchange.chunk("one") : nil }
        try await TestDaemon.run(upstream: Self.upstream(exchange)) { daemon async throws in
            let whole = try await RawClient.connect(daemon.port) { client in
                try await client.send(Self.request)
                return try await client.response().body
            }
            #expect(whole.contains(#""error""#))
            #expect(!whole.contains("[DONE]"))
        }
    }

    /// Whoever is being served is served to the end; whoever comes later finds the door closed.
    @Test(arguments: [true, false])
    func finishesAStreamBeforeItStops(isKeptAlive: Bool) async throws {
        let goesOn = Signal()
        let exchange = ScriptedExchange.events { position in
            switch position {
            case 0: return ScriptedExchange.chunk("one")
            case 1:
                await goesOn.wait()
                return ScriptedExchange.chunk("two", finish: true)
            case 2: return ScriptedExchange.done
            default: return nil
            }
        }
        try await TestDaemon.run(upstream: Self.upstream(exchange)) { daemon async throws in
            let (whole, rest) = try await RawClient.connect(daemon.port) { client in
                try await client.send(
                    RawClient.text(
                        "POST", "/v1/chat/completions", headers: isKeptAlive ? [] : ["connection: close"],
                        body: Self.body))
                let beginning = try await client.read(upTo: ScriptedExchange.chunk("one"))
                await daemon.stop()
                // The listener goes at once.
                try await within {
                    while (try? await RawClient.connect(daemon.port) {
                        try await $0.request("GET", "/v1/models").status
                    }) != nil {
                        try await Task.sleep(for: .milliseconds(5))
                    }
                }
                goesOn.fire()
                return (beginning + (try await client.read(upTo: "\r\n0\r\n\r\n")), try await client.rest())
            }
            #expect(whole.contains(ScriptedExchange.chunk("two", finish: true)))
            #expect(whole.contains(ScriptedExchange.done))
            #expect(rest == "")
        }
    }

    /// A request on its way when the daemon is told to stop was accepted; it is answered.
    @Test func answersARequestThatIsStillArrivingWhenItStops() async throws {
        try await TestDaemon.run { daemon async throws in
            let status = try await RawClient.connect(daemon.port) { client in
                try await client.send(
                    "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-length: 60\r\n\r\n"
                )
                _ = try await client.response()
                await daemon.stop()
                try await within {
                    while (try? await RawClient.connect(daemon.port) {
                        try await $0.request("GET", "/v1/models").status
                    }) != nil {
                        try await Task.sleep(for: .milliseconds(5))
                    }
                }
                try await client.send(#"{"model":"up/m","messages":[{"role":"user","content":"hi"}]}"#)
                return try await client.response().status
            }
            #expect(status == 200)
        }
    }

    @Test func closesIdleConnectionsWhenItStops() async throws {
        try await TestDaemon.run { daemon async throws in
            let rest = try await RawClient.connect(daemon.port) { client in
                _ = try await client.request("GET", "/v1/models")
                await daemon.stop()
                return try await client.rest()
            }
            #expect(rest == "")
        }
    }
}
