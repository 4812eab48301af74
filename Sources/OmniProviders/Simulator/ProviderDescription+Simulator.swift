public import OmniCore
import OmniTranslate

extension ProviderDescription {
    /// The built-in provider that answers without any account: for first tries, demonstrations and tests.
    public static let simulator = ProviderDescription(
        id: simulatorID, name: "Simulator", chatFormat: .openAIChat,
        authentication: Authentication(header: nil, isOptional: true),
        models: SimulatedModel.allCases.map {
            ModelDescription(
                id: $0.rawValue, name: $0.title, kind: "chat", contextWindow: 128_000, maxOutputTokens: 8192)
        })
}

/// The simulator's models, each with one behavior.
enum SimulatedModel: String, CaseIterable {
    /// Says the last user text again.
    case echo
    /// Writes some 2000 words.
    case long
    /// Calls the tools it is given, then tells what they returned.
    case tools
    /// Thinks before it answers.
    case reasoning
    /// Takes a tenth of a second for each word.
    case slow
    /// Answers with an error: 500.
    case fail
    /// Answers with an error: 429 and `retry-after: 1`.
    case failRateLimited = "fail-429"
    /// Breaks off in the middle of its answer.
    case failMidway = "fail-midway"

    var title: String {
        switch self {
        case .echo: "Simulator: echo"
        case .long: "Simulator: long text"
        case .tools: "Simulator: tool calls"
        case .reasoning: "Simulator: reasoning"
        case .slow: "Simulator: slow"
        case .fail: "Simulator: failure"
        case .failRateLimited: "Simulator: rate limit"
        case .failMidway: "Simulator: broken stream"
        }
    }
}
