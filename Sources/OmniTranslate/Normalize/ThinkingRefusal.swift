/// Tells when an Ollama server refused a request because it was asked to think.
///
/// Which of its models think is known to the server only: their names are anybody's.
public enum ThinkingRefusal {
    /// Whether an upstream's answer says that the model does not think, or not by the amount asked for.
    public static func isReason(for fault: UpstreamFault) -> Bool {
        guard fault.status == 400 else { return false }
        let words = fault.message.lowercased()
        return words.contains("does not support thinking") || words.contains("think value")
    }
}
