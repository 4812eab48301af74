public import NIOCore
import OmniJSON
import OmniTranslate

/// Tests models through the engine that serves clients, so that accounts, limits and fallbacks are those of a real request.
///
/// What is asked is small and is recorded as usage like any other request, since it costs like one.
public struct EngineModelTester: ModelTester {
    private let engine: InferenceEngine
    private let eventLoopGroup: any EventLoopGroup

    /// - Parameter eventLoopGroup: the group the engine's transport was made for.
    public init(engine: InferenceEngine, eventLoopGroup: any EventLoopGroup) {
        self.engine = engine
        self.eventLoopGroup = eventLoopGroup
    }

    public func test(
        _ model: String, text: String, in snapshot: CatalogSnapshot, timeout: Duration
    ) async -> ModelTestResult {
        let purpose = snapshot.mainPurpose(of: model)
        guard let question = ModelTestQuestion(purpose, model: model, text: text) else {
            return ModelTestResult(
                status: nil, error: "a model that \(purpose.deed) is not tested, since each answer has its price",
                latencyMS: 0)
        }
        let request = InferenceRequest(
            id: "test-\(String(UInt64.random(in: .min ... .max), radix: 16))",
            receivedAt: engine.clock.wallMilliseconds(), clientFormat: question.clientFormat,
            path: "/api/combos/test", body: question.body, operation: question.operation)
        let answer = await AnswerCollector.answer(
            to: request, of: engine, in: snapshot, eventLoopGroup: eventLoopGroup, timeout: timeout)
        return ModelTestResult(answer, timeout: timeout)
    }
}

extension ModelTestResult {
    fileprivate init(_ collected: CollectedAnswer, timeout: Duration) {
        // What cannot be read has no message and no counts.
        let answer = try? JSONValue(parsing: collected.body)
        self.init(
            status: collected.status, latencyMS: collected.latencyMS, target: collected.target,
            attempts: collected.attempts)
        switch collected.status {
        case nil: error = "no answer within \(timeout.clampedNanoseconds / 1_000_000) ms"
        case 200?:
            let usage = answer?["usage"]
            inputTokens =
                (usage?.present("input_tokens") ?? usage?.present("prompt_tokens") ?? usage?.present("total_tokens"))?
                .int
            outputTokens = usage?["output_tokens"]?.int
        case let status?:
            error = answer?["error"]?["message"]?.string ?? "the answer has status \(status)"
        }
    }
}
