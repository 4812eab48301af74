import OmniTranslate

/// What a client wants judged.
final class ModerationCourse: ServiceCourse {
    private let request: ModerationRequest

    init(_ envelope: RequestEnvelope) throws(TranslationError) {
        request = try ModerationRequest(envelope.body)
    }

    func attempt(_ target: Target, of execution: RequestExecution) async throws -> RequestExecution.Outcome {
        guard let endpoint = target.endpoint.moderationOperation(of: target.format) else {
            throw TranslationError(.unsupported, "the upstream judges no content", at: "model")
        }
        var report = TranslationReport()
        let isMistral = target.moderationUpstream == .mistral
        let exchange = try await execution.sendService(
            try body(for: target, isMistral: isMistral, of: execution, report: &report), to: endpoint, of: target)
        guard (200..<300).contains(exchange.status) else {
            return try await execution.serviceRefusal(exchange, target: target, isClientsDialect: !isMistral)
        }
        let received = try await exchange.collect(limit: execution.engine.options.maximumAnswerBytes)
        execution.noteHeard()
        let answer = try ModerationAnswer(
            try execution.serviceAnswer(received, of: target), count: request.count)
        let given =
            isMistral ? answer.encodedFromMistral(model: target.model, report: &report) : received
        return execution.giveService(
            given, tokens: answer.tokens, target: target, report: report, exchange: exchange)
    }

    private func body(
        for target: Target, isMistral: Bool, of execution: RequestExecution, report: inout TranslationReport
    ) throws(TranslationError) -> [UInt8] {
        guard let envelope = execution.envelope else {
            preconditionFailure("nothing is prepared after an answer has begun")
        }
        return isMistral
            ? try request.encodedForMistral(
                model: target.model, isStrict: execution.request.isStrict, report: &report)
            : execution.passedOn(envelope, to: target)
    }
}

extension Target {
    fileprivate var moderationUpstream: ModerationRequest.Upstream {
        provider == ProviderID("mistral") || endpoint.host == "api.mistral.ai" ? .mistral : .openAI
    }
}
