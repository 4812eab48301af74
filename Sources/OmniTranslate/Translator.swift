public import OmniJSON

/// Request, answer, error and stream codecs by wire format: the only entrance other modules use.
public enum Translator {
    /// Reads a client's request.
    /// - Parameter body: the parsed JSON object. apiVersion: the `anthropic-version` header, for Anthropic.
    public static func decodeRequest(
        _ body: JSONValue, from format: WireFormat, apiVersion: String? = nil
    ) throws(TranslationError) -> CanonicalRequest {
        switch format {
        case .openAIChat: try OpenAIChatRequestDecoder.decode(body)
        case .anthropicMessages: try AnthropicRequestDecoder.decode(body, apiVersion: apiVersion)
        default: throw TranslationError(.unsupported, "requests in the \(format.rawValue) format are not served")
        }
    }

    /// Writes a request for an upstream.
    /// - Returns: the body, the `anthropic-version` to send with it where the format has one, and what was lost.
    public static func encodeRequest(
        _ request: CanonicalRequest, to format: WireFormat, context: TranslationContext
    ) throws(TranslationError) -> EncodedRequest {
        switch format {
        case .openAIChat: try OpenAIChatRequestEncoder.encode(request, context: context)
        case .anthropicMessages: try AnthropicRequestEncoder.encode(request, context: context)
        default: throw TranslationError(.unsupported, "upstreams of the \(format.rawValue) format are not served")
        }
    }

    /// Translates a complete answer.
    /// - Returns: the body for the client, the usage it reports and what was lost.
    public static func translateResponse(
        _ body: JSONValue, from upstream: WireFormat, to client: WireFormat, context: TranslationContext
    ) throws(TranslationError) -> EncodedResponse {
        let response: CanonicalResponse =
            switch upstream {
            case .openAIChat: try OpenAIChatResponseDecoder.decode(body, context: context)
            case .anthropicMessages: try AnthropicResponseDecoder.decode(body, context: context)
            default: throw TranslationError(.unsupported, "answers in the \(upstream.rawValue) format are not served")
            }
        switch client {
        case .openAIChat: return try OpenAIChatResponseEncoder.encode(response, context: context)
        case .anthropicMessages: return try AnthropicResponseEncoder.encode(response, context: context)
        default: throw TranslationError(.unsupported, "answers in the \(client.rawValue) format are not served")
        }
    }

    /// Whether a complete answer has the shape its format demands at the least.
    public static func isAnswer(_ body: JSONValue, of format: WireFormat) -> Bool {
        switch format {
        case .openAIChat: body["choices"]?.kind == .array
        case .anthropicMessages: body["content"]?.kind == .array
        default: body.kind == .object
        }
    }

    /// The usage a complete answer reports, without translating it; nil when it reports none.
    public static func usage(in body: JSONValue, of format: WireFormat) -> Usage? {
        switch format {
        case .openAIChat: OpenAIChatUsage.decode(body.present("usage"))
        case .anthropicMessages: AnthropicUsage.decode(body.present("usage"))
        default: nil
        }
    }
}

/// A request body ready to send.
public struct EncodedRequest: Sendable {
    public var body: [UInt8]
    /// The value of `anthropic-version` this body was written for; nil for other formats.
    public var apiVersion: String?
    public var report: TranslationReport
    /// Names of tools as sent, with the client's names, where they had to be changed.
    public var renamedTools: [JSONText: JSONText]
    /// Names, as sent, of free-text tools that had to become functions of one string.
    public var customTools: Set<JSONText>

    public init(
        body: [UInt8], apiVersion: String? = nil, report: TranslationReport, renamedTools: [JSONText: JSONText] = [:],
        customTools: Set<JSONText> = []
    ) {
        self.body = body
        self.apiVersion = apiVersion
        self.report = report
        self.renamedTools = renamedTools
        self.customTools = customTools
    }
}

/// An answer ready for the client.
public struct EncodedResponse: Sendable {
    public var body: [UInt8]
    public var usage: Usage?
    public var report: TranslationReport

    public init(body: [UInt8], usage: Usage?, report: TranslationReport) {
        self.body = body
        self.usage = usage
        self.report = report
    }
}
