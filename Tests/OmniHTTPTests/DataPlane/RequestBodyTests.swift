import NIOCore
import OmniCore
import OmniJSON
import Testing

@testable import OmniHTTP

/// How request bodies arrive, and what is refused before they are whole.
@Suite(.timeLimit(.minutes(5))) struct RequestBodyTests {
    private static let body = #"{"model":"up/m","messages":[{"role":"user","content":"hi"}]}"#
    private static let head = "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\n"

    private static func limited(_ bytes: Int = 1000) -> DataPlane.Options {
        var options = DataPlane.Options()
        options.maximumBodyBytes = bytes
        return options
    }

    @Test(arguments: [
        ["content-length: 60\r\n\r\n" + body],
        ["content-length: 60\r\n", "\r\n{", String(body.dropFirst().prefix(20)), String(body.dropFirst(21))],
        ["transfer-encoding: chunked\r\n\r\n3c\r\n\(body)\r\n0\r\n\r\n"],
        ["transfer-encoding: chunked\r\n\r\n1\r\n{\r\n", "3b;x=y\r\n\(body.dropFirst())\r\n0\r\nx-sum: 1\r\n\r\n"],
        ["content-encoding: identity\r\ncontent-length: 60\r\n\r\n" + body],
    ])
    func readsBodiesOfEveryFraming(parts: [String]) async throws {
        try #require(Self.body.utf8.count == 60)
        try await TestDaemon.run { daemon async throws in
            let response = try await RawClient.connect(daemon.port) { client in
                try await client.send(Self.head)
                for part in parts { try await client.send(part) }
                return try await client.response()
            }
            #expect(response.status == 200)
            #expect(response.body == ScriptedExchange.completionBody("hello"))
            #expect(
                try daemon.upstream.requests.map { try JSONValue(parsing: Array($0.utf8))["model"]?.string } == ["m"])
        }
    }

    private static let noRequests: [String?] = [
        nil, "", "{", "[]", "null", "\u{FEFF}", #"{"model":7}"#, #"{"model":""}"#, #"{"messages":[]}"#,
    ]

    @Test(arguments: ["/v1/chat/completions", "/v1/messages"])
    func refusesWhatIsNoRequest(path: String) async throws {
        try await TestDaemon.run { daemon async throws in
            // The connection is still good for the next request.
            let statuses = try await RawClient.connect(daemon.port) { client in
                var statuses: [Int] = []
                for body in Self.noRequests {
                    statuses.append(try await client.request("POST", path, body: body).status)
                }
                return statuses + [try await client.request("GET", "/v1/models").status]
            }
            #expect(statuses == Self.noRequests.map { _ in 400 } + [200])
            #expect(daemon.upstream.requests.isEmpty)
        }
    }

    @Test(arguments: [
        ("by its length", ["content-length: 1001\r\n\r\n"]),
        (
            "by its chunks",
            ["transfer-encoding: chunked\r\n\r\n", "3e8\r\n\(String(repeating: " ", count: 1000))\r\n", "1\r\n \r\n"]
        ),
        ("by a length beyond all numbers", ["content-length: 9223372036854775807\r\n\r\n"]),
    ])
    func refusesALongBodyAndCloses(name: String, parts: [String]) async throws {
        try await TestDaemon.run(options: Self.limited()) { daemon async throws in
            let (response, rest) = try await RawClient.connect(daemon.port) { client in
                try await client.send(Self.head)
                for part in parts { try await client.send(part) }
                return (try await client.response(), try await client.rest())
            }
            #expect(response.status == 413)
            #expect(response["connection"] == "close")
            #expect(try response.json["error"]?["code"]?.string == "request_too_large")
            #expect(rest == "")
        }
    }

    @Test func takesABodyOfExactlyTheLimit() async throws {
        try await TestDaemon.run(options: Self.limited(60)) { daemon async throws in
            let status = try await RawClient.connect(daemon.port) { client in
                try await client.request("POST", "/v1/chat/completions", body: Self.body).status
            }
            #expect(status == 200)
        }
    }

    @Test(arguments: ["gzip", "br", "deflate, gzip"])
    func refusesACompressedBodyAndCloses(encoding: String) async throws {
        try await TestDaemon.run { daemon async throws in
            let (response, rest) = try await RawClient.connect(daemon.port) { client in
                let response = try await client.request(
                    "POST", "/v1/messages", headers: ["content-encoding: \(encoding)"], body: "\u{1F}\u{8B}")
                return (response, try await client.rest())
            }
            #expect(response.status == 415)
            #expect(try response.json["type"]?.string == "error")
            #expect(rest == "")
        }
    }

    @Test func tellsAWaitingClientToGoOn() async throws {
        try await TestDaemon.run { daemon async throws in
            let (interim, response) = try await RawClient.connect(daemon.port) { client in
                try await client.send(Self.head + "expect: 100-continue\r\ncontent-length: 60\r\n\r\n")
                let interim = try await client.response()
                try await client.send(Self.body)
                return (interim, try await client.response())
            }
            #expect(interim.status == 100)
            #expect(response.status == 200)
        }
    }

    @Test func tellsAWaitingClientNotToSendTooMuch() async throws {
        try await TestDaemon.run(options: Self.limited()) { daemon async throws in
            let response = try await RawClient.connect(daemon.port) { client in
                try await client.send(Self.head + "expect: 100-continue\r\ncontent-length: 5000\r\n\r\n")
                return try await client.response()
            }
            #expect(response.status == 413)
        }
    }

    @Test(arguments: ["content-length: 60\r\n\r\n{", "transfer-encoding: chunked\r\n\r\n1\r\n{\r\n"])
    func givesABodyUpThatDoesNotArrive(beginning: String) async throws {
        var options = DataPlane.Options()
        options.bodyTimeout = .milliseconds(60)
        try await TestDaemon.run(options: options) { daemon async throws in
            let (response, rest) = try await RawClient.connect(daemon.port) { client in
                try await client.send(Self.head + beginning)
                return (try await client.response(), try await client.rest())
            }
            #expect(response.status == 408)
            #expect(response["connection"] == "close")
            #expect(rest == "")
        }
    }

    @Test(arguments: [
        "GARBAGE\r\n\r\n", "GET /v1/models HTTP/1.1\r\nhost: a\r\nbad header\r\n\r\n", "GET  HTTP/9.9\r\n\r\n",
        "POST /v1/messages HTTP/1.1\r\nhost: a\r\ncontent-length: x\r\n\r\n",
        "POST /v1/messages HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!",
        "POST /v1/messages HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /v1/messages HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        "GET /v1/models HTTP/1.1\r\nhost: a\r\nx: \(String(repeating: "a", count: 200_000))\r\n\r\n",
    ])
    func refusesWhatIsNotHTTP(wire: String) async throws {
        try await TestDaemon.run { daemon async throws in
            let answer = try await RawClient.connect(daemon.port) { client in
                try await client.send(wire)
                return try await client.rest()
            }
            #expect(answer.hasPrefix("HTTP/1.1 400 ") || answer.hasPrefix("HTTP/1.1 431 "))
            #expect(daemon.upstream.requests.isEmpty)
        }
    }
}
