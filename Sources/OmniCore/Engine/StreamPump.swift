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

    private let work: Work
    private let requestReport: TranslationReport
    private let keepsAnswer: Bool

    private enum Work {
        case translation(Box<StreamTranslator>)
        /// Bytes are passed on as they are.
        case watch(Box<StreamMonitor>)
    }

    /// Either is large, and changed in place.
    private final class Box<Value> {
        var value: Value

        init(_ value: Value) { self.value = value }
    }

    @inline(never)  // See above.
    init(call: UpstreamCall, client: WireFormat, isPassthrough: Bool) {
        target = call.request.target
        requestReport = call.report
        keepsAnswer = call.context.keepsAnswer
        if isPassthrough {
            let monitor = StreamMonitor(
                format: client, hidesUsageChunk: call.hidesUsageChunk,
                requiresTerminator: call.context.capabilities.endsStreamsWithDone)
            work = .watch(Box(monitor))
        } else {
            work = .translation(Box(StreamTranslator(from: target.format, to: client, context: call.context)))
        }
    }

    /// The last usage the upstream reported, also in the middle of a stream.
    var usage: Usage? {
        switch work {
        case .translation(let translator): translator.value.usage
        case .watch(let monitor): monitor.value.usage
        }
    }

    /// Bytes of text, thoughts and arguments seen so far, where the upstream does not count.
    var textBytes: Int {
        switch work {
        case .translation(let translator): translator.value.textBytes
        case .watch(let monitor): monitor.value.textBytes
        }
    }

    /// Whether the client has whole events only, so that something may be put between them.
    var isBetweenEvents: Bool {
        switch work {
        case .translation: true
        case .watch(let monitor): monitor.value.isBetweenEvents
        }
    }

    /// What was lost on both ways, as far as it is known.
    var report: TranslationReport {
        var report = requestReport
        if case .translation(let translator) = work { report.merge(translator.value.report) }
        return report
    }

    /// The whole response a Responses client got; nil before the end and where it is not kept.
    var keptAnswer: [UInt8]? {
        switch work {
        case .translation(let translator): translator.value.keptAnswer
        case .watch(let monitor): keepsAnswer ? monitor.value.wholeAnswer : nil
        }
    }

    /// What led to which call so far, where it is remembered.
    var thoughts: ThoughtTrail {
        if case .translation(let translator) = work { translator.value.thoughts } else { ThoughtTrail() }
    }

    /// Appends what the client shall receive for these bytes.
    @inline(never)  // See above.
    func push(_ bytes: ByteBuffer, into output: inout [UInt8]) -> StreamProgress {
        bytes.withUnsafeReadableBytes { bytes in
            switch work {
            case .translation(let translator): translator.value.push(bytes, into: &output)
            case .watch(let monitor): monitor.value.push(bytes, into: &output)
            }
        }
    }

    /// The upstream closed its answer.
    @inline(never)  // See above.
    func finish(into output: inout [UInt8]) -> StreamProgress {
        switch work {
        case .translation(let translator): translator.value.finish(into: &output)
        case .watch(let monitor): monitor.value.finish(into: &output)
        }
    }

    /// Appends the client's form of an error in the middle of a stream.
    @inline(never)  // See above.
    func fail(_ fault: UpstreamFault, into output: inout [UInt8]) {
        switch work {
        case .translation(let translator): translator.value.fail(fault, into: &output)
        case .watch(let monitor): monitor.value.fail(fault, into: &output)
        }
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
