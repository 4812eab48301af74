import Foundation
import NIOCore
import OmniCore
import OmniJSON
import TestSupport
import Testing

@testable import OmniHTTP

/// What happens on one connection: order, keeping, closing.
@Suite(.timeLimit(.minutes(5))) struct ClientConnectionTests {
    private static func chat(_ text: String, model: String = "sim/echo") -> String {
        #"{"model":"\#(model)","messages":[{"role":"user","content":"\#(text)"}]}"#
    }

    private static func text(_ response: RawResponse) throws -> String? {
        try response.json["choices"]?.elements.first { _ in true }?["message"]?["content"]?.string
    }

    @Test func answersPipelinedRequestsInOrder() async throws {
        try await TestDaemon.run { daemon async throws in
            let texts = try await RawClient.connect(daemon.port) { client in
                let requests = (0..<20).map {
                    RawClient.text("POST", "/v1/chat/completions", body: Self.chat("number \($0)"))
                }
                try await client.send(requests.joined())
                var texts: [String?] = []
                for _ in requests { texts.append(try Self.text(try await client.response())) }
                return texts
            }
            #expect(texts == (0..<20).map { "number \($0)" })
        }
    }

    /// Both halves of the daemon serve the same connection, whatever follows what.
    @Test(arguments: [true, false])
    func answersManagementAndInferenceOnOneConnection(isPipelined: Bool) async throws {
        let management = RawClient.text("GET", "/api/auth/status")
        let login = RawClient.text("POST", "/api/auth/login", body: #"{"password":"wrong"}"#)
        let inference = RawClient.text("POST", "/v1/chat/completions", body: Self.chat("hi"))
        let models = RawClient.text("GET", "/v1/models")
        let order = [inference, management, inference, management, management, models, login, inference, login, models]
        try await TestDaemon.run { daemon async throws in
            let responses = try await RawClient.connect(daemon.port) { client in
                var responses: [RawResponse] = []
                if isPipelined { try await client.send(order.joined()) }
                for request in order {
                    if !isPipelined { try await client.send(request) }
                    responses.append(try await client.response())
                }
                return responses
            }
            #expect(responses.map(\.status) == [200, 200, 200, 200, 200, 200, 401, 200, 401, 200])
            #expect(
                try responses.enumerated().filter { order[$0.offset] == inference }.allSatisfy {
                    try Self.text($0.element) == "hi"
                })
            #expect(
                responses.enumerated().filter { order[$0.offset] == management }.allSatisfy {
                    $0.element.body.contains("authenticated")
                })
        }
    }

    /// As many as fit into what is taken in ahead: each is answered within the reading of the one before.
    @Test func answersManyRequestsThatCameTogether() async throws {
        let count = 8000
        try await TestDaemon.run { daemon async throws in
            let versions = try await RawClient.connect(daemon.port) { client in
                try await client.send(String(repeating: "GET /api/version HTTP/1.1\r\n\r\n", count: count))
                var versions = 0
                for _ in 0..<count where try await client.response().body.contains("version") { versions += 1 }
                return versions
            }
            #expect(versions == count)
        }
    }

    /// Whatever follows the last request of a connection, it is none.
    @Test(
        arguments: [
            "POST /v1/chat/completions HTTP/1.1\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\n{}",
            "POST /v1/chat/completions HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nx\r\n",
            "GET /v1/models HTTP/1.1\r\nconnection: close\r\n\r\n", "GET /v1/models HTTP/1.0\r\n\r\n",
        ], [false, true])
    func answersNothingAfterTheLastRequest(last: String, isHandedOver: Bool) async throws {
        let inference = RawClient.text("POST", "/v1/chat/completions", body: Self.chat("hi", model: "up/m"))
        let management = RawClient.text("GET", "/api/auth/status")
        try await TestDaemon.run { daemon async throws in
            let rest = try await RawClient.connect(daemon.port) { client in
                try await client.send((isHandedOver ? management : "") + last + inference + inference)
                return try await client.rest()
            }
            #expect(rest.components(separatedBy: "HTTP/1.").count - 1 == (isHandedOver ? 2 : 1))
            #expect(daemon.upstream.requests.isEmpty)
        }
    }

    /// The codec of the rest of the connection reads a request from its first byte, however much of it came when.
    @Test(arguments: [1, 5, 9, 22, 24, 30, 47])
    func handsOverWhatComesInPieces(cut: Int) async throws {
        let inference = RawClient.text("POST", "/v1/chat/completions", body: Self.chat("hi"))
        let management = RawClient.text("GET", "/api/auth/status")
        try await TestDaemon.run { daemon async throws in
            let statuses = try await RawClient.connect(daemon.port) { client in
                try await client.send(inference + management.prefix(cut))
                var statuses = [try await client.response().status]
                try await client.send(String(management.dropFirst(cut)) + inference)
                statuses.append(try await client.response().status)
                statuses.append(try await client.response().status)
                return statuses
            }
            #expect(statuses == [200, 200, 200])
        }
    }

    @Test(
        arguments: [
            ("HTTP/1.1", "", true), ("HTTP/1.1", "connection: close\r\n", false),
            ("HTTP/1.1", "connection: Close\r\n", false),
            ("HTTP/1.0", "", false), ("HTTP/1.0", "connection: keep-alive\r\n", true),
        ], [false, true])
    func keepsTheConnectionAsTheClientAsks(
        form: (version: String, header: String, isKept: Bool), isStreaming: Bool
    ) async throws {
        try await TestDaemon.run { daemon async throws in
            let body = #"{"model":"sim/echo","stream":\#(isStreaming),"messages":[{"role":"user","content":"hi"}]}"#
            let request =
                "POST /v1/chat/completions \(form.version)\r\nhost: localhost\r\n\(form.header)content-length: \(body.utf8.count)\r\n\r\n\(body)"
            // Without chunks the end of a stream can only be the end of the connection.
            let isKept = form.isKept && !(isStreaming && form.version == "HTTP/1.0")
            let (first, second) = try await RawClient.connect(daemon.port) { client in
                try await client.send(request)
                let first = try await client.response()
                guard isKept else { return (first, try await client.rest()) }
                try await client.send(request)
                return (first, try await client.response().body)
            }
            #expect(first.status == 200)
            #expect(first.body.contains("hi"))
            #expect(isStreaming == first.body.hasSuffix("data: [DONE]\n\n"))
            #expect(isKept == !second.isEmpty)
            if form.version == "HTTP/1.0" { #expect(first["transfer-encoding"] == nil) }
        }
    }

    /// Closing afterwards must not cut off what the client has not read yet.
    @Test(arguments: ["HTTP/1.1\r\nconnection: close", "HTTP/1.0"])
    func sendsAWholeAnswerBeforeItCloses(version: String) async throws {
        let text = String(repeating: "a", count: 3_000_000)
        let upstream = ScriptedUpstream { _ throws(TransportError) in
            ScriptedExchange(body: ScriptedExchange.completionBody(text))
        }
        try await TestDaemon.run(upstream: upstream) { daemon async throws in
            let body = Self.chat("hi", model: "up/m")
            let response = try await RawClient.connect(daemon.port, receiveBuffer: 4096) { client in
                try await client.send(
                    "POST /v1/chat/completions \(version)\r\nhost: localhost\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)"
                )
                return try await client.response()
            }
            #expect(response.body.utf8.count == ScriptedExchange.completionBody(text).utf8.count)
        }
    }

    /// Also one that sends its head byte by byte, or has had its answer.
    @Test(arguments: ["", "GET /v1/mod", "GET /api/version HTTP/1.1\r\n\r\n", "GET /api/auth/status HTTP/1.1\r\n\r\n"])
    func closesConnectionsOnWhichNothingIsAsked(beginning: String) async throws {
        var options = DataPlane.Options()
        options.idleTimeout = .seconds(2)
        try await TestDaemon.run(options: options) { daemon async throws in
            let rest = try await RawClient.connect(daemon.port) { client in
                try await client.send(beginning)
                return try await client.rest()
            }
            #expect(rest.isEmpty == !beginning.hasSuffix("\r\n"))
        }
    }

    @Test(arguments: ["x-request-id: a\rset-cookie: x=y", "x-request-id: a\nset-cookie: x=y", "x-request-id: a\u{0}b"])
    func letsNoHeaderBeSmuggledIn(header: String) async throws {
        try await TestDaemon.run { daemon async throws in
            let answer = try await RawClient.connect(daemon.port) { client in
                try await client.send(
                    "GET /v1/models HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\(header)\r\n\r\n")
                return try await client.rest()
            }
            #expect(!answer.lowercased().contains("\r\nset-cookie"))
            #expect(!answer.contains("\u{0}"))
        }
    }

    /// What comes from an upstream or from a body may hold line ends, too.
    @Test func letsNoHeaderOfAnAnswerBeBrokenUp() async throws {
        let upstream = ScriptedUpstream { _ throws(TransportError) in
            ScriptedExchange(
                headers: ["x-request-id": "a\r\nset-cookie: x=y"], body: ScriptedExchange.completionBody("hello"))
        }
        try await TestDaemon.run(upstream: upstream) { daemon async throws in
            let response = try await RawClient.connect(daemon.port) { client in
                try await client.request(
                    "POST", "/v1/chat/completions", body: Self.chat("hi", model: #"up/m\r\nset-cookie: x=y"#))
            }
            #expect(response.status == 200)
            #expect(response["set-cookie"] == nil)
            #expect(response["x-upstream-request-id"] == "a??set-cookie: x=y")
            #expect(response["x-omniroute-model"] == "m??set-cookie: x=y")
        }
    }
}
