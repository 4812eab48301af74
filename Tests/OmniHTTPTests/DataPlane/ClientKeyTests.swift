import OmniCore
import OmniJSON
import OmniStore
import Testing

@testable import OmniHTTP

/// Who may make inference calls, and where a key may stand.
@Suite(.timeLimit(.minutes(5))) struct ClientKeyTests {
    private static func requiring(_ isRequired: Bool?) -> DataPlane.Options {
        var options = DataPlane.Options()
        options.requiresClientKey = isRequired
        return options
    }

    @Test(
        arguments: [
            (["authorization: Bearer KEY"], ""), (["Authorization: bearer KEY"], ""), (["x-api-key: KEY"], ""),
            (["x-goog-api-key: KEY"], ""), ([], "?key=KEY"), ([], "?a=b&key=KEY&c=d"),
            // Tools that send a placeholder in the one place and the key in the other.
            (["x-api-key: dummy", "authorization: Bearer KEY"], ""), (["x-api-key:", "x-goog-api-key: KEY"], ""),
            (["authorization: Bearer  KEY"], ""),
        ] as [([String], String)])
    func takesAKeyFromEveryPlace(headers: [String], query: String) async throws {
        try await TestDaemon.run(options: Self.requiring(true)) { daemon async throws in
            let key = try await daemon.addKey().secret
            let fill = { @Sendable (text: String) in
                text.split(separator: "KEY", omittingEmptySubsequences: false).joined(separator: key)
            }
            let response = try await RawClient.connect(daemon.port) { client in
                try await client.request("GET", "/v1/models" + fill(query), headers: headers.map(fill))
            }
            #expect(response.status == 200)
        }
    }

    struct Case: Sendable, CustomStringConvertible {
        var isRequired: Bool
        var header: String?
        var status: Int
        var description: String { "\(isRequired ? "required" : "not required"): \(header ?? "no header")" }
    }

    private static let cases = [
        Case(isRequired: true, header: nil, status: 401),
        Case(isRequired: true, header: "authorization: Bearer", status: 401),
        Case(isRequired: true, header: "authorization: Basic eDp5", status: 401),
        Case(isRequired: true, header: "authorization: Bearer dummy", status: 401),
        Case(isRequired: true, header: "authorization: Bearer sk-omni-unknown", status: 401),
        Case(isRequired: true, header: "x-api-key: \(String(repeating: "k", count: 5000))", status: 401),
        Case(isRequired: false, header: nil, status: 200),
        Case(isRequired: false, header: "x-api-key: dummy", status: 200),
        Case(isRequired: false, header: "authorization: Bearer sk-ant-foreign", status: 200),
        Case(isRequired: false, header: "authorization: Bearer sk-omni-unknown", status: 401),
        Case(isRequired: false, header: "x-api-key: sk-omni-unknown", status: 401),
    ]

    @Test(arguments: [true, false])
    func judgesKeys(isRequired: Bool) async throws {
        try await TestDaemon.run(options: Self.requiring(isRequired)) { daemon async throws in
            for request in Self.cases where request.isRequired == isRequired {
                for path in ["/v1/models", "/v1/messages/count_tokens", "/v1/chat/completions"] {
                    let response = try await RawClient.connect(daemon.port) { client in
                        try await client.request(
                            path == "/v1/models" ? "GET" : "POST", path, headers: [request.header].compactMap(\.self),
                            body: path == "/v1/models"
                                ? nil : #"{"model":"sim/echo","messages":[{"role":"user","content":"hi"}]}"#)
                    }
                    #expect(response.status == request.status, "\(request), \(path)")
                    guard request.status == 401 else { continue }
                    #expect(response.body.contains(path.contains("messages") ? "authentication_error" : "api_key"))
                    #expect(!response.body.contains("sk-omni-unknown"))
                }
            }
        }
    }

    /// A preflight carries no key by its nature.
    @Test func asksNoKeyOfPreflights() async throws {
        try await TestDaemon.run(options: Self.requiring(true)) { daemon async throws in
            let status = try await RawClient.connect(daemon.port) {
                try await $0.request("OPTIONS", "/v1/models").status
            }
            #expect(status == 204)
        }
    }

    @Test func refusesAKeyAtOnceWhenItIsRevoked() async throws {
        try await TestDaemon.run(options: Self.requiring(true)) { daemon async throws in
            let secret = try await daemon.addKey()
            let statuses = try await RawClient.connect(daemon.port) { client in
                var statuses: [Int] = []
                statuses.append(
                    try await client.request("GET", "/v1/models", headers: ["x-api-key: \(secret.secret)"]).status)
                var key = secret.key
                key.isActive = false
                _ = try await daemon.store.configuration.updateClientKey(key)
                try await daemon.publish()
                statuses.append(
                    try await client.request("GET", "/v1/models", headers: ["x-api-key: \(secret.secret)"]).status)
                return statuses
            }
            #expect(statuses == [200, 401])
        }
    }

    /// The stored wish counts where the environment says nothing.
    @Test func followsTheStoredSetting() async throws {
        try await TestDaemon.run(options: Self.requiring(nil)) { daemon async throws in
            let statuses = try await RawClient.connect(daemon.port) { client in
                var statuses = [try await client.request("GET", "/v1/models").status]
                try await daemon.store.configuration.updateSettings(RouterSettings(requireAPIKey: true))
                try await daemon.publish()
                statuses.append(try await client.request("GET", "/v1/models").status)
                return statuses
            }
            #expect(statuses == [200, 401])
        }
    }

    /// The key that was used is on the record of the request, its secret nowhere.
    @Test func recordsTheKeyOfARequest() async throws {
        try await TestDaemon.run { daemon async throws in
            let key = try await daemon.addKey()
            _ = try await RawClient.connect(daemon.port) { client in
                try await client.request(
                    "POST", "/v1/chat/completions", headers: ["x-api-key: \(key.secret)", "x-request-id: r1"],
                    body: #"{"model":"up/m","messages":[{"role":"user","content":"hi"}]}"#)
            }
            let records = try daemon.store.usage.flush()
            #expect(records.map(\.requestID) == ["r1"])
            #expect(records.first?.clientKeyID == key.key.id)
            #expect(records.first?.provider == "node-up")
        }
    }
}
