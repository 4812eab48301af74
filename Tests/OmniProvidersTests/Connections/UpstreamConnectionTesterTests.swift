import NIOCore
import NIOPosix
import OmniCore
import Synchronization
import TestSupport
import Testing

@testable import OmniProviders

/// What a test of a connection finds out, and what it asks to find it.
@Suite(.timeLimit(.minutes(5))) struct UpstreamConnectionTesterTests {
    struct Course: Sendable, CustomStringConvertible {
        /// The statuses of the server's answers, in order.
        var statuses: [String]
        var diagnosis: ConnectionTestResult.Diagnosis
        var statusCode: Int
        var description: String { statuses.joined(separator: ", then ") }
    }

    private static let courses = [
        Course(statuses: ["200 OK"], diagnosis: .ok, statusCode: 200),
        Course(statuses: ["401 Unauthorized"], diagnosis: .authenticationFailed, statusCode: 401),
        Course(statuses: ["403 Forbidden"], diagnosis: .authenticationFailed, statusCode: 403),
        Course(statuses: ["429 Too Many Requests"], diagnosis: .rateLimited, statusCode: 429),
        Course(statuses: ["500 Internal Server Error"], diagnosis: .unavailable, statusCode: 500),
        Course(statuses: ["503 Service Unavailable"], diagnosis: .unavailable, statusCode: 503),
        Course(statuses: ["302 Found"], diagnosis: .upstreamError, statusCode: 302),
        Course(statuses: ["404 Not Found", "200 OK"], diagnosis: .ok, statusCode: 200),
        Course(statuses: ["404 Not Found", "401 Unauthorized"], diagnosis: .authenticationFailed, statusCode: 401),
        Course(statuses: ["404 Not Found", "404 Not Found"], diagnosis: .upstreamError, statusCode: 404),
        // Servers without a list answer in either way.
        Course(statuses: ["405 Method Not Allowed", "200 OK"], diagnosis: .ok, statusCode: 200),
    ]

    @Test(arguments: courses, [ProviderNode.Kind.openAICompatible, .anthropicCompatible])
    func judgesByTheAnswer(course: Course, kind: ProviderNode.Kind) async throws {
        let requests = Mutex<[String]>([])
        let result = try await ScriptedServer.run { connection in
            while let request = try await connection.request() {
                let position = requests.withLock { requests in
                    requests.append(request)
                    return requests.count - 1
                }
                try await connection.answer("{}", status: course.statuses[min(position, course.statuses.count - 1)])
            }
        } _: { server in
            try await Self.test(port: server.port, kind: kind, key: "sk-test-1234")
        }
        #expect(result.diagnosis == course.diagnosis)
        #expect(result.statusCode == course.statusCode)
        #expect(result.isValid == (course.diagnosis == .ok))
        #expect((result.message == nil) == result.isValid)
        #expect(result.message?.contains("sk-test") != true)
        let seen = requests.withLock { $0 }
        try #require(seen.count == course.statuses.count)
        #expect(seen[0].hasPrefix("GET /v1/models HTTP/1.1\r\n"))
        let credential = kind == .anthropicCompatible ? "x-api-key: sk-test-1234" : "authorization: Bearer sk-test-1234"
        for request in seen { #expect(request.contains("\r\n\(credential)\r\n")) }
        if seen.count > 1 {
            #expect(
                seen[1].hasPrefix(kind == .anthropicCompatible ? "POST /v1/messages " : "POST /v1/chat/completions "))
            #expect(seen[1].contains(#""max_tokens":1"#))
        }
    }

    @Test func tellsThatNobodyListens() async throws {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(listener.localAddress?.port)
        try await listener.close()
        let result = try await Self.test(port: port, kind: .openAICompatible, key: "sk-test")
        #expect(result.diagnosis == .network)
        #expect(result.statusCode == nil)
    }

    @Test func tellsThatAKeyIsMissing() async throws {
        let result = try await Self.test(provider: "openai", key: nil)
        #expect(result.diagnosis == .authenticationMissing)
    }

    /// A test is a question about the connection, not about whether it is switched on.
    @Test func testsAConnectionThatIsSwitchedOff() async throws {
        let result = try await ScriptedServer.run { connection in
            while try await connection.request() != nil { try await connection.answer("{}") }
        } _: { server in
            try await Self.test(
                provider: "openai", baseURL: "http://127.0.0.1:\(server.port)/v1", key: "sk-test", isActive: false)
        }
        #expect(result.diagnosis == .ok)
    }

    @Test(arguments: [
        ("deepgram", "GET /v1/projects HTTP", "authorization: Token sk-test"),
        ("assemblyai", "GET /v2/transcript HTTP", "authorization: sk-test"),
    ])
    func asksServicesWithoutChatForWhatShowsAGoodKey(provider: String, line: String, header: String) async throws {
        for (status, diagnosis) in [("200 OK", ConnectionTestResult.Diagnosis.ok), ("401 No", .authenticationFailed)] {
            let seen = Mutex("")
            let result = try await ScriptedServer.run { connection in
                while let request = try await connection.request() {
                    seen.withLock { $0 = request }
                    try await connection.answer("{}", status: status)
                }
            } _: { server in
                try await Self.test(provider: provider, baseURL: "http://127.0.0.1:\(server.port)/", key: "sk-test")
            }
            #expect(result.diagnosis == diagnosis)
            let request = seen.withLock { $0 }
            #expect(request.hasPrefix(line) && request.contains(header))
        }
    }

    @Test func saysWhatItCannotTest() async throws {
        let result = try await Self.test(provider: "elevenlabs", baseURL: "http://127.0.0.1:9/v1", key: "sk-test")
        #expect(result.diagnosis == .unsupported)
        #expect(result.message?.isEmpty == false)
    }

    @Test func measuresTheTimeItTook() async throws {
        let clock = SteppingClock()
        let result = try await Self.test(provider: "openai", key: nil, clock: clock)
        #expect(result.latencyMS == 5)
    }

    private static func test(port: Int, kind: ProviderNode.Kind, key: String?) async throws -> ConnectionTestResult {
        let node = ProviderNode(
            id: ProviderNodeID("node"), name: "Node", prefix: "node", type: kind,
            apiType: kind == .openAICompatible ? .chat : nil, baseURL: "http://127.0.0.1:\(port)/v1")
        return try await test(provider: "node", node: node, key: key)
    }

    private static func test(
        provider: String, node: ProviderNode? = nil, baseURL: String? = nil, key: String?, isActive: Bool = true,
        clock: any RouterClock = SystemClock()
    ) async throws -> ConnectionTestResult {
        let group = MultiThreadedEventLoopGroup.singleton
        let tester = UpstreamConnectionTester(
            transport: try HTTPTransport(eventLoopGroup: group), eventLoopGroup: group, catalog: .builtIn, clock: clock)
        let connection = Connection(
            id: ConnectionID("c"), provider: ProviderID(provider), name: "test", isActive: isActive, baseURL: baseURL,
            credential: key.map(Credential.init(apiKey:)))
        return try await within { await tester.test(connection, node: node) }
    }
}

/// Five milliseconds pass between two looks at it.
private final class SteppingClock: RouterClock {
    private let steps = Atomic<UInt64>(0)

    func wallMilliseconds() -> Int64 { 0 }
    func monotonicNanoseconds() -> UInt64 { steps.add(1, ordering: .relaxed).newValue * 5_000_000 }
}
