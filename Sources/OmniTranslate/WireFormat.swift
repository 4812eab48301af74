/// A documented request, stream and error dialect.
public enum WireFormat: String, Sendable, Hashable, CaseIterable {
    case openAIChat = "openai-chat"
    case openAIResponses = "openai-responses"
    case anthropicMessages = "anthropic"
    case gemini
    case ollama
}
