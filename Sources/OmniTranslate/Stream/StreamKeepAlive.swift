/// What is sent during silence so that neither clients nor proxies give up.
public enum StreamKeepAlive {
    /// - Parameter usesArrayFraming: whether a Gemini client reads one JSON array.
    /// - Returns: an SSE comment, Anthropic's ping event, white space between the elements of an array, or nothing for
    ///   NDJSON, which has no such thing.
    public static func frame(for format: WireFormat, usesArrayFraming: Bool = false) -> [UInt8] {
        if format == .gemini, usesArrayFraming { return [0x0A] }
        return switch format {
        case .anthropicMessages: Array("event: ping\ndata: {\"type\":\"ping\"}\n\n".utf8)
        case .openAIChat, .openAIResponses, .gemini: Array(": keepalive\n\n".utf8)
        case .ollama: []
        }
    }
}
