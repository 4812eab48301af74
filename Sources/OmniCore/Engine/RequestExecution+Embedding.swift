import NIOCore
import OmniJSON
import OmniTranslate

/// What a client wants embedded, and how it wrote it.
///
/// A class, because it is large and few requests have one.
final class EmbeddingCourse: Sendable {
    let request: EmbeddingRequest
    let dialect: EmbeddingDialect

    init(_ request: EmbeddingRequest, dialect: EmbeddingDialect) {
        self.request = request
        self.dialect = dialect
    }
}

extension RequestExecution {
    /// Reads what is to be embedded, so that a mistake is told before any upstream is asked.
    @inline(never)  // Its temporaries would lie in the frame of every request.
    mutating func readEmbedding(_ envelope: RequestEnvelope, of dialect: EmbeddingDialect) throws(UpstreamFault) {
        do throws(TranslationError) {
            let decoded = try EmbeddingRequest(envelope.body, of: dialect)
            if let limit = dialect.maximumInputs, decoded.inputs.count > limit {
                throw TranslationError(
                    .invalid, "must have at most \(limit) elements", at: dialect == .geminiBatch ? "requests" : "input")
            }
            embedding = EmbeddingCourse(decoded, dialect: dialect)
        } catch {
            throw UpstreamFault(error)
        }
    }

    /// One attempt to have everything embedded by a target, in as many requests as it needs.
    ///
    /// The first failure is that of all: vectors of half the inputs are of no use.
    @inline(never)  // What it holds would lie in the frame of every suspended attempt.
    mutating func embed(_ course: EmbeddingCourse, by target: Target) async throws -> Outcome {
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
            let call = try prepareEmbedding(
                course, range: range, dialect: dialect, endpoint: endpoint, target: target, report: &report)
            noteWaitBegins()
            let exchange = try await engine.transport.send(call, on: eventLoop)
            noteHead(of: exchange)
            guard (200..<300).contains(exchange.status) else {
                let refused = try await refusal(exchange, target: target)
                // Cohere's words, say, are no answer for a client of OpenAI.
                guard dialect != course.dialect, case .failed(var failure) = refused else { return refused }
                failure.original = nil
                return .failed(failure)
            }
            let body = try await exchange.collect(limit: engine.options.maximumAnswerBytes)
            noteHeard()
            let answer = try readEmbeddings(body, of: dialect, inputs: range.count, target: target)
            if sum == nil { sum = answer } else { sum?.append(answer) }
            start = range.upperBound
            guard start >= count, let sum else { continue }
            let isAsWanted =
                range.count == count && dialect == course.dialect && sum.isWritten(as: course.request.encoding)
            let whole =
                isAsWanted
                ? body
                : try sum.encoded(to: course.dialect, encoding: course.request.encoding, model: target.model)
            return give(whole, tokens: sum.tokens, target: target, report: report, exchange: exchange)
        }
    }

    private func prepareEmbedding(
        _ course: EmbeddingCourse, range: Range<Int>, dialect: EmbeddingDialect, endpoint: UpstreamEndpoint,
        target: Target, report: inout TranslationReport
    ) throws(TranslationError) -> UpstreamRequest {
        guard let envelope else { preconditionFailure("nothing is prepared after an answer has begun") }
        let body =
            dialect == course.dialect && range.count == course.request.inputs.count
            ? passed(envelope, dialect: dialect, target: target)
            : try course.request.part(range).encoded(
                to: dialect, model: target.model, isStrict: request.isStrict, report: &report)
        var headers = target.headers
        headers.append(("content-type", "application/json"))
        headers.append(("accept", "application/json"))
        headers.append(("user-agent", engine.options.userAgent))
        return UpstreamRequest(
            endpoint: endpoint, headers: headers, body: ByteBuffer(bytes: body), deadlines: deadlines, target: target)
    }

    /// The client's own bytes with the model's name at the upstream.
    private func passed(_ envelope: RequestEnvelope, dialect: EmbeddingDialect, target: Target) -> [UInt8] {
        var patch = JSONPatch(envelope.body)
        var writer = JSONWriter()
        switch dialect {
        case .openAI, .ollama, .ollamaPrompt, .cohere:
            guard envelope.model != target.model else { break }
            writer.string(target.model)
            patch.set("model", to: writer.bytes, in: envelope.body)
        case .gemini, .geminiBatch:
            writer.string("models/\(target.model)")
            let requests = envelope.body.present("requests").map { Array($0.elements) } ?? [envelope.body]
            for request in requests { patch.set("model", to: writer.bytes, in: request) }
        }
        return patch.applied()
    }

    private func readEmbeddings(
        _ body: [UInt8], of dialect: EmbeddingDialect, inputs: Int, target: Target
    ) throws -> EmbeddingAnswer {
        let answer: JSONValue
        do throws(JSONError) {
            answer = try JSONValue(parsing: body)
        } catch {
            throw UpstreamFault(.upstream, message: "the upstream's answer is not valid JSON", code: "upstream_invalid")
        }
        if answer.present("error") != nil {
            throw FaultCodec.decode(status: 502, body: body, from: target.format)
        }
        return try EmbeddingAnswer(answer, of: dialect, inputs: inputs)
    }

    private mutating func give(
        _ body: [UInt8], tokens: Int?, target: Target, report: TranslationReport, exchange: any UpstreamExchange
    ) -> Outcome {
        let usage = tokens.map { count in
            var usage = Usage()
            usage.input = count
            return usage
        }
        settle(usage)
        record.losses = report.headerValue
        record.status = 200
        noteOverhead(elapsed: engine.clock.monotonicNanoseconds() &- startedAt)
        let headers = headers(target, report: report, exchange: exchange, stream: false)
        conclude()
        writer.respond(status: 200, headers: headers, body: ByteBuffer(bytes: body))
        return .answered(success)
    }
}
