import NIOCore
import OmniJSON
import OmniTranslate

/// Upstreams that take the client's own form: it is passed on with the model's name there.
extension RequestExecution {
    func transcribe(_ course: TranscriptionCourse, byForm target: Target) async throws -> Outcome {
        let wanted = course.request
        let boundary = course.upload.boundary
        let part = MultipartPart(
            name: "file", fileName: course.audio.fileName(given: course.upload.part.fileName),
            contentType: course.audio.contentType)
        let frame = MultipartWriter.frame(
            fields: wanted.fields(model: target.model), file: part, boundary: boundary)
        let endpoint = target.endpoint.transcriptionOperation(of: target.format, translates: wanted.translates)
        let exchange = try await send(
            upload(
                course, to: endpoint, of: target, contentType: boundary.contentType, head: frame.head,
                tail: frame.tail, accept: wanted.isStreaming ? "text/event-stream" : "*/*"))
        guard (200..<300).contains(exchange.status) else { return try await refusal(exchange, target: target) }
        let type = exchange.header("content-type")?.lowercased() ?? ""
        if wanted.isStreaming, type.hasPrefix("text/event-stream") {
            return await passEvents(of: exchange, course: course, target: target)
        }
        let body = try await exchange.collect(limit: engine.options.maximumAnswerBytes)
        noteHeard()
        guard wanted.format.isJSON || wanted.isStreaming || type.hasPrefix("application/json") else {
            return give(
                body, contentType: wanted.format.contentType, usage: TranscriptionUsage(), course: course,
                target: target, report: TranslationReport(), exchange: exchange)
        }
        let answer = try Self.json(body)
        if answer.present("error") != nil { throw FaultCodec.decode(status: 502, body: body, from: target.format) }
        let transcript = try Transcript(openAI: answer)
        guard wanted.format.isJSON, !wanted.isStreaming else {
            // Some models do not stream, and some servers know only JSON.
            if [.srt, .vtt].contains(wanted.format), transcript.segments.isEmpty, !transcript.text.isEmpty {
                throw UpstreamFault(
                    .upstream, message: "the upstream's answer has no times to make subtitles of",
                    code: "upstream_invalid")
            }
            return give(transcript, course: course, target: target, report: TranslationReport(), exchange: exchange)
        }
        return give(
            body, contentType: "application/json", usage: TranscriptionUsage(answer), course: course, target: target,
            report: TranslationReport(), exchange: exchange)
    }

    /// Passes a stream on as it comes.
    ///
    /// As in chat, nothing is sent before the first words, so that another target can still answer.
    private func passEvents(
        of exchange: any UpstreamExchange, course: TranscriptionCourse, target: Target
    ) async -> Outcome {
        var watch = TranscriptStreamWatch()
        var held: [UInt8] = []
        var isCommitted = false
        record.status = 200
        while true {
            switch await exchange.piece() {
            case .failure(let error): watch.fail(UpstreamFault(error))
            case .success(.silence):
                guard isCommitted, held.isEmpty, watch.isBetweenEvents else { continue }
                held = StreamKeepAlive.frame(for: .openAIChat)
            case .success(.bytes(let bytes)):
                held += bytes.readableBytesView
                bytes.withUnsafeReadableBytes { watch.push($0) }
            case .success(.end): watch.end()
            }
            if let fault = watch.fault {
                exchange.abandon()
                guard isCommitted else { return .failed(AttemptFailure(fault)) }
                return end(fault, after: held, course: course)
            }
            if watch.isComplete {
                settle(watch.usage, of: course)
                conclude()
            }
            guard watch.hasWords || watch.isComplete || held.count > 1 << 20 else { continue }
            if !isCommitted {
                isCommitted = true
                noteAnswering()
                if !isConcluded { noteBeginning() }
                writer.start(
                    status: 200,
                    headers: headers(target, report: TranslationReport(), exchange: exchange, stream: true),
                    body: ByteBuffer(bytes: held))
                held = []
            }
            if watch.isComplete {
                writer.finish(ByteBuffer(bytes: held))
                await drain(exchange)
                return .answered(success)
            }
            guard !held.isEmpty else { continue }
            await writer.write(ByteBuffer(bytes: held))
            held = []
        }
    }

    /// Ends a stream that broke in an honest way.
    private func end(_ fault: UpstreamFault, after held: [UInt8], course: TranscriptionCourse) -> Outcome {
        let outcome = outcome(of: AttemptFailure(fault))
        settle(nil, of: course)
        guard !writer.isClosed else {
            record.status = 499
            record.errorCode = "client_closed"
            return .answered(outcome)
        }
        let fault = toldToClient(fault)
        record.errorCode = fault.code ?? fault.kind.rawValue
        conclude()
        let event = FaultCodec.encodeStreamError(fault, to: .openAIChat, requestID: request.id)
        writer.finish(ByteBuffer(bytes: held + event))
        return .answered(outcome)
    }
}
