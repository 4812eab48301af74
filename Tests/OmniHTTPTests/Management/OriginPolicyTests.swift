import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import OmniCore
import Testing

@testable import OmniHTTP

/// Which pages may make a browser call us, and under which names.
@Suite struct OriginPolicyTests {
    struct Case: Sendable {
        var method = HTTPRequest.Method.post
        var host: String?
        var origin: String?
        var site: String?
        var status: Int?
    }

    @Test(arguments: [
        Case(host: "localhost:20128", status: nil), Case(host: "127.0.0.1:20128", status: nil),
        Case(host: "[::1]:20128", status: nil), Case(host: "LOCALHOST", status: nil), Case(host: nil, status: nil),
        Case(host: "192.168.1.5:20128", status: nil), Case(host: "router.example", status: nil),
        // A page whose name was made to lead here (DNS rebinding).
        Case(host: "evil.example:20128", status: 421), Case(method: .get, host: "evil.example", status: 421),
        Case(host: "localhost.evil.example", status: 421), Case(host: "127.0.0.1.evil.example", status: 421),
        Case(host: "[evil.example]", status: 421), Case(host: "evil:x:y", status: 421),
        // Our own page, and programs, which are no pages.
        Case(host: "localhost:20128", origin: "http://localhost:20128", status: nil),
        Case(host: "localhost:20128", origin: "http://LOCALHOST:20128", site: "same-origin", status: nil),
        Case(host: "localhost:20128", site: "none", status: nil),
        // Pages of others.
        Case(host: "localhost:20128", origin: "https://evil.example", status: 403),
        Case(host: "localhost:20128", origin: "http://localhost:3000", status: 403),
        Case(host: "localhost:20128", origin: "null", status: 403),
        Case(host: "localhost:20128", origin: "", status: 403),
        Case(host: "localhost:20128", origin: "https://evil.example/localhost:20128", status: 403),
        Case(host: "localhost:20128", site: "cross-site", status: 403),
        Case(host: "localhost:20128", site: "same-site", status: 403),
        Case(method: .delete, host: "localhost:20128", origin: "https://evil.example", status: 403),
        Case(method: .put, host: "localhost:20128", site: "cross-site", status: 403),
        // Reading changes nothing, and without our consent no page can see the answer.
        Case(method: .get, host: "localhost:20128", origin: "https://evil.example", site: "cross-site", status: nil),
    ])
    func judgesCalls(call: Case) {
        var headers = HTTPFields()
        if let origin = call.origin { headers[.origin] = origin }
        if let site = call.site, let name = HTTPField.Name("sec-fetch-site") { headers[name] = site }
        let request = Request(
            head: HTTPRequest(
                method: call.method, scheme: "http", authority: call.host, path: "/api/keys", headerFields: headers),
            body: RequestBody(buffer: ByteBuffer()))
        let policy = OriginPolicy(hosts: ["Router.example"])
        do throws(ManagementError) {
            try policy.check(request)
            #expect(call.status == nil)
        } catch {
            #expect(error.status.code == call.status)
        }
    }

    /// The same, as browsers do it: over a socket.
    @Test(.timeLimit(.minutes(5))) func refusesForeignPagesOverTheWire() async throws {
        try await TestDaemon.run { daemon async throws in
            let statuses = try await RawClient.connect(daemon.port) { client in
                let body = #"{"password":"correct horse"}"#
                var statuses: [Int] = []
                for headers in [
                    "host: evil.example", "host: localhost\r\norigin: https://evil.example", "host: localhost",
                ] {
                    try await client.send(
                        "POST /api/auth/login HTTP/1.1\r\n\(headers)\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)"
                    )
                    statuses.append(try await client.response().status)
                }
                return statuses
            }
            #expect(statuses == [421, 403, 200])
        }
    }
}
