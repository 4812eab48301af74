import OmniCore
import OmniJSON
import OmniTranslate
import Testing

/// What a client is told when an upstream's answer is an error or no answer at all.
@Suite struct UpstreamFaultAnswerTests {
    struct Case: CustomTestStringConvertible {
        var name: String
        var reply: ScriptedTransport.Reply
        var status: Int
        /// nil: any.
        var code: String?
        var isStreaming = false
        /// Whether a second account is tried.
        var fallsBack = true
        var testDescription: String { name }
    }

    private static let html: ScriptedTransport.Reply = .answer(
        status: 502, headers: [("content-type", "text/html")],
        pieces: ["<html><body>secret gateway 10.0.0.7</body></html>"])

    static let cases: [Case] = [
        Case(name: "invalid JSON", reply: .json("{\"choices\":["), status: 502, code: "upstream_invalid"),
        Case(name: "empty body", reply: .json(""), status: 502, code: "upstream_invalid"),
        Case(
            name: "HTML with 200", reply: .answer(headers: [("content-type", "text/html")], pieces: ["<html></html>"]),
            status: 502, code: "upstream_invalid"),
        Case(name: "HTML error page", reply: html, status: 502),
        Case(name: "HTML for a stream", reply: html, status: 502, isStreaming: true),
        Case(
            name: "error object in a 200", reply: .json(#"{"error":{"message":"broken","type":"server_error"}}"#),
            status: 502),
        Case(
            name: "error object in a 200 for a stream",
            reply: .json(#"{"error":{"message":"broken","type":"server_error"}}"#),
            status: 502, isStreaming: true),
        Case(name: "empty stream", reply: .events(), status: 502, isStreaming: true),
        Case(name: "a stream of comments", reply: .events(": a\n\n", ": b\n\n"), status: 502, isStreaming: true),
        Case(name: "no JSON in a stream", reply: .events("data: nonsense\n\n"), status: 502, isStreaming: true),
        Case(name: "refused", reply: .unreachable(.connectionRefused), status: 502, code: "upstream_unreachable"),
        Case(name: "no such host", reply: .unreachable(.resolutionFailed), status: 502, code: "upstream_unreachable"),
        Case(name: "TLS", reply: .unreachable(.tlsFailed), status: 502, code: "upstream_unreachable"),
        Case(name: "connect timeout", reply: .unreachable(.connectTimeout), status: 504, code: "upstream_timeout"),
        Case(
            name: "first event timeout", reply: .unreachable(.firstEventTimeout), status: 504,
            code: "upstream_timeout"),
        Case(
            name: "lost in the body", reply: .answer(pieces: ["{\"choices\"", .failure(.connectionLost)]), status: 502,
            code: "upstream_incomplete"),
        Case(
            name: "stalled in the body", reply: .answer(pieces: ["{", .failure(.stalled)]), status: 504,
            code: "upstream_timeout"),
        Case(name: "401", reply: .json(#"{"error":{"message":"bad key"}}"#, status: 401), status: 401),
        Case(name: "403", reply: .json(#"{"error":{"message":"no"}}"#, status: 403), status: 403),
        Case(name: "404", reply: .json(#"{"error":{"message":"no such model"}}"#, status: 404), status: 404),
        Case(name: "429", reply: .json(#"{"error":{"message":"slow down"}}"#, status: 429), status: 429),
        Case(name: "500", reply: .json(#"{"error":{"message":"broken"}}"#, status: 500), status: 500),
        Case(name: "503 without a body", reply: .answer(status: 503, pieces: []), status: 503),
        Case(name: "400", reply: .json(#"{"error":{"message":"bad"}}"#, status: 400), status: 400, fallsBack: false),
        Case(
            name: "413", reply: .json(#"{"error":{"message":"too big"}}"#, status: 413), status: 413, fallsBack: false),
        Case(name: "422", reply: .json(#"{"error":{"message":"bad"}}"#, status: 422), status: 422, fallsBack: false),
        Case(
            name: "400 without JSON", reply: .answer(status: 400, pieces: ["Bad Request"]), status: 400,
            fallsBack: false),
        // The client is there, so it is the router that goes.
        Case(name: "shutdown", reply: .unreachable(.cancelled), status: 503, code: "shutting_down", fallsBack: false),
        // A redirect is never the client's: it would send the body elsewhere.
        Case(
            name: "302", reply: .answer(status: 302, headers: [("location", "https://x.example")], pieces: []),
            status: 502),
        Case(name: "304", reply: .answer(status: 304, pieces: []), status: 502),
        // Only the client itself can close the client's request.
        Case(name: "499", reply: .json(#"{"error":{"message":"client closed"}}"#, status: 499), status: 502),
        Case(
            name: "a stream that begins with 499",
            reply: .events("data: {\"error\":{\"code\":499,\"message\":\"x\"}}\n\n"),
            status: 502, isStreaming: true),
        Case(
            name: "429 cut off", reply: .answer(status: 429, pieces: ["{\"err", .failure(.connectionLost)]), status: 429
        ),
        Case(
            name: "400 with an endless page",
            reply: .answer(
                status: 400, pieces: .init(repeating: .bytes(String(repeating: "x", count: 1 << 18)), count: 5)),
            status: 400, fallsBack: false),
    ]

    @Test(arguments: cases)
    func theClientIsToldInItsDialect(_ expected: Case) async throws {
        let body = expected.isStreaming ? EngineSamples.chatStreamRequest : EngineSamples.chatRequest
        let result = try await EngineScenario(body: body, replies: [expected.reply]).run()
        #expect(result.client.calls == [.respond])
        #expect(result.client.status == expected.status)
        #expect(result.record.status == expected.status)
        let error = try #require(try JSONValue(parsing: result.client.body)["error"])
        let message = try #require(error["message"]?.string)
        #expect(!message.isEmpty && !message.contains("10.0.0.7") && !message.contains("<html"))
        if let code = expected.code { #expect(error["code"]?.string == code) }
        #expect(result.record.errorCode != nil)
    }

    @Test(arguments: cases)
    func anotherAccountIsTriedWhereItCouldHelp(_ expected: Case) async throws {
        let good: ScriptedTransport.Reply =
            expected.isStreaming ? .events(.bytes(EngineSamples.chatStream)) : .json(EngineSamples.chatAnswer)
        let result = try await EngineScenario(
            accounts: 2, body: expected.isStreaming ? EngineSamples.chatStreamRequest : EngineSamples.chatRequest,
            replies: [expected.reply, good]
        ).run()
        #expect(result.requests.count == (expected.fallsBack ? 2 : 1))
        #expect(result.client.status == (expected.fallsBack ? 200 : expected.status))
    }

    @Test func theUpstreamsOwnErrorIsPassedOnInItsDialect() async throws {
        let original =
            #"{ "error": {"message":"too large","type":"invalid_request_error","param":"max_tokens","code":"x","extra":1.0}}"#
        let result = try await EngineScenario(
            body: EngineSamples.chatRequest, replies: [.json(original, status: 400)]
        ).run()
        #expect(result.client.text == original)
        #expect(result.client.status == 400)
    }

    @Test func anErrorOfAnotherDialectIsTranslated() async throws {
        let original = #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#
        let result = try await EngineScenario(
            client: .openAIChat, upstream: .anthropicMessages, body: EngineSamples.chatRequest,
            replies: [.json(original, status: 529)]
        ).run()
        #expect(result.client.status == 503)
        let body = try JSONValue(parsing: result.client.body)
        #expect(body["type"] == nil || body["type"]?.isNull == true)
        #expect(body["error"]?["message"]?.string == "Overloaded")

        let back = try await EngineScenario(
            client: .anthropicMessages, upstream: .openAIChat, body: EngineSamples.messagesRequest,
            replies: [.json(#"{"error":{"message":"slow down","type":"rate_limit_error"}}"#, status: 429)]
        ).run()
        #expect(back.client.status == 429)
        let error = try JSONValue(parsing: back.client.body)
        #expect(error["type"]?.string == "error")
        #expect(error["error"]?["type"]?.string == "rate_limit_error")
        #expect(error["request_id"]?.string == EngineScenario.requestID)
    }

    @Test(arguments: [("20", ["20"]), ("1.5", ["2"]), ("soon", []), ("Tue, 14 Nov 2023 22:13:30 GMT", ["10"])])
    func theWaitIsForwardedInSeconds(value: String, expected: [String]) async throws {
        let result = try await EngineScenario(
            body: EngineSamples.chatRequest,
            replies: [.json(#"{"error":{"message":"slow"}}"#, status: 429, headers: [("Retry-After", value)])]
        ).run()
        #expect(result.client.header("retry-after") == expected)
    }

    @Test func theShortestWaitOfAllAccountsIsForwarded() async throws {
        func limited(_ wait: String) -> ScriptedTransport.Reply {
            .json(#"{"error":{"message":"slow"}}"#, status: 429, headers: [("retry-after", wait)])
        }
        let result = try await EngineScenario(
            accounts: 3, body: EngineSamples.chatRequest,
            replies: [limited("60"), .json(#"{"error":{"message":"bad key"}}"#, status: 401), limited("5")]
        ).run()
        #expect(result.client.status == 429)
        #expect(result.client.header("retry-after") == ["5"])
        #expect(result.record.attempts == 3)
    }

    @Test func anAnswerLargerThanAllowedIsGivenUp() async throws {
        var options = InferenceEngine.Options()
        options.maximumAnswerBytes = 1000
        let result = try await EngineScenario(
            body: EngineSamples.chatRequest, options: options,
            replies: [.answer(pieces: .init(repeating: .bytes(String(repeating: " ", count: 400)), count: 3))]
        ).run()
        #expect(result.client.status == 502)
        #expect(result.abandoned == 1)
        #expect(result.reads == 3)
    }

    @Test func anAnswerOfExactlyTheLimitIsServed() async throws {
        var options = InferenceEngine.Options()
        options.maximumAnswerBytes = EngineSamples.chatAnswer.utf8.count
        let result = try await EngineScenario(
            body: EngineSamples.chatRequest, options: options, replies: [.json(EngineSamples.chatAnswer)]
        ).run()
        #expect(result.client.text == EngineSamples.chatAnswer)
    }
}
