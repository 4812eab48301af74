import NIOCore
import OmniJSON
import OmniTranslate

/// What a client wants embedded, and how it wrote it.
final class EmbeddingCourse: ServiceCourse {
    let request: EmbeddingRequest
    let dialect: EmbeddingDialect

    init(_ envelope: RequestEnvelope, dialect: EmbeddingDialect) throws(TranslationError) {
        request = try EmbeddingRequest(envelope.body, of: dialect)
        self.dialect = dialect
        if let limit = dialect.maximumInputs, request.inputs.count > limit {
            throw TranslationError(
                .invalid, "must have at most \(limit) elements", at: dialect == .geminiBatch ? "requests" : "input")
        }
    }

    func attempt(_ target: Target, of execution: RequestExecution) async throws -> RequestExecution.Outcome {
        try execution.checkLength(of: target, for: request)
        return try await execution.embed(self, by: target)
    }

    // MARK: Cache

    /// Models embed a text the same way every time.
    var isCacheable: Bool { true }

    var fingerprint: [[UInt8]] { request.fingerprint }

    func repeated(
        _ answer: CachedAnswer, of target: Target, in execution: RequestExecution
    ) throws -> RequestExecution.Outcome {
        let kept = try EmbeddingAnswer(JSONValue(parsing: answer.body), of: .openAI, inputs: request.inputs.count)
        let body = try kept.encoded(to: dialect, encoding: request.encoding, model: target.model)
        return execution.giveService(
            body, tokens: kept.tokens, target: target, report: answer.report, exchange: CachedExchange(answer))
    }
}

extension RequestExecution {
    /// One attempt to have everything embedded by a target, in as many requests as it needs.
    ///
    /// The first failure is that of all: vectors of half the inputs are of no use.
    fileprivate func embed(_ course: EmbeddingCourse, by target: Target) async throws -> Outcome {
        guard let dialect = target.embeddingDialect(for: course.dialect),
            let endpoint = target.endpoint.embeddingOperation(
                of: target.format, dialect: dialect, model: target.model)
        else { throw TranslationError(.unsupported, "the upstream makes no embeddings", at: "model") }
        let count = course.request.inputs.count
        let step = dialect.maximumInputs ?? count
        var report = TranslationReport()
        var sum: EmbeddingAnswer?
        var start = 0
        while true {
            let range = start..<min(start + step, count)
            let asked = try body(for: course, range: range, dialect: dialect, target: target, report: &report)
            let exchange = try await sendService(asked, to: endpoint, of: target)
            guard (200..<300).contains(exchange.status) else {
                return try await serviceRefusal(
                    exchange, target: target, isClientsDialect: dialect == course.dialect)
            }
            let body = try await exchange.collect(limit: engine.options.maximumAnswerBytes)
            noteHeard()
            let answer = try EmbeddingAnswer(
                try serviceAnswer(body, of: target), of: dialect, inputs: range.count)
            try checkLength(answer, of: target, for: course.request)
            if sum == nil { sum = answer } else { sum?.append(answer) }
            start = range.upperBound
            guard start >= count, let sum else { continue }
            let isAsWanted =
                range.count == count && dialect == course.dialect && sum.isWritten(as: course.request.encoding)
            let whole =
                isAsWanted
                ? body
                : try sum.encoded(to: course.dialect, encoding: course.request.encoding, model: target.model)
            let outcome = giveService(whole, tokens: sum.tokens, target: target, report: report, exchange: exchange)
            keep(sum, of: target, report: report)
            return outcome
        }
    }

    /// Leaves the answer to the cache, where that has room for one of its size.
    private func keep(_ answer: EmbeddingAnswer, of target: Target, report: TranslationReport) {
        guard let cache, let limit = cache.recordingLimit else { return }
        let body = answer.kept
        guard body.count <= limit else { return }
        var kept = CachedAnswer(
            provider: target.provider, model: target.model, format: target.format, isStream: false,
            body: Array(body[...]), storedAt: engine.clock.wallMilliseconds())
        kept.report = report
        kept.cost = record.cost
        cache.serviceAnswer = kept
    }

    private func body(
        for course: EmbeddingCourse, range: Range<Int>, dialect: EmbeddingDialect, target: Target,
        report: inout TranslationReport
    ) throws(TranslationError) -> [UInt8] {
        guard let envelope else { preconditionFailure("nothing is prepared after an answer has begun") }
        guard dialect == course.dialect, range.count == course.request.inputs.count else {
            return try course.request.part(range).encoded(
                to: dialect, model: target.model, isStrict: request.isStrict, report: &report)
        }
        guard dialect == .gemini || dialect == .geminiBatch else { return passedOn(envelope, to: target) }
        var patch = JSONPatch(envelope.body)
        var writer = JSONWriter()
        writer.string("models/\(target.model)")
        let requests = envelope.body.present("requests").map { Array($0.elements) } ?? [envelope.body]
        for request in requests { patch.set("model", to: writer.bytes, in: request) }
        return patch.applied()
    }
}
