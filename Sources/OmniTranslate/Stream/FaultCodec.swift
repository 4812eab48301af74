import OmniJSON

/// Errors in every dialect: an upstream's answer to a fault, and a fault to the client's answer.
public enum FaultCodec {
    /// Reads an upstream's error answer.
    /// - Parameter status: the HTTP status, 400 and above. body: as received; anything but a JSON error object gives a
    ///   short message that quotes nothing of it. now: milliseconds since 1970, for hints at a time of day.
    public static func decode(
        status: Int, body: [UInt8], from format: WireFormat, now: Int64? = nil
    ) -> UpstreamFault {
        let fallback = fault(status: status, message: "")
        // The body is only a hint here: what is no JSON is a gateway's page and says nothing a client could use.
        guard !body.isEmpty, let value = try? JSONValue(parsing: body) else { return fallback }
        return decode(value, status: status, from: format, now: now) ?? fallback
    }

    static func decode(
        _ value: JSONValue, status: Int?, from format: WireFormat, now: Int64? = nil
    ) -> UpstreamFault? {
        // Gemini wraps its error in a one-element array when it streams.
        var value = value
        if value.kind == .array, let first = value.elements.first(where: { _ in true }) { value = first }
        return switch format {
        case .anthropicMessages: AnthropicErrors.decode(value, status: status)
        case .gemini: GeminiErrors.decode(value, status: status)
        case .ollama: OllamaErrors.decode(value, status: status, now: now)
        case .openAIChat, .openAIResponses: OpenAIChatErrors.decode(value, status: status, now: now)
        }
    }

    /// Writes the body of an error answer that is no stream.
    /// - Returns: the body and the status of that dialect: an overloaded upstream is 529 for Anthropic, 503 elsewhere.
    public static func encode(
        _ fault: UpstreamFault, to format: WireFormat, requestID: String?
    ) -> (status: Int, body: [UInt8]) {
        var writer = JSONWriter()
        var status = fault.status == 529 && format != .anthropicMessages ? 503 : fault.status
        switch format {
        case .openAIChat, .openAIResponses:
            OpenAIChatErrors.write(fault, into: &writer)
            // OpenAI has no 402; an exhausted quota is its 429.
            if fault.kind == .billing { status = 429 }
        case .anthropicMessages:
            AnthropicErrors.write(fault, requestID: requestID, into: &writer)
            if fault.kind == .overloaded { status = 529 }
        case .gemini:
            writeGemini(fault, status: status, into: &writer)
        case .ollama: OllamaErrors.write(fault, into: &writer)
        }
        return (status, writer.bytes)
    }

    /// Writes an error into a stream whose head is already out; nothing may follow it.
    public static func encodeStreamError(
        _ fault: UpstreamFault, to format: WireFormat, requestID: String?
    ) -> [UInt8] {
        var frame: [UInt8] = []
        switch format {
        case .openAIChat, .gemini:
            frame.write("data: ")
            frame += encode(fault, to: format, requestID: requestID).body
            frame.write("\n\n")
        case .anthropicMessages:
            frame.write("event: error\ndata: ")
            frame += encode(fault, to: format, requestID: requestID).body
            frame.write("\n\n")
        case .openAIResponses:
            OpenAIResponsesErrors.writeEvent(fault, sequence: 0, into: &frame)
        case .ollama:
            frame += encode(fault, to: format, requestID: requestID).body
            frame.write("\n")
        }
        return frame
    }

    private static func writeGemini(_ fault: UpstreamFault, status: Int, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("error")
        writer.beginObject()
        writer.key("code")
        writer.value(status)
        writer.key("message")
        writer.string(fault.message)
        writer.key("status")
        writer.value(geminiStatus(of: fault.kind))
        writer.endObject()
        writer.endObject()
    }

    private static func geminiStatus(of kind: UpstreamFault.Kind) -> StaticString {
        switch kind {
        case .invalidRequest, .contextLength, .tooLarge, .unprocessable: "INVALID_ARGUMENT"
        case .authentication: "UNAUTHENTICATED"
        case .billing: "FAILED_PRECONDITION"
        case .permission: "PERMISSION_DENIED"
        case .notFound: "NOT_FOUND"
        case .methodNotAllowed: "UNIMPLEMENTED"
        case .conflict: "ABORTED"
        case .rateLimit: "RESOURCE_EXHAUSTED"
        case .clientClosed: "CANCELLED"
        case .upstream: "INTERNAL"
        case .overloaded: "UNAVAILABLE"
        case .timeout: "DEADLINE_EXCEEDED"
        }
    }
}
