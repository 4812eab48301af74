import OmniJSON
import Testing

@testable import OmniTranslate

/// Errors in both dialects: kinds, statuses, types and codes, as table A.10 has them.
@Suite struct FaultCodecTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let status: Int
        let kind: UpstreamFault.Kind
        let chat: (status: Int, type: String, code: String?)
        let anthropic: (status: Int, type: String)

        init(
            _ status: Int, _ kind: UpstreamFault.Kind, chat: (Int, String, String?), anthropic: (Int, String)
        ) {
            self.status = status
            self.kind = kind
            self.chat = chat
            self.anthropic = anthropic
        }

        var testDescription: String { "\(status) \(kind.rawValue)" }
    }

    static let table = [
        Row(400, .invalidRequest, chat: (400, "invalid_request_error", nil), anthropic: (400, "invalid_request_error")),
        Row(
            401, .authentication, chat: (401, "authentication_error", "invalid_api_key"),
            anthropic: (401, "authentication_error")),
        Row(402, .billing, chat: (429, "insufficient_quota", "insufficient_quota"), anthropic: (402, "billing_error")),
        Row(403, .permission, chat: (403, "permission_error", nil), anthropic: (403, "permission_error")),
        Row(
            404, .notFound, chat: (404, "invalid_request_error", "model_not_found"), anthropic: (404, "not_found_error")
        ),
        Row(
            405, .methodNotAllowed, chat: (405, "invalid_request_error", nil), anthropic: (405, "invalid_request_error")
        ),
        Row(409, .conflict, chat: (409, "conflict_error", nil), anthropic: (409, "conflict_error")),
        Row(413, .tooLarge, chat: (413, "invalid_request_error", nil), anthropic: (413, "request_too_large")),
        Row(422, .unprocessable, chat: (422, "invalid_request_error", nil), anthropic: (422, "invalid_request_error")),
        Row(
            429, .rateLimit, chat: (429, "rate_limit_error", "rate_limit_exceeded"),
            anthropic: (429, "rate_limit_error")),
        Row(500, .upstream, chat: (500, "server_error", nil), anthropic: (500, "api_error")),
        Row(502, .upstream, chat: (502, "server_error", nil), anthropic: (502, "api_error")),
        Row(503, .overloaded, chat: (503, "server_error", "overloaded"), anthropic: (529, "overloaded_error")),
        Row(529, .overloaded, chat: (503, "server_error", "overloaded"), anthropic: (529, "overloaded_error")),
        Row(408, .timeout, chat: (408, "server_error", "timeout"), anthropic: (408, "timeout_error")),
        Row(504, .timeout, chat: (504, "server_error", "timeout"), anthropic: (504, "timeout_error")),
        Row(524, .timeout, chat: (524, "server_error", "timeout"), anthropic: (524, "timeout_error")),
        Row(418, .invalidRequest, chat: (418, "invalid_request_error", nil), anthropic: (418, "invalid_request_error")),
        Row(599, .upstream, chat: (599, "server_error", nil), anthropic: (599, "api_error")),
    ]

    private func encoded(
        _ fault: UpstreamFault, to format: WireFormat, requestID: String? = nil
    ) throws -> (status: Int, body: JSONValue) {
        let answer = FaultCodec.encode(fault, to: format, requestID: requestID)
        return (answer.status, try JSONValue(parsing: answer.body))
    }

    @Test("A.10 from a status and words in either dialect", arguments: table)
    func dialects(row: Row) throws {
        for (format, body) in [
            (WireFormat.openAIChat, #"{"error":{"message":"words","type":"x","param":null,"code":null}}"#),
            (.anthropicMessages, #"{"type":"error","error":{"type":"x","message":"words"},"request_id":"r"}"#),
        ] {
            let fault = FaultCodec.decode(status: row.status, body: Array(body.utf8), from: format)
            #expect(fault.kind == row.kind && fault.status == row.status && fault.message == "words")

            let chat = try encoded(fault, to: .openAIChat)
            #expect(chat.status == row.chat.status)
            #expect(chat.body["error"]?.members.map(\.name.string) == ["message", "type", "param", "code"])
            #expect(
                chat.body["error"]?["type"]?.string == row.chat.type
                    && chat.body["error"]?["code"]?.string == row.chat.code)
            #expect(chat.body["error"]?["message"]?.string == "words" && chat.body["error"]?["param"]?.isNull == true)

            let anthropic = try encoded(fault, to: .anthropicMessages, requestID: "req_1")
            #expect(anthropic.status == row.anthropic.status && anthropic.body["type"]?.string == "error")
            #expect(anthropic.body["error"]?["type"]?.string == row.anthropic.type)
            #expect(
                anthropic.body["error"]?["message"]?.string == "words"
                    && anthropic.body["request_id"]?.string == "req_1")
        }
    }

    @Test(arguments: UpstreamFault.Kind.allCases)
    func everyKindHasAStatusAndATypeInEachDialect(kind: UpstreamFault.Kind) throws {
        let fault = UpstreamFault(kind, message: "w")
        for format in [WireFormat.openAIChat, .anthropicMessages] {
            let answer = try encoded(fault, to: format)
            #expect((400..<600).contains(answer.status))
            #expect(answer.body["error"]?["type"]?.string?.isEmpty == false)
            #expect(answer.body["error"]?["message"]?.string?.contains("w") == true)
        }
    }

    @Test("C176 529 is 503 to everyone but Anthropic's clients", arguments: WireFormat.allCases)
    func c176(format: WireFormat) {
        let fault = FaultCodec.decode(status: 529, body: [], from: .anthropicMessages)
        #expect(
            FaultCodec.encode(fault, to: format, requestID: nil).status == (format == .anthropicMessages ? 529 : 503))
    }

    struct Words: Sendable, CustomTestStringConvertible {
        var status = 400
        var code: String?
        let message: String
        let isContextLength: Bool

        var testDescription: String { "\(status) \(code ?? "") \(message)" }
    }

    @Test(
        "context length is recognized by code or words, and said in both dialects' words",
        arguments: [
            Words(code: "context_length_exceeded", message: "too much", isContextLength: true),
            Words(message: "This model's maximum context length is 8192 tokens.", isContextLength: true),
            Words(message: "prompt is too long: 210000 tokens > 200000 maximum", isContextLength: true),
            Words(message: "Input is too long for requested model.", isContextLength: true),
            Words(message: "The input exceeds the context window", isContextLength: true),
            Words(status: 413, message: "Prompt is too long", isContextLength: true),
            Words(status: 500, message: "the request exceeds the available context length", isContextLength: true),
            Words(status: 429, message: "tokens per minute; the maximum context counts", isContextLength: false),
            Words(message: "max_tokens is too large", isContextLength: false),
            Words(message: "string too long", isContextLength: false),
        ])
    func contextLength(words: Words) throws {
        let code = words.code.map { "\"\($0)\"" } ?? "null"
        let body = #"{"error":{"message":"\#(words.message)","type":"invalid_request_error","code":\#(code)}}"#
        let fault = FaultCodec.decode(status: words.status, body: Array(body.utf8), from: .openAIChat)
        #expect((fault.kind == .contextLength) == words.isContextLength)
        guard words.isContextLength else { return }
        let chat = try encoded(fault, to: .openAIChat)
        #expect(
            chat.body["error"]?["code"]?.string == "context_length_exceeded"
                && chat.body["error"]?["type"]?.string == "invalid_request_error")
        let anthropic = try encoded(fault, to: .anthropicMessages)
        #expect(anthropic.body["error"]?["type"]?.string == "invalid_request_error")
        let message = try #require(anthropic.body["error"]?["message"]?.string?.lowercased())
        #expect(message.contains("prompt is too long") && message.contains(words.message.lowercased()))
    }

    @Test func exhaustedQuotaIsNotARateLimit() throws {
        let body =
            #"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}"#
        let fault = FaultCodec.decode(status: 429, body: Array(body.utf8), from: .openAIChat)
        #expect(fault.kind == .billing)
        #expect(try encoded(fault, to: .openAIChat).status == 429)
        #expect(try encoded(fault, to: .anthropicMessages).body["error"]?["type"]?.string == "billing_error")
    }

    @Test func codesAndParametersCross() throws {
        let sample = try StreamSample.bytes("error.json", of: .openAIChat)
        let fault = FaultCodec.decode(status: 400, body: sample, from: .openAIChat)
        #expect(fault.code == "unsupported_parameter" && fault.parameter == "max_tokens")
        #expect(
            try encoded(fault, to: .openAIChat).body.rawText.contains(
                #""param":"max_tokens","code":"unsupported_parameter""#))
        let body =
            #"{"type":"error","error":{"type":"invalid_request_error","message":"m","details":{"error_code":"image_dimensions_too_large"}}}"#
        let native = FaultCodec.decode(status: 400, body: Array(body.utf8), from: .anthropicMessages)
        #expect(
            try encoded(native, to: .anthropicMessages).body["error"]?["details"]?["error_code"]?.string
                == "image_dimensions_too_large")
        #expect(try encoded(native, to: .openAIChat).body["error"]?["code"]?.string == "image_dimensions_too_large")
    }

    struct Shape: Sendable, CustomTestStringConvertible {
        let body: String
        let message: String

        var testDescription: String { body }
    }

    @Test(arguments: [
        Shape(body: #"{"error":"model 'nope' not found"}"#, message: "model 'nope' not found"),
        Shape(
            body: #"{"object":"error","message":"m","type":"BadRequestError","param":null,"code":400}"#, message: "m"),
        Shape(body: #"{"message":"m","request_id":"r"}"#, message: "m"), Shape(body: #"{"detail":"m"}"#, message: "m"),
        Shape(body: #"{"detail":[{"loc":["body"],"msg":"m","type":"missing"}]}"#, message: "m"),
        Shape(body: #"[{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT"}}]"#, message: "m"),
        Shape(body: #"{"error":{"message":"\u00e9\"\n"}}"#, message: "é\"\n"),
    ])
    func theShapesOfCompatibleServersAreRead(shape: Shape) {
        for format in [WireFormat.openAIChat, .anthropicMessages] {
            #expect(FaultCodec.decode(status: 400, body: Array(shape.body.utf8), from: format).message == shape.message)
        }
    }

    @Test(arguments: [
        "", "<html><body>502 Bad Gateway <a href=\"http://internal:8080\">nginx</a></body></html>",
        "upstream connect error", "{", "[]", "null",
        "\"words\"", "{}", #"{"error":null}"#, #"{"error":{}}"#, #"{"error":{"message":7}}"#, #"{"error":[1]}"#,
        "\u{0}\u{1}",
    ])
    func bodiesThatSayNothingAreNotQuoted(body: String) throws {
        for format in [WireFormat.openAIChat, .anthropicMessages] {
            let fault = FaultCodec.decode(status: 502, body: Array(body.utf8), from: format)
            #expect(fault.kind == .upstream && fault.status == 502)
            #expect(fault.message == "the upstream answered with status 502 and no usable error message")
        }
    }

    @Test("C078 errors inside a stream are framed for their dialect", arguments: WireFormat.allCases)
    func c078(format: WireFormat) throws {
        let fault = UpstreamFault(.overloaded, message: "busy\n\"now\"")
        let frame = String(decoding: FaultCodec.encodeStreamError(fault, to: format, requestID: "r"), as: UTF8.self)
        let lines = frame.split(separator: "\n", omittingEmptySubsequences: false)
        let data: Substring
        switch format {
        case .ollama:
            #expect(lines.count == 2 && lines[1] == "")
            data = lines[0]
        case .openAIChat, .gemini:
            #expect(lines.count == 3 && lines[0].hasPrefix("data: ") && frame.hasSuffix("\n\n"))
            data = lines[0].dropFirst(6)
        case .anthropicMessages, .openAIResponses:
            #expect(lines.count == 4 && lines[0] == "event: error" && frame.hasSuffix("\n\n"))
            data = lines[1].dropFirst(6)
        }
        let body = try JSONValue(parsing: Array(data.utf8))
        let words = body["error"]?["message"] ?? body["error"] ?? body["message"]
        #expect(words?.string == "busy\n\"now\"")
    }
}
