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
    ///
    /// Parsed again after ``InferenceRequest/replaceBody(with:)``.
    init(parsing request: borrowing InferenceRequest) throws(UpstreamFault) {
        let bytes = try Self.object(of: request)
        do throws(JSONError) {
            body = try JSONValue(parsing: bytes)
        } catch {
            throw UpstreamFault(
                .invalidRequest, message: "the request body is not valid JSON: \(error)", code: "invalid_json")
        }
        guard body.kind == .object else {
            throw UpstreamFault(
                .invalidRequest, message: "the request body must be a JSON object", code: "invalid_json")
        }
        if let named = request.operation.model {
            model = named
        } else if let meant = request.operation.service?.defaultModel, body.present("model") == nil {
            model = meant
        } else {
            model = try Self.model(in: body)
        }
        guard request.operation.service == nil else {
            (isStreaming, includesStreamUsage) = (false, false)
            return
        }
        let stream = body.present("stream")
        if let stream, stream.bool == nil {
            throw UpstreamFault(
                .invalidRequest, message: "stream: must be a boolean", code: "invalid_type", parameter: "stream")
        }
        let format = request.clientFormat
        // Ollama streams unless told not to.
        isStreaming = request.operation.isStreaming ?? stream?.bool ?? (format == .ollama)
        includesStreamUsage =
            format == .openAIChat ? body.present("stream_options")?.present("include_usage")?.bool ?? false : true
        if !request.operation.isGenerate { try Self.checkConversation(in: body, format: format) }
    }

    /// The body as one object, also where the client sent a form.
    private static func object(of request: borrowing InferenceRequest) throws(UpstreamFault) -> [UInt8] {
        guard request.operation.service == .image(.edit),
            request.contentType?.lowercased().hasPrefix("multipart/") == true
        else { return request.body }
        do throws(TranslationError) {
            return try ImageForm.json(request.body, contentType: request.contentType)
        } catch {
            throw UpstreamFault(error)
        }
    }

    private static func model(in body: JSONValue) throws(UpstreamFault) -> String {
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
        return name
    }

    /// What no upstream can do without, so that passthrough finds it out here as translation does.
    private static func checkConversation(in body: JSONValue, format: WireFormat) throws(UpstreamFault) {
        let name: StaticString =
            switch format {
            case .openAIChat, .anthropicMessages: "messages"
            case .gemini: "contents"
            // Both may leave it out: a stored prompt or an earlier answer, and the loading of a model.
            case .openAIResponses, .ollama: ""
            }
        guard name.utf8CodeUnitCount > 0 else { return }
        guard body.present(name)?.kind == .array else {
            throw UpstreamFault(
                .invalidRequest, message: "\(name): must be an array", code: "invalid_type", parameter: "\(name)")
        }
    }
}
