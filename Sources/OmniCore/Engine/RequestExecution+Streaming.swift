import NIOCore
import OmniTranslate

extension RequestExecution {
    /// The longest run of bytes held back while waiting for the first meaningful event.
    private static let maximumHeldBytes = 1 << 20

    /// Passes a stream on, event by event.
    ///
    /// Until the first meaningful event nothing is sent, so that a failure can still be answered by another target;
    /// after it, a failure ends the stream in the client's own way.
    mutating func stream(_ exchange: any UpstreamExchange, call: UpstreamCall) async -> Outcome {
        let target = call.request.target
        let pump = StreamPump(call: call, client: request.clientFormat, isPassthrough: isPassthrough(target))
        var held: [UInt8] = []
        var isCommitted = false
        record.status = 200
        while true {
            let piece: UpstreamPiece
            do throws(TransportError) {
                piece = try await exchange.next()
            } catch {
                let fault = UpstreamFault(error)
                guard isCommitted else { return .failed(.init(fault)) }
                finish(pump, fault: fault)
                return .answered
            }
            var progress: StreamProgress
            var output = held
            switch piece {
            case .silence:
                if isCommitted, pump.isBetweenEvents, !request.operation.usesArrayFraming {
                    await writer.write(ByteBuffer(bytes: StreamKeepAlive.frame(for: request.clientFormat)))
                }
                continue
            case .bytes(let bytes):
                progress = pump.push(bytes, into: &output)
            case .end:
                progress = pump.finish(into: &output)
                if !progress.isComplete, progress.failure == nil {
                    progress.failure = UpstreamFault(.upstream, message: "the upstream's stream ended early")
                }
            }
            if let failure = progress.failure {
                exchange.abandon()
                guard isCommitted else { return .failed(.init(failure)) }
                record.errorCode = failure.code ?? failure.kind.rawValue
                settle(pump.usage)
                // Where the codec has not put the error into the stream, this does; else it does nothing.
                pump.fail(failure, into: &output)
                writer.finish(ByteBuffer(bytes: output))
                return .answered
            }
            if !isCommitted {
                guard progress.isMeaningful || progress.isComplete || output.count > Self.maximumHeldBytes else {
                    held = output
                    continue
                }
                isCommitted = true
                held = []
                letRequestGo()
                record.timeToFirstTokenMS = elapsedMilliseconds()
                var report = call.report
                report.merge(pump.report)
                writer.start(
                    status: 200, headers: headers(target, report: report, exchange: exchange, stream: true),
                    body: ByteBuffer(bytes: output))
                output = []
            }
            if progress.isComplete {
                settle(pump.usage)
                writer.finish(ByteBuffer(bytes: output))
                if case .end = piece { return .answered }
                await drain(exchange)
                return .answered
            }
            if !output.isEmpty { await writer.write(ByteBuffer(bytes: output)) }
        }
    }

    /// No other target will be tried: what was asked is needed no more.
    private mutating func letRequestGo() {
        envelope = nil
        canonical = nil
        request.releaseBody()
    }

    /// Ends a stream that broke below HTTP.
    private mutating func finish(_ pump: StreamPump, fault: UpstreamFault) {
        settle(pump.usage)
        guard !writer.isClosed else {
            record.status = 499
            record.errorCode = "client_closed"
            return
        }
        let fault = toldToClient(fault)
        record.errorCode = fault.code ?? fault.kind.rawValue
        var output: [UInt8] = []
        pump.fail(fault, into: &output)
        writer.finish(ByteBuffer(bytes: output))
    }

    /// Reads what follows a stream's terminator, normally nothing, so that the connection can be kept.
    private func drain(_ exchange: any UpstreamExchange) async {
        for _ in 0..<8 {
            do throws(TransportError) {
                switch try await exchange.next() {
                case .end: return
                case .silence: return exchange.abandon()
                case .bytes: continue
                }
            } catch {
                return
            }
        }
        exchange.abandon()
    }
}

/// Either a translation or a mere watch over a passthrough, behind one face.
///
/// A class, because the codecs are large and would otherwise lie in the frame of every suspended stream.
final class StreamPump {
    /// Present when the formats differ; otherwise the monitor serves.
    private var translator: StreamTranslator?
    private var monitor: StreamMonitor

    init(call: UpstreamCall, client: WireFormat, isPassthrough: Bool) {
        monitor = StreamMonitor(
            format: client, hidesUsageChunk: call.hidesUsageChunk,
            requiresTerminator: call.context.capabilities.endsStreamsWithDone)
        if !isPassthrough {
            translator = StreamTranslator(from: call.request.target.format, to: client, context: call.context)
        }
    }

    /// The last usage the upstream reported, also in the middle of a stream.
    var usage: Usage? { translator.map(\.usage) ?? monitor.usage }

    /// Whether the client has whole events only, so that something may be put between them.
    var isBetweenEvents: Bool { translator != nil || monitor.isBetweenEvents }

    var report: TranslationReport { translator?.report ?? TranslationReport() }

    /// Appends what the client shall receive for these bytes.
    func push(_ bytes: ByteBuffer, into output: inout [UInt8]) -> StreamProgress {
        bytes.withUnsafeReadableBytes { bytes in
            translator?.push(bytes, into: &output) ?? monitor.push(bytes, into: &output)
        }
    }

    /// The upstream closed its answer.
    func finish(into output: inout [UInt8]) -> StreamProgress {
        translator?.finish(into: &output) ?? monitor.finish(into: &output)
    }

    /// Appends the client's form of an error in the middle of a stream.
    func fail(_ fault: UpstreamFault, into output: inout [UInt8]) {
        if translator?.fail(fault, into: &output) == nil { monitor.fail(fault, into: &output) }
    }
}
