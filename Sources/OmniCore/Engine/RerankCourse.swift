import OmniTranslate

/// What a client wants ranked.
final class RerankCourse: ServiceCourse {
    private let request: RerankRequest

    init(_ envelope: RequestEnvelope) throws(TranslationError) {
        request = try RerankRequest(envelope.body)
    }

    /// A search is a question with a hundred documents at most, where searches are billed.
    var expectedUse: ExpectedUse {
        var use = ExpectedUse()
        use.billed = BilledQuantity(.search, count: (request.documents.count + 99) / 100)
        return use
    }

    func attempt(_ target: Target, of execution: RequestExecution) async throws -> RequestExecution.Outcome {
        guard let dialect = target.rerankDialect,
            let endpoint = target.endpoint.rerankOperation(of: target.format, dialect: dialect, model: target.model)
        else { throw TranslationError(.unsupported, "the upstream ranks nothing", at: "model") }
        var report = TranslationReport()
        let body = try request.encoded(
            to: dialect, model: target.model, isStrict: execution.request.isStrict, report: &report)
        let exchange = try await execution.sendService(body, to: endpoint, of: target)
        guard (200..<300).contains(exchange.status) else {
            return try await execution.serviceRefusal(exchange, target: target, isClientsDialect: false)
        }
        let received = try await exchange.collect(limit: execution.engine.options.maximumAnswerBytes)
        execution.noteHeard()
        let answer = try RerankAnswer(
            try execution.serviceAnswer(received, of: target), of: dialect, documents: request.documents.count)
        if dialect == .nvidia { report.add("relevance_score", "logit") }
        return execution.giveService(
            answer.encoded(for: request, model: target.model, id: execution.request.id), tokens: answer.tokens,
            billed: answer.searchUnits.map { BilledQuantity(.search, count: $0) }, target: target, report: report,
            exchange: exchange)
    }
}

extension Target {
    /// How its upstream wants documents given for ranking; nil when it ranks none.
    fileprivate var rerankDialect: RerankDialect? {
        guard format == .openAIChat || format == .openAIResponses else { return nil }
        if endpoint.isCohere { return .cohere }
        return switch provider.rawValue {
        case "cohere": .cohere
        case "jina": .jina
        case "voyage": .voyage
        case "together": .together
        case "fireworks": .fireworks
        case "nvidia": .nvidia
        default: endpoint.rerankDialectOfHost
        }
    }
}

extension UpstreamEndpoint {
    fileprivate var rerankDialectOfHost: RerankDialect {
        switch host {
        case "api.jina.ai": .jina
        case "api.voyageai.com": .voyage
        case "api.together.xyz", "api.together.ai": .together
        case "api.fireworks.ai": .fireworks
        case Self.nvidiaHost: .nvidia
        default: .compatible
        }
    }
}
