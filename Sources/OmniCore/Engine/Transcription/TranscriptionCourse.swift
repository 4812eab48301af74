import NIOCore
import OmniJSON
import OmniTranslate

/// A recording that a client wants put into words.
final class TranscriptionCourse: ServiceCourse {
    let request: TranscriptionRequest
    let upload: ClientUpload
    let audio: AudioFormat

    init(_ envelope: RequestEnvelope, upload: ClientUpload?, translates: Bool) throws(TranslationError) {
        guard let upload else { throw TranslationError(.invalid, "field required", at: "file") }
        guard upload.contents.length > 0 else { throw TranslationError(.invalid, "is empty", at: "file") }
        let part = upload.part
        guard let audio = AudioFormat(head: upload.head, fileName: part.fileName, contentType: part.contentType) else {
            let known = AudioFormat.allCases.map(\.rawValue).joined(separator: ", ")
            throw TranslationError(.invalid, "is of no known audio format; send one of \(known)", at: "file")
        }
        request = try TranscriptionRequest(envelope.body, translates: translates)
        self.upload = upload
        self.audio = audio
    }

    func attempt(_ target: Target, of execution: RequestExecution) async throws -> RequestExecution.Outcome {
        execution.record.isStreaming = request.isStreaming
        return switch target.transcriptionDialect {
        case .openAI: try await execution.transcribe(self, byForm: target)
        case .deepgram: try await execution.transcribe(self, byDeepgram: target)
        case .assemblyAI: try await execution.transcribe(self, byAssemblyAI: target)
        case nil: throw TranslationError(.unsupported, "the upstream transcribes no speech", at: "model")
        }
    }

    /// Seconds, as far as the file itself says; for upstreams that do not.
    var duration: Double? {
        AudioDuration.seconds(of: audio, head: upload.head, length: upload.contents.length)
    }

    var expectedUse: ExpectedUse {
        // Where the file does not say: as much as fits in at 128 kbit/s. Models that count tokens count about ten a second.
        let seconds = duration ?? Double(upload.contents.length) / 16_000
        return ExpectedUse(inputTokens: Int(seconds * 10), billed: Self.billed(seconds))
    }

    static func billed(_ seconds: Double) -> BilledQuantity {
        BilledQuantity(.second, thousandths: Int((min(max(seconds, 0), 1e9) * 1000).rounded()))
    }
}

extension RequestExecution {
    /// A request with the file in its body.
    /// - Parameters:
    ///   - head: what stands before the file.
    ///   - tail: what stands after it.
    func upload(
        _ course: TranscriptionCourse, to endpoint: UpstreamEndpoint, of target: Target, contentType: String,
        head: [UInt8] = [], tail: [UInt8] = [], accept: String = "application/json"
    ) -> UpstreamRequest {
        var call = call(endpoint, of: target, body: head, contentType: contentType, accept: accept)
        call.upload = UpstreamUpload(course.upload.contents, tail: ByteBuffer(bytes: tail))
        return call
    }

    /// Reads a JSON answer.
    func json(_ exchange: any UpstreamExchange) async throws -> JSONValue {
        let body = try await exchange.collect(limit: engine.options.maximumAnswerBytes)
        noteHeard()
        return try Self.json(body)
    }

    static func json(_ body: [UInt8]) throws(UpstreamFault) -> JSONValue {
        do throws(JSONError) {
            return try JSONValue(parsing: body)
        } catch {
            throw UpstreamFault(.upstream, message: "the upstream's answer is not valid JSON", code: "upstream_invalid")
        }
    }

    /// Answers with a transcript that is put into the client's form here.
    func give(
        _ transcript: Transcript, course: TranscriptionCourse, target: Target, report: TranslationReport,
        exchange: any UpstreamExchange
    ) -> Outcome {
        let wanted = course.request
        guard wanted.isStreaming else {
            return give(
                transcript.answer(to: wanted), contentType: wanted.format.contentType,
                usage: TranscriptionUsage(seconds: transcript.duration), course: course, target: target,
                report: report, exchange: exchange)
        }
        return give(
            transcript.events(), contentType: "text/event-stream; charset=utf-8",
            usage: TranscriptionUsage(seconds: transcript.duration), course: course, target: target, report: report,
            exchange: exchange)
    }

    /// Answers with a whole body.
    func give(
        _ body: [UInt8], contentType: String, usage: TranscriptionUsage, course: TranscriptionCourse, target: Target,
        report: TranslationReport, exchange: any UpstreamExchange
    ) -> Outcome {
        settle(usage, of: course)
        record.losses = report.headerValue
        record.status = 200
        noteBeginning()
        var headers = headers(target, report: report, exchange: exchange, stream: false)
        headers.removeAll { $0.name == "content-type" }
        headers.append(("content-type", contentType))
        conclude()
        writer.respond(status: 200, headers: headers, body: ByteBuffer(bytes: body))
        return .answered(success)
    }

    /// Enters what was used; what nobody knows is unknown and not free.
    func settle(_ usage: TranscriptionUsage?, of course: TranscriptionCourse) {
        if let tokens = usage?.tokens { return settle(tokens) }
        let seconds = usage?.seconds ?? course.duration
        settle(Usage(), billed: seconds.map(TranscriptionCourse.billed))
        if seconds == nil { record.cost = nil }
    }
}
