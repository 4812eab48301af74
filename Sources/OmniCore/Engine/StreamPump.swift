import NIOCore
import OmniTranslate

/// A stream under way: either a translation or a mere watch over a passthrough, behind one face.
///
/// A class whose parts are not inlined, because the codecs are large: they and the temporaries that make them would lie in
/// the frame of every suspended stream.
final class StreamPump {
    let target: Target
    /// What waits for the first meaningful event.
    var held: [UInt8] = []
    /// Whether the client has the head.
    var isCommitted = false

    /// Present unless bytes are passed on as they are; then the monitor serves.
    private var translator: StreamTranslator?
    private var monitor: StreamMonitor
    private let requestReport: TranslationReport
    private let keepsAnswer: Bool

    @inline(never)  // See above.
    init(call: UpstreamCall, client: WireFormat, isPassthrough: Bool) {
        target = call.request.target
        requestReport = call.report
        keepsAnswer = call.context.keepsAnswer
        monitor = StreamMonitor(
            format: client, hidesUsageChunk: call.hidesUsageChunk,
            requiresTerminator: call.context.capabilities.endsStreamsWithDone)
        if !isPassthrough {
            translator = StreamTranslator(from: target.format, to: client, context: call.context)
        }
    }

    /// The last usage the upstream reported, also in the middle of a stream.
    var usage: Usage? { translator.map(\.usage) ?? monitor.usage }

    /// Bytes of text, thoughts and arguments seen so far, where the upstream does not count.
    var textBytes: Int { translator.map(\.textBytes) ?? monitor.textBytes }

    /// Whether the client has whole events only, so that something may be put between them.
    var isBetweenEvents: Bool { translator != nil || monitor.isBetweenEvents }

    /// What was lost on both ways, as far as it is known.
    var report: TranslationReport {
        var report = requestReport
        if let more = translator?.report { report.merge(more) }
        return report
    }

    /// The whole response a Responses client got; nil before the end and where it is not kept.
    var keptAnswer: [UInt8]? { translator.map(\.keptAnswer) ?? (keepsAnswer ? monitor.wholeAnswer : nil) }

    /// What led to which call so far, where it is remembered.
    var thoughts: ThoughtTrail { translator?.thoughts ?? ThoughtTrail() }

    /// Appends what the client shall receive for these bytes.
    @inline(never)  // See above.
    func push(_ bytes: ByteBuffer, into output: inout [UInt8]) -> StreamProgress {
        bytes.withUnsafeReadableBytes { bytes in
            translator?.push(bytes, into: &output) ?? monitor.push(bytes, into: &output)
        }
    }

    /// The upstream closed its answer.
    @inline(never)  // See above.
    func finish(into output: inout [UInt8]) -> StreamProgress {
        translator?.finish(into: &output) ?? monitor.finish(into: &output)
    }

    /// Appends the client's form of an error in the middle of a stream.
    @inline(never)  // See above.
    func fail(_ fault: UpstreamFault, into output: inout [UInt8]) {
        if translator?.fail(fault, into: &output) == nil { monitor.fail(fault, into: &output) }
    }
}

extension UpstreamExchange {
    /// The next piece of the body, or why there is none.
    func piece() async -> Result<UpstreamPiece, TransportError> {
        do throws(TransportError) {
            return .success(try await next())
        } catch {
            return .failure(error)
        }
    }
}
