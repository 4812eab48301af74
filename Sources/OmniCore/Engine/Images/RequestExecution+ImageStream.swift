import NIOCore
import OmniTranslate

extension RequestExecution {
    /// Passes a stream of images on, event by event.
    ///
    /// Nothing is sent before the first event, so that a failure until then can be answered by another target. The last
    /// event is sent once the images are on record.
    @inline(never)  // It would lie in the frame of every attempt.
    func streamImages(
        _ exchange: any UpstreamExchange, asked: ImageRequest, target: Target, report: TranslationReport
    ) async -> Outcome {
        let stream = ImageStream(asked: asked, target: target, report: report)
        record.status = 200
        while true {
            switch take(await exchange.piece(), from: exchange, of: stream) {
            case .wait: continue
            case .write(let bytes): await writer.write(bytes)
            case .end(let outcome): return outcome
            }
        }
    }

    /// A stream of images under way.
    private final class ImageStream {
        let asked: ImageRequest
        let target: Target
        let report: TranslationReport
        var reader = ImageStreamReader()
        /// The last event with a whole image, not sent yet.
        var held: [UInt8] = []
        var isCommitted = false

        init(asked: ImageRequest, target: Target, report: TranslationReport) {
            self.asked = asked
            self.target = target
            self.report = report
        }

        var billed: BilledQuantity {
            BilledQuantity(.image, count: reader.images, variant: reader.variant ?? asked.variant)
        }
    }

    private enum ImageStep {
        case wait
        case write(ByteBuffer)
        case end(Outcome)
    }

    @inline(never)  // See above.
    private func take(
        _ result: Result<UpstreamPiece, TransportError>, from exchange: any UpstreamExchange, of stream: ImageStream
    ) -> ImageStep {
        var progress: ImageStreamReader.Progress
        var isAtEnd = false
        switch result {
        case .failure(let error): return .end(breakOff(stream, UpstreamFault(error)))
        case .success(.silence):
            return stream.isCommitted ? .write(ByteBuffer(bytes: StreamKeepAlive.frame(for: .openAIChat))) : .wait
        case .success(.bytes(let bytes)):
            progress = bytes.withUnsafeReadableBytes { stream.reader.push($0) }
        case .success(.end):
            isAtEnd = true
            progress = stream.reader.finish()
            if progress.failure == nil, stream.reader.images == 0 {
                progress.failure = UpstreamFault(
                    .upstream, message: "the upstream's stream ended early", code: "upstream_incomplete")
            }
        }
        if let failure = progress.failure {
            exchange.abandon()
            return .end(breakOff(stream, failure))
        }
        var output: [UInt8] = []
        if !progress.events.isEmpty || !progress.completed.isEmpty {
            output = stream.held + progress.events
            stream.held = progress.completed
        }
        if isAtEnd { conclude(stream) }
        if !stream.isCommitted, !output.isEmpty || !stream.held.isEmpty {
            stream.isCommitted = true
            noteAnswering()
            if !isConcluded { noteBeginning() }
            writer.start(
                status: 200, headers: headers(stream.target, report: stream.report, exchange: exchange, stream: true),
                body: ByteBuffer(bytes: output))
            output = []
        }
        guard isAtEnd else { return output.isEmpty ? .wait : .write(ByteBuffer(bytes: output)) }
        writer.finish(ByteBuffer(bytes: output + stream.held))
        return .end(.answered(success))
    }

    /// What was drawn is on record before its last event is sent.
    private func conclude(_ stream: ImageStream) {
        settle(stream.reader.usage ?? Usage(), billed: stream.billed)
        record.losses = stream.report.headerValue
        conclude()
    }

    /// Ends a stream that broke; whole images that came before count.
    private func breakOff(_ stream: ImageStream, _ fault: UpstreamFault) -> Outcome {
        guard stream.isCommitted else { return .failed(.init(fault)) }
        let outcome = outcome(of: AttemptFailure(fault))
        settle(stream.reader.usage ?? Usage(), billed: stream.reader.images > 0 ? stream.billed : nil)
        guard !writer.isClosed else {
            record.status = 499
            record.errorCode = "client_closed"
            return .answered(outcome)
        }
        let fault = toldToClient(fault)
        record.errorCode = fault.code ?? fault.kind.rawValue
        conclude()
        writer.finish(
            ByteBuffer(
                bytes: stream.held + FaultCodec.encodeStreamError(fault, to: .openAIChat, requestID: request.id)))
        return .answered(outcome)
    }
}
