import OmniJSON
import OmniTranslate

/// The few fields of a body that decide where a request goes; everything else stays untouched bytes.
struct RequestEnvelope {
    let body: JSONValue
    let model: String
    let isStreaming: Bool
    /// Whether a chat client asked for the usage chunk.
    let includesStreamUsage: Bool

    /// - Throws: ``UpstreamFault`` of kind invalidRequest that says what is wrong and where.
    init(parsing bytes: [UInt8], format: WireFormat) throws(UpstreamFault) {
        do throws(JSONError) {
            body = try JSONValue(parsing: bytes)
        } catch {
            throw UpstreamFault(
                .invalidRequest, message: "the request body is not valid JSON: \(error)", code: "invalid_json")
        }
        guard body.kind == .object else {
            throw UpstreamFault(.invalidRequest, message: "the request body must be a JSON object", code: "invalid_json")
        }
        guard let model = body.present("model") else {
            throw UpstreamFault(
                .invalidRequest, message: "model: field required", code: "missing_required_parameter",
                parameter: "model")
        }
        guard let name = model.string, !name.isEmpty else {
            throw UpstreamFault(
                .invalidRequest, message: "model: must be a string that is not empty", code: "invalid_type",
                parameter: "model")
        }
        self.model = name
        let stream = body.present("stream")
        if let stream, stream.bool == nil {
            throw UpstreamFault(
                .invalidRequest, message: "stream: must be a boolean", code: "invalid_type", parameter: "stream")
        }
        isStreaming = stream?.bool ?? false
        includesStreamUsage =
            format == .openAIChat ? body.present("stream_options")?.present("include_usage")?.bool ?? false : true
        guard let messages = body.present("messages"), messages.kind == .array else {
            throw UpstreamFault(
                .invalidRequest, message: "messages: must be an array", code: "invalid_type", parameter: "messages")
        }
    }
}
