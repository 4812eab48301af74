import OmniCore
import OmniJSON
import OmniTranslate
import Testing

/// Requests that are wrong before any upstream is asked, and the headers of every answer.
@Suite struct ClientFaultTests {
    struct Case: CustomTestStringConvertible {
        var body: String
        var status = 400
        var code: String
        var parameter: String?
        var testDescription: String { body }
    }

    static let cases: [Case] = [
        Case(body: "", code: "invalid_json"), Case(body: "{", code: "invalid_json"),
        Case(body: "nonsense", code: "invalid_json"),
        Case(body: #"{"model":"up/m","messages":[]} x"#, code: "invalid_json"), Case(body: "[]", code: "invalid_json"),
        Case(body: "\"text\"", code: "invalid_json"), Case(body: "null", code: "invalid_json"),
        Case(body: String(repeating: "[", count: 100_000), code: "invalid_json"),
        Case(body: #"{"messages":[]}"#, code: "missing_required_parameter", parameter: "model"),
        Case(body: #"{"model":null,"messages":[]}"#, code: "missing_required_parameter", parameter: "model"),
        Case(body: #"{"model":5,"messages":[]}"#, code: "invalid_type", parameter: "model"),
        Case(body: #"{"model":"","messages":[]}"#, code: "invalid_type", parameter: "model"),
        Case(body: #"{"model":["up/m"],"messages":[]}"#, code: "invalid_type", parameter: "model"),
        Case(body: #"{"model":"up/m"}"#, code: "invalid_type", parameter: "messages"),
        Case(body: #"{"model":"up/m","messages":null}"#, code: "invalid_type", parameter: "messages"),
        Case(body: #"{"model":"up/m","messages":"hi"}"#, code: "invalid_type", parameter: "messages"),
        Case(body: #"{"model":"up/m","messages":[],"stream":"true"}"#, code: "invalid_type", parameter: "stream"),
        Case(body: #"{"model":"up/m","messages":[],"stream":1}"#, code: "invalid_type", parameter: "stream"),
        Case(body: #"{"model":"nowhere/m","messages":[]}"#, status: 404, code: "model_not_found", parameter: "model"),
    ]

    @Test(arguments: cases)
    func chatClientsAreToldWhatIsWrongAndWhere(_ expected: Case) async throws {
        let result = try await EngineScenario(body: expected.body, replies: []).run()
        #expect(result.client.status == expected.status)
        let error = try #require(try JSONValue(parsing: result.client.body)["error"])
        #expect(error["code"]?.string == expected.code)
        #expect(error["param"]?.string == expected.parameter)
        #expect(error["message"]?.string?.isEmpty == false)
        #expect(error["type"]?.string == "invalid_request_error")
        #expect(result.record.status == expected.status && result.record.attempts == 0)
        #expect(result.record.errorCode == expected.code)
        #expect(result.requests.isEmpty)
    }

    @Test(arguments: cases)
    func anthropicClientsAreToldInTheirDialect(_ expected: Case) async throws {
        let result = try await EngineScenario(
            client: .anthropicMessages, upstream: .anthropicMessages, body: expected.body, replies: []
        ).run()
        #expect(result.client.status == expected.status)
        let body = try JSONValue(parsing: result.client.body)
        #expect(body["type"]?.string == "error")
        #expect(
            body["error"]?["type"]?.string == (expected.status == 404 ? "not_found_error" : "invalid_request_error"))
        #expect(body["error"]?["message"]?.string?.isEmpty == false)
    }

    @Test(arguments: ["null", "false"])
    func aStreamOfNullOrFalseIsNone(value: String) async throws {
        let body = #"{"model":"up/m","messages":[],"stream":\#(value)}"#
        let result = try await EngineScenario(body: body, replies: [.json(EngineSamples.chatAnswer)]).run()
        #expect(result.client.calls == [.respond])
        #expect(!result.record.isStreaming)
    }

    // MARK: Headers

    @Test(arguments: [WireFormat.openAIChat, .anthropicMessages], [false, true])
    func aGoodAnswerCarriesItsHeadersOnce(format: WireFormat, isStreaming: Bool) async throws {
        let isChat = format == .openAIChat
        let upstreamHeaders = [("X-Request-Id", "up-\u{1}7"), ("set-cookie", "a=b"), ("x-ratelimit-limit", "5")]
        let reply: ScriptedTransport.Reply =
            isStreaming
            ? .events(
                .bytes(isChat ? EngineSamples.chatStream : EngineSamples.messagesStream), headers: upstreamHeaders)
            : .json(isChat ? EngineSamples.chatAnswer : EngineSamples.messagesAnswer, headers: upstreamHeaders)
        let body =
            isChat
            ? isStreaming ? EngineSamples.chatStreamRequest : EngineSamples.chatRequest
            : isStreaming ? EngineSamples.messagesStreamRequest : EngineSamples.messagesRequest
        let client = try await EngineScenario(client: format, upstream: format, body: body, replies: [reply]).run()
            .client
        #expect(client.header("x-request-id") == [EngineScenario.requestID])
        #expect(client.header("request-id") == (isChat ? [] : [EngineScenario.requestID]))
        #expect(client.header("x-omniroute-provider") == ["node-up"])
        #expect(client.header("x-omniroute-model") == ["m"])
        #expect(client.header("x-omniroute-translation") == [])
        #expect(client.header("x-upstream-request-id") == ["up-?7"])
        #expect(
            client.header("content-type") == [isStreaming ? "text/event-stream; charset=utf-8" : "application/json"])
        #expect(client.header("cache-control") == (isStreaming ? ["no-cache, no-transform"] : []))
        #expect(client.header("x-accel-buffering") == (isStreaming ? ["no"] : []))
        #expect(client.header("set-cookie") == [])
        let names = client.headers.map(\.name)
        #expect(Set(names).count == names.count)
    }

    @Test(arguments: [WireFormat.openAIChat, .anthropicMessages])
    func anErrorCarriesItsRequestID(format: WireFormat) async throws {
        let client = try await EngineScenario(client: format, upstream: format, body: "{}", replies: []).run().client
        #expect(client.header("x-request-id") == [EngineScenario.requestID])
        #expect(client.header("request-id") == (format == .anthropicMessages ? [EngineScenario.requestID] : []))
        #expect(client.header("content-type") == ["application/json"])
    }

    @Test(arguments: [("plain", "plain"), ("a\r\nx: y", "a??x: y"), ("\u{e9}", "??"), ("tab\t", "tab?"), ("", "")])
    func headerValuesCannotEndTheirLine(value: String, expected: String) {
        #expect(AnswerHeaders.sanitized(value) == expected)
    }

    /// The model is the client's own text and comes back in a header.
    @Test func aHostileModelNameStaysInsideItsHeader() async throws {
        let body = #"{"model":"up/m\r\nset-cookie: x=y","messages":[]}"#
        let client = try await EngineScenario(body: body, replies: [.json(EngineSamples.chatAnswer)]).run().client
        #expect(client.header("x-omniroute-model") == ["m??set-cookie: x=y"])
    }
}
