/// What is sent during silence so that neither clients nor proxies give up.
public enum StreamKeepAlive {
    /// - Returns: an SSE comment, Anthropic's ping event, or nothing for NDJSON, which has no such thing.
    public static func frame(for format: WireFormat) -> [UInt8] {
        switch format {
        case .anthropicMessages: Array("event: ping\ndata: {\"type\":\"ping\"}\n\n".utf8)
        case .openAIChat, .openAIResponses, .gemini: Array(": keepalive\n\n".utf8)
        case .ollama: []
        }
    }
}
