public import OmniJSON

/// Request, answer, error and stream codecs by wire format: the only entrance other modules use.
public enum Translator {
    /// Reads a client's request.
    /// - Parameters:
    ///   - body: the parsed JSON object.
    ///   - apiVersion: the `anthropic-version` header, for Anthropic.
    ///   - pathModel: the model in the URL, without `models/`, for Gemini.
    ///   - isStreaming: whether the URL's method streams, for Gemini; other formats say so in the body.
    ///   - isGenerate: whether the body holds a prompt and no messages, for OpenAI Chat; Ollama's shows it.
    public static func decodeRequest(
        _ body: JSONValue, from format: WireFormat, apiVersion: String? = nil, pathModel: String? = nil,
        isStreaming: Bool = false, isGenerate: Bool = false
    ) throws(TranslationError) -> CanonicalRequest {
        switch format {
        case .openAIChat: try OpenAIChatRequestDecoder.decode(body, isCompletion: isGenerate)
        case .openAIResponses: try OpenAIResponsesRequestDecoder.decode(body)
        case .anthropicMessages: try AnthropicRequestDecoder.decode(body, apiVersion: apiVersion)
        case .ollama: try OllamaRequestDecoder.decode(body)
        case .gemini: try GeminiRequestDecoder.decode(body, model: pathModel, isStreaming: isStreaming)
        }
    }

    /// Writes a request for an upstream.
    /// - Returns: the body, the `anthropic-version` to send with it where the format has one, and what was lost.
    public static func encodeRequest(
        _ request: CanonicalRequest, to format: WireFormat, context: TranslationContext
    ) throws(TranslationError) -> EncodedRequest {
        var encoded: EncodedRequest
        do throws(TranslationError) {
            encoded = try encodeNamingCanonically(request, to: format, context: context)
        } catch {
            throw error.named(for: request.origin)
        }
        encoded.report = encoded.report.named(for: request.origin)
        if context.isStrict, let loss = encoded.report.losses.first {
            throw TranslationError(.unsupported, "cannot be carried over (\(loss.reason))", at: loss.field)
        }
        return encoded
    }

    /// Losses and errors carry the canonical names of fields.
    private static func encodeNamingCanonically(
        _ request: CanonicalRequest, to format: WireFormat, context: TranslationContext
    ) throws(TranslationError) -> EncodedRequest {
        // A request is large; it is copied for those only that are changed.
        if request.origin == .openAIResponses, format != .openAIResponses {
            var request = try request.withoutOpenAIState()
            var groups = ToolGroups()
            try groups.dissolve(in: &request)
            var encoded = try encode(request, to: format, context: context)
            if !groups.report.isEmpty {
                var report = groups.report
                report.merge(encoded.report)
                encoded.report = report
            }
            encoded.groupedTools = groups.members
            return encoded
        }
        return try encode(request, to: format, context: context)
    }

    private static func encode(
        _ request: CanonicalRequest, to format: WireFormat, context: TranslationContext
    ) throws(TranslationError) -> EncodedRequest {
        switch format {
        case .openAIChat: try OpenAIChatRequestEncoder.encode(request, context: context)
        case .openAIResponses: try OpenAIResponsesRequestEncoder.encode(request, context: context)
        case .anthropicMessages: try AnthropicRequestEncoder.encode(request, context: context)
        case .ollama: try OllamaRequestEncoder.encode(request, context: context)
        case .gemini: try GeminiRequestEncoder.encode(request, context: context)
        }
    }

    /// Translates a complete answer.
    /// - Returns: the body for the client, the usage it reports and what was lost.
    public static func translateResponse(
        _ body: JSONValue, from upstream: WireFormat, to client: WireFormat, context: TranslationContext
    ) throws(TranslationError) -> EncodedResponse {
        let response = try decodeResponse(body, from: upstream, context: context)
        return try encode(response, to: client, context: context)
    }

    /// Reads a complete answer, cut at the stop sequences its upstream was not told.
    static func decodeResponse(
        _ body: JSONValue, from upstream: WireFormat, context: TranslationContext
    ) throws(TranslationError) -> CanonicalResponse {
        var response: CanonicalResponse =
            switch upstream {
            case .openAIChat: try OpenAIChatResponseDecoder.decode(body, context: context)
            case .openAIResponses: try OpenAIResponsesResponseDecoder.decode(body, context: context)
            case .anthropicMessages: try AnthropicResponseDecoder.decode(body, context: context)
            case .ollama: try OllamaResponseDecoder.decode(body, context: context)
            case .gemini: try GeminiResponseDecoder.decode(body, context: context)
            }
        if !context.stopSequences.isEmpty { response.cut(at: context.stopSequences) }
        return response
    }

    /// Writes a complete answer for a client.
    static func encode(
        _ response: CanonicalResponse, to client: WireFormat, context: TranslationContext
    ) throws(TranslationError) -> EncodedResponse {
        var encoded = try encoded(response, to: client, context: context)
        if context.keepsThoughts, let first = response.choices.min(by: { $0.index < $1.index }) {
            for part in first.parts { encoded.thoughts.add(part) }
        }
        return encoded
    }

    private static func encoded(
        _ response: CanonicalResponse, to client: WireFormat, context: TranslationContext
    ) throws(TranslationError) -> EncodedResponse {
        switch client {
        case .openAIChat:
            context.answersAsGenerate
                ? OpenAICompletionEncoder.encode(response, context: context)
                : try OpenAIChatResponseEncoder.encode(response, context: context)
        case .openAIResponses: try OpenAIResponsesResponseEncoder.encode(response, context: context)
        case .anthropicMessages: try AnthropicResponseEncoder.encode(response, context: context)
        case .ollama: try OllamaResponseEncoder.encode(response, context: context)
        case .gemini: try GeminiResponseEncoder.encode(response, context: context)
        }
    }

    /// Whether a complete answer has the shape its format demands at the least.
    public static func isAnswer(_ body: JSONValue, of format: WireFormat) -> Bool {
        switch format {
        case .openAIChat: body["choices"]?.kind == .array
        case .openAIResponses: body["output"]?.kind == .array
        case .anthropicMessages: body["content"]?.kind == .array
        case .ollama: body["message"]?.kind == .object || body["response"]?.kind == .string
        // A prompt that was refused has no candidates.
        case .gemini: body["candidates"]?.kind == .array || body.present("promptFeedback")?.kind == .object
        }
    }

    /// The usage a complete answer reports, without translating it; nil when it reports none.
    public static func usage(in body: JSONValue, of format: WireFormat) -> Usage? {
        switch format {
        case .openAIChat: OpenAIChatUsage.decode(body.present("usage"))
        case .openAIResponses: OpenAIResponsesUsage.decode(body.present("usage"))
        case .anthropicMessages: AnthropicUsage.decode(body.present("usage"))
        case .ollama: OllamaUsage.decode(body)
        case .gemini: GeminiUsage.decode(body.present("usageMetadata"))
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
    /// The client's tools of groups that went out as single tools, by the name that ``renamedTools`` may have changed.
    public var groupedTools: [JSONText: GroupedTool] = [:]
    /// Stop sequences that could not be sent; whoever reads the answer cuts it there.
    public var stopSequences: [JSONText] = []
    /// What must be named in `anthropic-beta` for the body to be understood.
    public var betas: [String]

    public init(
        body: [UInt8], apiVersion: String? = nil, report: TranslationReport, renamedTools: [JSONText: JSONText] = [:],
        customTools: Set<JSONText> = [], betas: [String] = []
    ) {
        self.body = body
        self.apiVersion = apiVersion
        self.report = report
        self.renamedTools = renamedTools
        self.customTools = customTools
        self.betas = betas
    }
}

/// An answer ready for the client.
public struct EncodedResponse: Sendable {
    public var body: [UInt8]
    public var usage: Usage?
    public var report: TranslationReport
    /// What led to which call, when ``TranslationContext/keepsThoughts`` is set.
    public var thoughts = ThoughtTrail()

    public init(body: [UInt8], usage: Usage?, report: TranslationReport) {
        self.body = body
        self.usage = usage
        self.report = report
    }
}
