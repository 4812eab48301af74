import NIOCore
import NIOPosix
import OmniCore
import Synchronization
import TestSupport
import Testing

@testable import OmniProviders

/// The lists of models of upstreams: which call, which pages, which shape, which failure.
@Suite(.timeLimit(.minutes(5))) struct UpstreamModelDiscoveryTests {
    /// Asks a server that gives these answers in turn, the last one for good.
    private static func discover(
        _ kind: ProviderNode.Kind, answers: [(status: String, body: String)], times: Int = 1, refresh: Bool = false
    ) async throws -> (lists: [Result<DiscoveredModels, ModelDiscoveryError>], requests: [String]) {
        let requests = Mutex<[String]>([])
        let lists = try await ScriptedServer.run { connection in
            while let request = try await connection.request() {
                let position = requests.withLock { requests in
                    requests.append(request)
                    return requests.count - 1
                }
                let answer = answers[min(position, answers.count - 1)]
                try await connection.answer(answer.body, status: answer.status)
            }
        } _: { server in
            let group = MultiThreadedEventLoopGroup.singleton
            let discovery = UpstreamModelDiscovery(
                transport: try HTTPTransport(eventLoopGroup: group), eventLoopGroup: group, catalog: .builtIn)
            let base = "http://127.0.0.1:\(server.port)" + (kind == .geminiCompatible ? "/v1beta" : "/v1")
            let node = ProviderNode(
                id: ProviderNodeID("node"), name: "Node", prefix: "node", type: kind,
                apiType: kind == .openAICompatible ? .chat : nil, baseURL: base)
            let connection = Connection(
                id: ConnectionID("c"), provider: ProviderID("node"), name: "test", isActive: false,
                credential: Credential(apiKey: "sk-test-1234"))
            return try await within {
                var lists: [Result<DiscoveredModels, ModelDiscoveryError>] = []
                for _ in 0..<times {
                    do throws(ModelDiscoveryError) {
                        lists.append(
                            .success(try await discovery.models(of: connection, node: node, refresh: refresh)))
                    } catch {
                        lists.append(.failure(error))
                    }
                }
                return lists
            }
        }
        return (lists, requests.withLock { $0 })
    }

    private static func firstLine(_ request: String) -> Substring { request.prefix { !$0.isNewline } }

    @Test func readsWhatOpenAICompatibleServersTell() async throws {
        let body = """
            {"object":"list","data":[{"id":"plain","owned_by":"me"},
            {"id":"rich","name":"Rich","context_length":8000,"top_provider":{"max_completion_tokens":500},
             "architecture":{"input_modalities":["text","image","file"],"output_modalities":["text"]},
             "supported_parameters":["tools","reasoning","structured_outputs"]},
            {"id":"groq","context_window":131072,"max_completion_tokens":32768},
            {"id":"mistral","max_context_length":32000,"capabilities":{"completion_chat":true,"function_calling":true}},
            {"id":"vllm","max_model_len":4096},{"id":"e","type":"embedding"},{"id":""},{"no":"id"},7,{"id":"plain"}]}
            """
        let (lists, requests) = try await Self.discover(.openAICompatible, answers: [("200 OK", body)])
        let models = try #require(lists.first).get().models
        #expect(models.map(\.id) == ["plain", "rich", "groq", "mistral", "vllm", "e"])
        #expect(models[0].owner == "me" && models[0].kind == nil && models[0].contextWindow == nil)
        #expect(models[1].name == "Rich" && models[1].kind == "chat" && models[1].contextWindow == 8000)
        #expect(models[1].maxOutputTokens == 500)
        #expect(models[1].capabilities == [.vision, .documents, .tools, .reasoning, .structuredOutput])
        #expect(models[2].contextWindow == 131_072 && models[2].maxOutputTokens == 32768)
        #expect(models[3].kind == "chat" && models[3].capabilities == [.tools] && models[3].contextWindow == 32000)
        #expect(models[4].contextWindow == 4096 && models[5].kind == "embedding")
        #expect(requests.map(Self.firstLine) == ["GET /v1/models HTTP/1.1"])
        #expect(requests[0].contains("\r\nauthorization: Bearer sk-test-1234\r\n"))
    }

    @Test func bareArraysAreLists() async throws {
        let (lists, _) = try await Self.discover(
            .openAICompatible, answers: [("200 OK", #"[{"id":"a/b","type":"chat","display_name":"B"}]"#)])
        let model = try #require(try lists[0].get().models.first)
        #expect(model.id == "a/b" && model.kind == "chat" && model.name == "B")
    }

    @Test func anthropicsPagesAreFollowed() async throws {
        let (lists, requests) = try await Self.discover(
            .anthropicCompatible,
            answers: [
                ("200 OK", #"{"data":[{"id":"a","display_name":"A"}],"has_more":true,"last_id":"a&b"}"#),
                ("200 OK", #"{"data":[{"id":"b","max_input_tokens":9,"max_tokens":8}],"has_more":false}"#),
            ])
        let list = try lists[0].get()
        #expect(list.models.map(\.id) == ["a", "b"] && !list.isTruncated)
        #expect(list.models[0].name == "A")
        #expect(list.models[1].contextWindow == 9 && list.models[1].maxOutputTokens == 8)
        #expect(
            requests.map(Self.firstLine) == [
                "GET /v1/models?limit=1000 HTTP/1.1", "GET /v1/models?limit=1000&after_id=a%26b HTTP/1.1",
            ])
        #expect(requests[0].contains("\r\nx-api-key: sk-test-1234\r\n"))
        #expect(requests[0].contains("\r\nanthropic-version: "))
    }

    @Test func geminisPagesAreFollowed() async throws {
        let (lists, requests) = try await Self.discover(
            .geminiCompatible,
            answers: [
                (
                    "200 OK",
                    #"""
                    {"models":[{"name":"models/gem","displayName":"Gem","inputTokenLimit":1000,"outputTokenLimit":10,
                    "thinking":true,"supportedGenerationMethods":["countTokens","generateContent"]}],
                    "nextPageToken":"p/2"}
                    """#
                ),
                (
                    "200 OK",
                    #"{"models":[{"name":"models/embed","supportedGenerationMethods":["embedContent"]}]}"#
                ),
            ])
        let models = try lists[0].get().models
        #expect(models.map(\.id) == ["gem", "embed"] && models.map(\.kind) == ["chat", "embedding"])
        #expect(models[0].name == "Gem" && models[0].contextWindow == 1000 && models[0].maxOutputTokens == 10)
        #expect(models[0].capabilities == [.reasoning] && models[1].name == nil)
        #expect(
            requests.map(Self.firstLine) == [
                "GET /v1beta/models?pageSize=1000 HTTP/1.1",
                "GET /v1beta/models?pageSize=1000&pageToken=p%2F2 HTTP/1.1",
            ])
    }

    @Test(arguments: [
        (#"{"models":[{"name":"llama3:8b","model":"llama3:8b","size":5}]}"#, ["llama3:8b"]), (#"{"models":null}"#, []),
    ])
    func ollamasTagsAreAList(body: String, ids: [String]) async throws {
        let (lists, requests) = try await Self.discover(.ollamaCompatible, answers: [("200 OK", body)])
        #expect(try lists[0].get().models.map(\.id) == ids)
        #expect(requests.map(Self.firstLine) == ["GET /api/tags HTTP/1.1"])
    }

    /// The catalogue knows where a provider's list is; it is not always beside the chat operation.
    @Test(
        arguments: [
            ("mistral", nil, "api.mistral.ai/v1/models"), ("cohere", nil, "api.cohere.com/v2/models"),
            ("gemini", nil, "generativelanguage.googleapis.com/v1beta/models?pageSize=1000"),
            ("anthropic", nil, "api.anthropic.com/v1/models?limit=1000"),
            ("cohere", "https://proxy.example/v1", "proxy.example/v1/models"),
        ] as [(String, String?, String)])
    func catalogueProvidersAreAskedWhereTheirListIs(provider: String, baseURL: String?, address: String) async throws {
        let transport = RefusingTransport()
        let discovery = UpstreamModelDiscovery(
            transport: transport, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, catalog: .builtIn)
        let connection = Connection(
            id: ConnectionID("c"), provider: ProviderID(provider), name: "test", baseURL: baseURL,
            credential: Credential(apiKey: "sk-test-1234"))
        let failure = await #expect(throws: ModelDiscoveryError.self) {
            try await discovery.models(of: connection, node: nil, refresh: false)
        }
        #expect(failure?.diagnosis == .network && failure?.message == "nobody is there")
        #expect(transport.asked.withLock { $0 } == [address])
    }

    /// A server that always has one page more must not be asked for ever.
    @Test func circlesEnd() async throws {
        let (lists, requests) = try await Self.discover(
            .anthropicCompatible, answers: [("200 OK", #"{"data":[{"id":"a"}],"has_more":true,"last_id":"a"}"#)])
        let list = try lists[0].get()
        #expect(list.models.map(\.id) == ["a"] && list.isTruncated)
        #expect(requests.count == 2)
    }

    @Test(arguments: [false, true])
    func theSecondQuestionIsAnsweredFromMemory(refresh: Bool) async throws {
        let (lists, requests) = try await Self.discover(
            .openAICompatible, answers: [("200 OK", #"{"data":[{"id":"a"}]}"#)], times: 2, refresh: refresh)
        #expect(try lists.map { try $0.get().isCached } == [false, !refresh])
        #expect(try lists[1].get().models.map(\.id) == ["a"])
        #expect(requests.count == (refresh ? 2 : 1))
    }

    @Test(
        arguments: [
            ("401 Unauthorized", "{}", .authenticationFailed, 401), ("403 Forbidden", "{}", .authenticationFailed, 403),
            ("404 Not Found", "{}", .unsupported, 404), ("429 Too Many Requests", "{}", .rateLimited, 429),
            ("500 Internal Server Error", "{}", .unavailable, 500), ("302 Found", "{}", .upstreamError, 302),
            ("200 OK", "<html>", .upstreamError, 200), ("200 OK", #"{"data":{}}"#, .upstreamError, 200),
        ] as [(String, String, ConnectionTestResult.Diagnosis, Int)])
    func failuresAreTold(
        status: String, body: String, diagnosis: ConnectionTestResult.Diagnosis, code: Int
    ) async throws {
        let (lists, requests) = try await Self.discover(.openAICompatible, answers: [(status, body)], times: 2)
        for list in lists {
            let failure = #expect(throws: ModelDiscoveryError.self) { try list.get() }
            #expect(failure?.diagnosis == diagnosis && failure?.statusCode == code)
            #expect(failure?.message.contains("sk-test") == false)
        }
        // A failure is not remembered.
        #expect(requests.count == 2)
    }
}

/// Reaches nobody, and remembers who was to be reached.
private final class RefusingTransport: UpstreamTransport {
    let asked = Mutex<[String]>([])

    func send(
        _ request: UpstreamRequest, on eventLoop: any EventLoop
    ) async throws(TransportError) -> any UpstreamExchange {
        asked.withLock { $0.append(request.endpoint.host + request.endpoint.path) }
        throw TransportError(.connectionRefused, "nobody is there")
    }
}
