import OmniJSON
import OmniTranslate

/// What a client wants drawn, for one target after the other.
final class ImageCourse: ServiceCourse {
    let request: ImageRequest

    init(_ envelope: RequestEnvelope, operation: ImageRequest.Operation) throws(TranslationError) {
        request = try ImageRequest(envelope.body, for: operation)
    }

    func attempt(_ target: Target, of execution: RequestExecution) async throws -> RequestExecution.Outcome {
        try await execution.makeImages(request, by: target)
    }

    var expectedUse: ExpectedUse {
        // What OpenAI counts for a square image of each quality, and for one it looks at.
        let tokens =
            switch request.quality?.string {
            case "low": 272
            case "high", "xhigh", "max", "hd": 4160
            default: 1056
            }
        return ExpectedUse(
            inputTokens: request.prompt.escaped.count / 4 + request.inputs.count * 323,
            outputTokens: request.count * tokens,
            billed: BilledQuantity(.image, count: request.count, variant: request.variant))
    }
}
