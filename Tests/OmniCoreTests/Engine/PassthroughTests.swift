import OmniJSON
import OmniTranslate
import Testing

@testable import OmniCore

/// Same dialect on both sides: bytes pass untouched but for what routing demands.
@Suite struct PassthroughTests {
    @Test func aChatRequestOnlyChangesItsModel() async throws {
        let result = try await EngineScenario(
            body: EngineSamples.chatRequest, replies: [.json(EngineSamples.chatAnswer)]
        ).run()
        #expect(result.sent == [EngineSamples.chatRequest.replacingOnce("up/m", with: "m")])
        #expect(result.client.status == 200)
        #expect(result.client.text == EngineSamples.chatAnswer)
    }

    @Test func aMessagesRequestOnlyChangesItsModel() async throws {
        let result = try await EngineScenario(
            client: .anthropicMessages, upstream: .anthropicMessages, body: EngineSamples.messagesRequest,
            replies: [.json(EngineSamples.messagesAnswer)]
        ).run()
        #expect(result.sent == [EngineSamples.messagesRequest.replacingOnce("up/m", with: "m")])
        #expect(result.client.text == EngineSamples.messagesAnswer)
    }

    /// The answer's own success status is kept in passthrough.
    @Test func theUpstreamsSuccessStatusIsKept() async throws {
        let result = try await EngineScenario(
            body: EngineSamples.chatRequest, replies: [.json(EngineSamples.chatAnswer, status: 201)]
        ).run()
        #expect(result.client.status == 201)
        #expect(result.record.status == 201)
    }

    static let streams: [(WireFormat, String, String)] = [
        (.openAIChat, EngineSamples.chatStreamRequest, EngineSamples.chatStream),
        (.anthropicMessages, EngineSamples.messagesStreamRequest, EngineSamples.messagesStream),
        // Carriage returns, comments and unknown fields are the upstream's business.
        (
            .openAIChat, EngineSamples.chatStreamRequest,
            ": hello\r\n\r\n"
                + EngineSamples.chatStream.split(separator: "\n", omittingEmptySubsequences: false)
                .joined(separator: "\r\n")
        ),
        (.openAIChat, EngineSamples.chatStreamRequest, "retry: 5\nid: 7\n" + EngineSamples.chatStream),
    ]

    @Test(arguments: streams, [1, 2, 7, 64, 100_000])
    func aStreamPassesByteForByteHoweverItIsCut(stream: (WireFormat, String, String), size: Int) async throws {
        let (format, request, events) = stream
        let result = try await EngineScenario(
            client: format, upstream: format, body: request,
            replies: [.answer(headers: [("content-type", "text/event-stream")], pieces: events.pieces(of: size))]
        ).run()
        #expect(result.sent == [request.replacingOnce("up/m", with: "m")])
        // The carriage return that ends the terminator's line is its end; a line feed that comes later adds nothing.
        #expect(result.client.text == events || result.client.text.utf8.elementsEqual(events.utf8.dropLast()))
        #expect(events.hasSuffix("\r\n") || result.client.text == events)
        #expect(result.client.calls.first == .start)
    }

    @Test(arguments: [1, 3, 50, 100_000])
    func usageIsAskedForAndTakenOutAgain(size: Int) async throws {
        let result = try await EngineScenario(
            body: EngineSamples.chatPlainStreamRequest,
            replies: [
                .answer(
                    headers: [("content-type", "text/event-stream")], pieces: EngineSamples.chatStream.pieces(of: size))
            ]
        ).run()
        let sent = try JSONValue(parsing: Array(try #require(result.sent.first).utf8))
        #expect(sent["stream_options"]?["include_usage"]?.bool == true)
        #expect(sent["model"]?.string == "m")
        #expect(result.client.text == EngineSamples.chatStream.replacingOnce(EngineSamples.chatUsage, with: ""))
        #expect(result.record.inputTokens == 60)
    }

    @Test(arguments: [
        (#""stream_options":{}"#, #""stream_options":{"include_usage":true}"#),
        (#""stream_options":{"include_usage":false}"#, #""stream_options":{"include_usage":true}"#),
        (#""stream_options":{"x":1,"include_usage":false}"#, #""stream_options":{"x":1,"include_usage":true}"#),
        (#""stream_options":null"#, #""stream_options":{"include_usage":true}"#),
    ])
    func streamOptionsArePatchedInPlace(given: String, sent: String) async throws {
        let template = #"{"model":"up/m","stream":true,OPTIONS,"messages":[]}"#
        let result = try await EngineScenario(
            body: template.replacingOnce("OPTIONS", with: given),
            replies: [.events(.bytes(EngineSamples.chatStream))]
        ).run()
        #expect(result.sent == [template.replacingOnce("OPTIONS", with: sent).replacingOnce("up/m", with: "m")])
        #expect(!result.client.text.contains("prompt_tokens"))
    }

    @Test(
        arguments: [
            (EngineSamples.messagesRequest, [], ["2026-10-21"]),
            (EngineSamples.messagesRequest.replacingOnce("\"x_unknown\"", with: "\"temperature\""), [], ["2023-06-01"]),
            (EngineSamples.messagesRequest, [("anthropic-version", "2023-06-01")], ["2023-06-01"]),
        ] as [(String, [(name: String, value: String)], [String])])
    func anthropicsVersionIsSentOnce(
        body: String, dialect: [(name: String, value: String)], expected: [String]
    ) async throws {
        let result = try await EngineScenario(
            client: .anthropicMessages, upstream: .anthropicMessages, body: body,
            dialectHeaders: dialect + [("anthropic-beta", "files-api-2025-04-14")],
            replies: [.json(EngineSamples.messagesAnswer)]
        ).run()
        let headers = try #require(result.requests.first).headers
        #expect(headers.filter { $0.name == "anthropic-version" }.map(\.value) == expected)
        #expect(headers.filter { $0.name == "anthropic-beta" }.map(\.value) == ["files-api-2025-04-14"])
        #expect(headers.filter { $0.name == "x-api-key" }.map(\.value) == ["key-0"])
    }

    @Test(arguments: [(false, "application/json"), (true, "text/event-stream")])
    func theUpstreamIsAskedForTheRightType(isStreaming: Bool, accept: String) async throws {
        let result = try await EngineScenario(
            body: isStreaming ? EngineSamples.chatStreamRequest : EngineSamples.chatRequest,
            replies: [isStreaming ? .events(.bytes(EngineSamples.chatStream)) : .json(EngineSamples.chatAnswer)]
        ).run()
        let request = try #require(result.requests.first)
        func values(_ name: String) -> [String] { request.headers.filter { $0.name == name }.map(\.value) }
        #expect(values("accept") == [accept])
        #expect(values("content-type") == ["application/json"])
        #expect(values("authorization") == ["Bearer key-0"])
        #expect(values("user-agent") == ["omniroute"])
        #expect(request.endpoint.path == "/v1/chat/completions")
    }
}

extension String {
    /// Replaces the first occurrence.
    func replacingOnce(_ part: String, with other: String) -> String {
        guard let range = firstRange(of: part) else { return self }
        return replacingCharacters(in: range, with: other)
    }

    private func firstRange(of part: String) -> Range<Index>? {
        indices.first { self[$0...].hasPrefix(part) }.map { $0..<index($0, offsetBy: part.count) }
    }

    private func replacingCharacters(in range: Range<Index>, with other: String) -> String {
        self[..<range.lowerBound] + other + self[range.upperBound...]
    }

    /// The same text, which must be ASCII, in pieces of so many bytes each.
    func pieces(of size: Int) -> [ScriptedTransport.Piece] {
        let bytes = Array(utf8)
        return stride(from: 0, to: bytes.count, by: size).map { start in
            .bytes(String(decoding: bytes[start..<Swift.min(start + size, bytes.count)], as: UTF8.self))
        }
    }
}
