import OmniJSON

/// Turns an upstream's stream into the client's dialect, bytes in and bytes out.
///
/// A value type without a clock or randomness: the same bytes give the same bytes, however they were cut. Until
/// ``StreamProgress/isMeaningful`` what is appended is only the opening of a stream, which the caller may throw away to
/// try another upstream; a failure up to then appends nothing.
public struct StreamTranslator: Sendable {
    private var decoder: StreamDecoder
    private var encoder: StreamEncoder
    private var progress = StreamProgress()
    /// What led to which call, when ``TranslationContext/keepsThoughts`` is set.
    public private(set) var thoughts = ThoughtTrail()
    private let keepsThoughts: Bool
    /// Bytes of text, thoughts and arguments seen so far.
    public private(set) var textBytes = 0
    private var cutter: StopSequenceCutter?

    /// - Parameters:
    ///   - upstream: the dialect of the bytes pushed; not the client's.
    ///   - context: the answer's model name, tool names and what the client asked for.
    public init(from upstream: WireFormat, to client: WireFormat, context: TranslationContext) {
        keepsThoughts = context.keepsThoughts
        cutter = StopSequenceCutter(context.stopSequences)
        decoder = StreamDecoder(of: upstream, context: context)
        encoder = StreamEncoder(to: client, context: context)
    }

    /// Appends the client's bytes for what arrived.
    ///
    /// Never throws for what an upstream sends. A fault before the commit point is only in the result; after it the
    /// client's in-band error is appended too, and nothing else follows.
    /// - Parameter bytes: what was read, cut anywhere.
    public mutating func push(_ bytes: UnsafeRawBufferPointer, into output: inout [UInt8]) -> StreamProgress {
        // Not kept from read to read: the room for some events is a kilobyte, which a silent stream would hold.
        var events: [StreamEvent] = []
        events.reserveCapacity(8)
        var position = 0
        while !isOver, decoder.decodeNext(in: bytes, at: &position, into: &events) {
            encode(&events, into: &output)
        }
        return progress
    }

    /// The upstream closed.
    ///
    /// Without its terminator that is a failure, treated as in ``push(_:into:)``.
    public mutating func finish(into output: inout [UInt8]) -> StreamProgress {
        guard !isOver else { return progress }
        var events: [StreamEvent] = []
        decoder.finish(into: &events)
        encode(&events, into: &output)
        return progress
    }

    /// Appends the client's in-band error for a fault met outside (timeout, lost connection), or for one this value
    /// reported before the commit point when the head was sent all the same.
    ///
    /// Does nothing after an end or an error.
    public mutating func fail(_ fault: UpstreamFault, into output: inout [UInt8]) {
        guard !progress.isComplete else { return }
        progress.failure = progress.failure ?? fault
        encoder.encode(.error(fault), into: &output)
    }

    /// What the upstream has counted so far, also when it never finished.
    public var usage: Usage? { decoder.usage }

    /// What the client's dialect could not say; grows as the stream goes on.
    public var report: TranslationReport { encoder.report }

    /// The whole answer a Responses client got, once it is complete and when ``TranslationContext/keepsAnswer`` is set.
    public var keptAnswer: [UInt8]? { encoder.keptAnswer }

    private var isOver: Bool { progress.isComplete || progress.failure != nil }

    /// Writes the events and takes them out of the list.
    private mutating func encode(_ events: inout [StreamEvent], into output: inout [UInt8]) {
        cutter?.filter(&events)
        progress.isCut = cutter?.isOver ?? false
        for event in events {
            if case .error(let fault) = event {
                stop(with: fault, into: &output)
                break
            }
            if !progress.isMeaningful { progress.isMeaningful = event.isMeaningful }
            textBytes += event.textBytes
            if keepsThoughts { thoughts.add(event) }
            encoder.encode(event, into: &output)
            if case .end = event { progress.isComplete = true }
        }
        events.removeAll(keepingCapacity: true)
    }

    private mutating func stop(with fault: UpstreamFault, into output: inout [UInt8]) {
        progress.failure = fault
        if progress.isMeaningful { encoder.encode(.error(fault), into: &output) }
    }
}

extension StreamEvent {
    /// Bytes of text, thoughts or arguments, escapes counted as they stand.
    var textBytes: Int {
        switch self {
        case .text(_, let text), .reasoning(_, let text), .refusal(_, let text), .arguments(_, let text):
            text.escaped.count
        default: 0
        }
    }

    /// Whether it is part of an answer and not only its opening or its usual end.
    var isMeaningful: Bool {
        switch self {
        case .start, .usage, .serviceTier, .systemFingerprint, .ping, .error, .blockEnd, .logprobs, .end: false
        case .blockStart(_, let block):
            switch block {
            case .toolCall, .unknown: true
            case .text, .reasoning, .refusal: false
            }
        case .text(_, let words), .reasoning(_, let words), .refusal(_, let words): !words.isEmpty
        case .finish(_, let finish): !finish.reason.isUsual
        case .arguments, .state, .citation, .hostedCall: true
        }
    }
}
