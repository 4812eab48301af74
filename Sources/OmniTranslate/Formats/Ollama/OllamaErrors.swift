import OmniJSON

/// Errors as Ollama writes them: `{"error": "words"}`, as a body or as a line amid a stream.
enum OllamaErrors {
    /// - Parameter status: the HTTP status, or nil for a line of a stream, which has none of its own.
    static func decode(_ body: JSONValue, status: Int?, now: Int64? = nil) -> UpstreamFault? {
        // Servers that imitate Ollama, and gateways before it, fall back to OpenAI's shape.
        OpenAIChatErrors.decode(body, status: status, now: now)
    }

    static func write(_ fault: UpstreamFault, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("error")
        writer.string(fault.message)
        writer.endObject()
    }
}
