import Crypto
import NIOCore
import OmniTranslate

/// Requests with marks of their own: duplicates that share one answer, and streams that tell their progress.
extension InferenceEngine {
    @inline(never)  // What these requests hold, others must not.
    func answerMarked(
        _ request: InferenceRequest, routes: RoutePlanner, on eventLoop: any EventLoop,
        writer client: any ResponseWriter
    ) async {
        let writer =
            request.wantsProgress ? ProgressWriter(client, format: request.clientFormat, clock: clock) : client
        guard let mark = request.idempotency, !request.operation.isCount else {
            return await run(request, routes: routes, on: eventLoop, writer: writer)
        }
        let bodyDigest = Self.digest(of: request)
        let key = IdempotencyKey(mark, of: request, bodyDigest: bodyDigest)
        switch await idempotency.claim(key, bodyDigest: bodyDigest, now: clock.wallMilliseconds()) {
        case .run(let run):
            let recorder = AnswerRecorder(
                writer, memory: idempotency,
                subject: .init(key: key, run: run, bodyDigest: bodyDigest, isDurable: mark.isDurable), clock: clock)
            await self.run(request, routes: routes, on: eventLoop, writer: recorder)
            recorder.end()
        case .runAlone: await run(request, routes: routes, on: eventLoop, writer: writer)
        case .replay(let answer): await replay(answer, to: request, writer: writer)
        case .conflict: refuse(request, with: Self.reusedKey, on: eventLoop, writer: writer)
        case .left: refuse(request, with: Self.departed, on: eventLoop, writer: writer)
        }
    }

    /// SHA-256 of all that the client sent.
    private static func digest(of request: InferenceRequest) -> [UInt8] {
        var hash = SHA256()
        hash.update(data: request.body)
        if let upload = request.upload?.digest { hash.update(data: upload) }
        return Array(hash.finalize())
    }

    @inline(never)  // One frame for all who call it.
    private func run(
        _ request: InferenceRequest, routes: RoutePlanner, on eventLoop: any EventLoop, writer: any ResponseWriter
    ) async {
        let execution = RequestExecution(engine: self, request: request, eventLoop: eventLoop, writer: writer)
        await execution.run(routes: routes)
    }

    private static let reusedKey = UpstreamFault(
        .unprocessable,
        message: "the Idempotency-Key was used for another request a moment ago; use a new key for a new request",
        code: "idempotency_key_reused")

    /// The code tells it apart from a client that left: the router ends waiting requests when it stops.
    private static let departed = UpstreamFault(
        .clientClosed, message: "the request was cancelled", code: TransportError.Code.cancelled.faultCode)

    private func refuse(
        _ request: InferenceRequest, with fault: UpstreamFault, on eventLoop: any EventLoop, writer: any ResponseWriter
    ) {
        let execution = RequestExecution(engine: self, request: request, eventLoop: eventLoop, writer: writer)
        execution.refuseUnread(fault)
    }

    /// Pieces in which a kept stream is sent, so that a slow client holds up only what it takes.
    static let pieceLength = 64 << 10

    /// Sends a kept answer; like every other it is on record before its last byte is written.
    private func replay(_ answer: IdempotentAnswer, to request: InferenceRequest, writer: any ResponseWriter) async {
        let startedAt = clock.monotonicNanoseconds()
        var headers = AnswerHeaders.base(requestID: request.id, format: request.clientFormat)
        for header in answer.headers { headers.append((header.name, header.value)) }
        headers.append(("x-omniroute-idempotent", "true"))
        var body = ByteBuffer(bytes: answer.bytes)
        guard answer.isStream else {
            recordReplay(of: answer, to: request, startedAt: startedAt, hasLeft: writer.isClosed)
            return writer.respond(status: answer.status, headers: headers, body: body)
        }
        writer.metered(answer.record)
        let head = body.piece(Self.pieceLength)
        let isShort = body.readableBytes == 0
        if isShort { recordReplay(of: answer, to: request, startedAt: startedAt, hasLeft: writer.isClosed) }
        writer.start(status: answer.status, headers: headers, body: head)
        while body.readableBytes > Self.pieceLength, !writer.isClosed {
            await writer.write(body.piece(Self.pieceLength))
        }
        let hasLeft = writer.isClosed
        if !isShort { recordReplay(of: answer, to: request, startedAt: startedAt, hasLeft: hasLeft) }
        if !hasLeft { writer.finish(body) }
    }

    private func recordReplay(
        of answer: IdempotentAnswer, to request: InferenceRequest, startedAt: UInt64, hasLeft: Bool
    ) {
        var record = answer.record
        record.requestID = request.id
        record.startedAt = request.receivedAt
        record.clientKeyID = request.clientKey
        record.path = request.path
        record.clientFormat = request.clientFormat.rawValue
        record.status = answer.status
        if hasLeft {
            record.status = 499
            record.errorCode = "client_closed"
        }
        record.latencyMS = Int((clock.monotonicNanoseconds() &- startedAt) / 1_000_000)
        recorder.record(record)
    }
}

extension RequestExecution {
    /// Answers with an error before anything was tried, and records that.
    fileprivate func refuseUnread(_ fault: UpstreamFault) {
        // For the record only; what is wrong with the body nobody asks.
        if let envelope = try? RequestEnvelope(parsing: request) {
            record.requestedModel = envelope.model
            record.isStreaming = envelope.isStreaming
        }
        refuse(fault)
        conclude()
    }
}

extension ByteBuffer {
    fileprivate mutating func piece(_ length: Int) -> ByteBuffer {
        readSlice(length: min(length, readableBytes)) ?? ByteBuffer()
    }
}
