import OmniJSON
import OmniTranslate

/// What a client wants spoken, for one target after the other.
final class SpeechCourse: ServiceCourse {
    let request: SpeechRequest

    init(_ envelope: RequestEnvelope) throws(TranslationError) { request = try SpeechRequest(envelope.body) }

    func attempt(_ target: Target, of execution: RequestExecution) async throws -> RequestExecution.Outcome {
        try await execution.speak(request, by: target)
    }

    var expectedUse: ExpectedUse {
        ExpectedUse(
            inputTokens: TokenCounting.estimate(request.input.escaped.count),
            outputTokens: SpeechRequest.estimatedTokens(ofCharacters: request.characters), billed: billed)
    }

    private var billed: BilledQuantity { BilledQuantity(.character, count: request.characters) }
}
