/// What is sent during silence so that neither clients nor proxies give up.
public enum StreamKeepAlive {
    /// - Parameter usesArrayFraming: whether a Gemini client reads one JSON array.
    /// - Returns: an SSE comment, Anthropic's ping event, for Gemini an empty line (Google's SDKs take a comment for an
    ///   answer that is no JSON), white space between the elements of an array, or nothing for NDJSON, which has no such
    ///   thing.
    public static func frame(for format: WireFormat, usesArrayFraming: Bool = false) -> [UInt8] {
        switch format {
        case .anthropicMessages: Array("event: ping\ndata: {\"type\":\"ping\"}\n\n".utf8)
        case .gemini: [0x0A]
        case .openAIChat, .openAIResponses: Array(": keepalive\n\n".utf8)
        case .ollama: []
        }
    }
}
