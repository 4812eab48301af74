import OmniTranslate

extension WireFormat {
    /// One bit for each format, so that a set of them is a number.
    var conditionBit: UInt32 {
        switch self {
        case .openAIChat: 1
        case .openAIResponses: 2
        case .anthropicMessages: 4
        case .gemini: 8
        case .ollama: 16
        }
    }
}
