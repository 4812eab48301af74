import OmniTranslate

/// The response headers of inference answers.
public enum AnswerHeaders {
    /// Headers every answer carries.
    ///
    /// Anthropic's SDKs read `request-id`, the others `x-request-id`.
    public static func base(requestID: String, format: WireFormat) -> [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        headers.reserveCapacity(9)
        headers.append(("x-request-id", requestID))
        if format == .anthropicMessages { headers.append(("request-id", requestID)) }
        return headers
    }

    /// A header value without characters that could end it: what comes from outside may hold anything.
    public static func sanitized(_ value: String) -> String {
        var bytes = value
        guard bytes.withUTF8({ $0.contains { $0 < 0x20 || $0 >= 0x7F } }) else { return value }
        return String(
            decoding: value.utf8.map { $0 < 0x20 || $0 >= 0x7F ? UInt8(ascii: "?") : $0 }.prefix(1000), as: UTF8.self)
    }
}
