import NIOHTTP1
import OmniCore
import OmniJSON
import OmniTranslate
import Testing

@testable import OmniHTTP

/// Which request goes where, and in whose words it is refused.
@Suite(.timeLimit(.minutes(5))) struct DataPlaneRoutingTests {
    enum Dialect: String, Sendable { case openAI, anthropic }

    struct Case: Sendable, CustomStringConvertible {
        var method: String
        var path: String
        var status: Int
        var dialect: Dialect?
        var description: String { "\(method) \(path)" }

        init(_ method: String, _ path: String, _ status: Int, _ dialect: Dialect? = nil) {
            self.method = method
            self.path = path
            self.status = status
            self.dialect = dialect
        }
    }

    private static let cases = [
        Case("POST", "/v1/chat/completions", 400, .openAI), Case("POST", "/v1/chat/completions?x=y", 400, .openAI),
        Case("POST", "/v1/messages", 400, .anthropic), Case("POST", "/v1/messages?beta=true", 400, .anthropic),
        Case("POST", "/v1/messages/count_tokens", 400, .anthropic),
        Case("GET", "/v1/models", 200), Case("GET", "/v1/models/", 200), Case("GET", "/v1/models?limit=3", 200),
        Case("GET", "/v1/models/sim/echo", 200), Case("GET", "/v1/models/sim%2Fecho", 200),
        Case("GET", "/v1/models/sim/nonsense", 404, .openAI), Case("GET", "/v1/chat/completions", 405, .openAI),
        Case("PUT", "/v1/chat/completions", 405, .openAI), Case("GET", "/v1/messages", 405, .anthropic),
        Case("DELETE", "/v1/messages", 405, .anthropic), Case("GET", "/v1/messages/count_tokens", 405, .anthropic),
        Case("POST", "/v1/models", 405, .openAI), Case("DELETE", "/v1/models/sim/echo", 405, .openAI),
        Case("POST", "/v1/chat/completion", 404, .openAI), Case("GET", "/v1", 404, .openAI),
        Case("GET", "/v1/", 404, .openAI), Case("GET", "/v1?key=x", 404, .openAI),
        Case("POST", "/v1/messages/batches", 404, .anthropic), Case("GET", "/v1/%00", 404, .openAI),
        Case("GET", "/v12/models", 404), Case("GET", "/", 404), Case("GET", "/api/nothing", 404),
    ]

    @Test func answersEveryPath() async throws {
        try await TestDaemon.run { daemon async throws in
            for request in Self.cases {
                let response = try await RawClient.connect(daemon.port) { client in
                    try await client.request(request.method, request.path, body: request.method == "POST" ? "{" : nil)
                }
                #expect(response.status == request.status, "\(request)")
                guard let dialect = request.dialect else { continue }
                #expect(response["content-type"] == "application/json", "\(request)")
                let error = try #require(try response.json["error"], "\(request)")
                #expect(error["message"]?.string?.isEmpty == false, "\(request)")
                #expect((try response.json["type"]?.string == "error") == (dialect == .anthropic), "\(request)")
            }
        }
    }

    /// RFC 9110: whoever is told that a method is not allowed is told which ones are.
    @Test(arguments: [("/v1/chat/completions", "POST"), ("/v1/messages", "POST"), ("/v1/models", "GET")])
    func saysWhichMethodIsAllowed(path: String, allowed: String) async throws {
        try await TestDaemon.run { daemon async throws in
            let response = try await RawClient.connect(daemon.port) { try await $0.request("PATCH", path) }
            #expect(response.status == 405)
            #expect(response["allow"]?.contains(allowed) == true)
        }
    }

    /// An answer to HEAD has no body; a body would be taken for the beginning of the next answer.
    @Test(arguments: ["/v1/models", "/v1/chat/completions", "/api/monitoring/health"])
    func sendsNoBodyToHead(path: String) async throws {
        try await TestDaemon.run { daemon async throws in
            let status = try await RawClient.connect(daemon.port) { client in
                _ = try await client.request("HEAD", path)
                return try await client.request("GET", "/v1/models").status
            }
            #expect(status == 200)
        }
    }

    @Test func listsModelsInTheDialectOfTheClient() async throws {
        try await TestDaemon.run { daemon async throws in
            let (openAI, anthropic) = try await RawClient.connect(daemon.port) { client in
                (
                    try await client.request("GET", "/v1/models"),
                    try await client.request("GET", "/v1/models", headers: ["anthropic-version: 2023-06-01"])
                )
            }
            #expect(try openAI.json["object"]?.string == "list")
            #expect(try openAI.json["data"]?.elements.contains { $0["id"]?.string == "sim/echo" } == true)
            #expect(try anthropic.json["has_more"]?.bool == false)
            #expect(
                try anthropic.json["data"]?.elements.contains {
                    $0["id"]?.string == "sim/echo" && $0["type"]?.string == "model"
                } == true)
        }
    }

    @Test func anUnknownModelIsToldInTheDialectOfTheClient() async throws {
        try await TestDaemon.run { daemon async throws in
            let response = try await RawClient.connect(daemon.port) { client in
                try await client.request("GET", "/v1/models/sim/ecko", headers: ["anthropic-version: 2023-06-01"])
            }
            #expect(response.status == 404)
            #expect(try response.json["error"]?["type"]?.string == "not_found_error")
            #expect(response.body.contains("sim/echo"))
        }
    }

    @Test func countsTokensRoughly() async throws {
        try await TestDaemon.run { daemon async throws in
            let response = try await RawClient.connect(daemon.port) { client in
                try await client.request(
                    "POST", "/v1/messages/count_tokens",
                    body: #"{"model":"sim/echo","messages":[{"role":"user","content":"hello"}]}"#)
            }
            #expect(response.status == 200)
            #expect(try #require(try response.json["input_tokens"]?.int) > 0)
            #expect(response["x-omniroute-token-count"] == "estimate")
        }
    }

    @Test func letsPagesOfTheConfiguredOriginIn() async throws {
        var options = DataPlane.Options()
        options.allowedOrigin = "https://app.example"
        try await TestDaemon.run(options: options) { daemon async throws in
            let (preflight, answer) = try await RawClient.connect(daemon.port) { client in
                (
                    try await client.request(
                        "OPTIONS", "/v1/chat/completions",
                        headers: [
                            "origin: https://app.example", "access-control-request-method: POST",
                            "access-control-request-headers: authorization, content-type",
                        ]), try await client.request("GET", "/v1/models", headers: ["origin: https://app.example"])
                )
            }
            #expect(preflight.status == 204)
            #expect(preflight["access-control-allow-methods"]?.contains("POST") == true)
            #expect(preflight["access-control-allow-headers"] == "authorization, content-type")
            #expect(preflight["content-length"] == nil)
            for response in [preflight, answer] {
                #expect(response["access-control-allow-origin"] == "https://app.example")
            }
            #expect(answer["access-control-expose-headers"] == "*")
        }
    }

    @Test func letsNoPageInUnlessToldTo() async throws {
        try await TestDaemon.run { daemon async throws in
            let headers = try await RawClient.connect(daemon.port) { client in
                try await client.request("OPTIONS", "/v1/messages", headers: ["origin: https://evil.example"]).headers
            }
            #expect(!headers.contains { $0.name == "access-control-allow-origin" })
        }
    }

    @Test(
        arguments: [
            ("x-request-id: abc-123", "abc-123"),
            ("X-Request-ID: \(String(repeating: "a", count: 128))", String(repeating: "a", count: 128)),
            ("x-request-id: \(String(repeating: "a", count: 129))", nil), ("x-request-id: a b", nil),
            ("x-request-id: grüße", nil), ("x-request-id:", nil), ("x-other: 1", nil),
        ] as [(String, String?)])
    func echoesSaneRequestIdentifiers(header: String, expected: String?) async throws {
        try await TestDaemon.run { daemon async throws in
            let response = try await RawClient.connect(daemon.port) { client in
                try await client.request("GET", "/v1/models", headers: [header])
            }
            let id = try #require(response["x-request-id"])
            if let expected { #expect(id == expected) } else { #expect(id.hasPrefix("req_") && id.count == 28) }
        }
    }

    /// Anthropic's SDKs read another name.
    @Test func namesTheRequestForAnthropicClientsToo() async throws {
        try await TestDaemon.run { daemon async throws in
            let response = try await RawClient.connect(daemon.port) { client in
                try await client.request("POST", "/v1/messages", headers: ["x-request-id: abc"], body: "{")
            }
            #expect(response["request-id"] == "abc")
            #expect(response["x-request-id"] == "abc")
        }
    }
}
