import OmniJSON
import Testing

@testable import OmniTranslate

/// How long an upstream's error asks to be left alone.
@Suite struct RetryHintTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let format: WireFormat
        var status = 429
        let body: String
        let span: Duration?

        init(_ format: WireFormat, status: Int = 429, _ body: String, _ span: Duration?) {
            self.format = format
            self.status = status
            self.body = body
            self.span = span
        }

        /// An error of OpenAI's shape that says this.
        static func said(_ words: String, status: Int = 429, _ span: Duration?) -> Row {
            Row(
                .openAIChat, status: status,
                #"{"error":{"message":"\#(words)","type":"tokens","param":null,"code":"rate_limit_exceeded"}}"#, span)
        }

        static func google(_ details: String, message: String = "Quota exceeded.", _ span: Duration?) -> Row {
            Row(
                .gemini,
                #"{"error":{"code":429,"message":"\#(message)","status":"RESOURCE_EXHAUSTED","details":[\#(details)]}}"#,
                span)
        }

        static func delay(_ delay: String, _ span: Duration?) -> Row {
            google(
                #"{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":\#(delay)}"#,
                span)
        }

        static func allowance(_ members: String, _ span: Duration?) -> Row {
            Row(.openAIResponses, #"{"error":{"type":"usage_limit_reached","message":"limit",\#(members)}}"#, span)
        }

        var testDescription: String { "\(format) \(status) \(body)" }
    }

    static let now: Int64 = 1_700_000_000_500

    private func decode(_ row: Row) -> UpstreamFault {
        FaultCodec.decode(status: row.status, body: Array(row.body.utf8), from: row.format, now: Self.now)
    }

    @Test(arguments: [
        Row.delay(#""33s""#, .seconds(33)), .delay(#""1.5s""#, .milliseconds(1500)), .delay(#""0s""#, .zero),
        .delay(#""0.000000001s""#, .nanoseconds(1)), .delay(#""34.074824224s""#, .nanoseconds(34_074_824_224)),
        .delay("33", nil), .delay(#""soon""#, nil), .delay("null", nil), .delay(#""-3s""#, nil), .delay(#""33""#, nil),
        .google("", nil), .google(#"7,null,{"retryDelay":"5s"}"#, nil),
        .google("", message: "Please retry in 2.25s.", .milliseconds(2250)),
        .google(
            #"{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"9s"}"#, message: "Please retry in 2s.",
            .seconds(9)),
        Row(
            .gemini,
            #"[{"error":{"code":503,"status":"UNAVAILABLE","details":[{"@type":"google.rpc.RetryInfo","retryDelay":"4s"}]}}]"#,
            .seconds(4)),
    ])
    func googlesDetail(row: Row) {
        #expect(decode(row).retryAfter == row.span)
    }

    @Test(arguments: [
        Row.said("Limit 3, Used 3. Please try again in 20s. Visit https://x.", .seconds(20)),
        .said("Please try again in 1m2.5s.", .milliseconds(62_500)),
        .said("Please try again in 20ms.", .milliseconds(20)), .said("Please try again in 6s", .seconds(6)),
        .said("Please try again in 7m12s. Need more tokens? 3 days free", .seconds(432)),
        .said("Please try again in 1h30m0.5s.", .milliseconds(5_400_500)),
        .said("try again in 2d3h", .seconds(183_600)),
        .said("Please retry after 20 seconds.", .seconds(20)),
        .said("Please try again in 1 minute 5 seconds", .seconds(65)),
        .said("PLEASE TRY AGAIN IN 5S", .seconds(5)), .said("try again in a while; try again in 3s", .seconds(3)),
        .said("Please try again in a few seconds.", nil), .said("Please try again in 20.", nil),
        .said("Please try again in 20 requests", nil), .said("Please try again later", nil),
        .said("try again in ", nil),
        .said("Please try again in 9999999999s", nil), .said("try again in 32d", nil),
        .said("try again in 31d 31d", nil), .said("try again in 999999999h", nil), .said("try again in 1e3s", nil),
        .said("Overloaded, try again in 5s", status: 503, .seconds(5)),
        .said("try again in 5s", status: 500, .seconds(5)),
        .said("do not answer 'try again in 5s'", status: 400, nil), .said("try again in 5s", status: 401, nil),
        Row(.openAIChat, #"{"error":"try again in 5s"}"#, .seconds(5)),
        Row(.openAIResponses, #"{"error":{"message":"try again in 5s"}}"#, .seconds(5)),
        Row(.ollama, #"{"error":"try again in 5s"}"#, .seconds(5)),
    ])
    func words(row: Row) {
        #expect(decode(row).retryAfter == row.span)
    }

    @Test(arguments: [
        Row.allowance(#""resets_in_seconds":90"#, .seconds(90)),
        .allowance(#""resets_in_seconds":1.5,"resets_at":1700000100"#, .milliseconds(1500)),
        .allowance(#""resets_at":1700000100"#, .milliseconds(99_500)), .allowance(#""resets_at":1700000000"#, nil),
        .allowance(#""resets_in_seconds":-1"#, nil), .allowance(#""resets_in_seconds":1e300"#, nil),
        .allowance(#""resets_in_seconds":"x","resets_at":null"#, nil), .allowance(#""resets_at":1e300"#, nil),
        .allowance(#""resets_at":99999999999999"#, nil),
    ])
    func renewals(row: Row) {
        #expect(decode(row).retryAfter == row.span)
    }

    @Test func aTimeOfDaySaysNothingWithoutAClock() {
        let body = #"{"error":{"message":"limit","resets_at":1700000100}}"#
        #expect(FaultCodec.decode(status: 429, body: Array(body.utf8), from: .openAIChat).retryAfter == nil)
    }

    @Test("Anthropic gives no hint but its header", arguments: [429, 529])
    func anthropic(status: Int) {
        let body =
            #"{"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed your organization's rate limit of 50,000 input tokens per minute. Please reduce the prompt length or try again later."},"request_id":"r"}"#
        #expect(decode(Row(.anthropicMessages, status: status, body, nil)).retryAfter == nil)
    }

    @Test("hints are read inside streams too", arguments: [WireFormat.openAIChat, .openAIResponses, .gemini])
    func streams(format: WireFormat) {
        let error =
            switch format {
            case .gemini:
                #"{"error":{"status":"RESOURCE_EXHAUSTED","message":"x","details":[{"@type":"t/google.rpc.RetryInfo","retryDelay":"8s"}]}}"#
            case .openAIResponses:
                #"{"type":"error","code":"rate_limit_exceeded","message":"Please try again in 8s.","param":null}"#
            default: #"{"error":{"message":"Please try again in 8s.","code":"rate_limit_exceeded"}}"#
            }
        var translator = StreamTranslator(from: format, to: .anthropicMessages, context: .sample())
        var output: [UInt8] = []
        Array("data: \(error)\n\n".utf8).withUnsafeBytes { _ = translator.push($0, into: &output) }
        let fault = translator.finish(into: &output).failure
        #expect(fault?.kind == .rateLimit && fault?.retryAfter == .seconds(8))
    }

    @Test func aHintChangesNothingOfWhatAClientIsTold() {
        let told = UpstreamFault(.rateLimit, message: "w")
        var hinted = told
        hinted.retryAfter = .seconds(1)
        for format in WireFormat.allCases {
            let body = FaultCodec.encode(hinted, to: format, requestID: nil).body
            #expect(body == FaultCodec.encode(told, to: format, requestID: nil).body)
        }
    }
}
