/// Collects an upstream's stream into one complete answer for a client that asked for none.
///
/// A value type without a clock or randomness: the same bytes give the same answer, however they were cut. Unlike
/// passing a stream on, nothing is committed before the end, so every failure can still be answered by another
/// upstream.
public struct StreamCollector: Sendable {
    private let client: WireFormat
    private let context: TranslationContext
    private let maximumBytes: Int
    private var decoder: StreamDecoder
    private var answer = ResponseAccumulator()
    private var events: [StreamEvent] = []
    private var cutter: StopSequenceCutter?
    /// Bytes of text, thoughts and arguments seen so far.
    public private(set) var textBytes = 0
    private var progress = StreamProgress()

    /// - Parameters:
    ///   - upstream: the dialect of the bytes pushed; may be the client's own.
    ///   - context: the answer's model name, tool names and what the client asked for.
    ///   - maximumBytes: what an answer may hold before it counts as an attack; the stream around it may be longer.
    ///     Default: 64 MiB.
    public init(
        from upstream: WireFormat, to client: WireFormat, context: TranslationContext, maximumBytes: Int = 64 << 20
    ) {
        self.client = client
        self.context = context
        self.maximumBytes = maximumBytes
        decoder = StreamDecoder(of: upstream, context: context)
        cutter = StopSequenceCutter(context.stopSequences)
        events.reserveCapacity(8)
    }

    /// Takes in what arrived.
    ///
    /// Never throws for what an upstream sends: an error event, malformed data or an answer beyond the bound is in the
    /// result, here and of every later call. Once the answer is complete, what follows counts for nothing.
    /// - Parameter bytes: what was read, cut anywhere.
    public mutating func push(_ bytes: UnsafeRawBufferPointer) -> StreamProgress {
        var position = 0
        while !isOver, decoder.decodeNext(in: bytes, at: &position, into: &events) { takeEvents() }
        return progress
    }

    /// The upstream closed, or its answer is complete.
    /// - Returns: the body for the client, the usage it reports and what was lost.
    /// - Throws: the failure met so far, or that the upstream's terminator never came.
    public mutating func finish() throws(UpstreamFault) -> EncodedResponse {
        if !isOver {
            decoder.finish(into: &events)
            takeEvents()
        }
        if let failure = progress.failure { throw failure }
        do throws(TranslationError) {
            return try Translator.encode(answer.wholeResponse, to: client, context: context)
        } catch {
            throw error.fault
        }
    }

    /// What the upstream has counted so far, also when it never finished.
    public var usage: Usage? { decoder.usage }

    /// Whether the whole answer has nothing in it.
    public var isEmpty: Bool { progress.isEmpty }

    private var isOver: Bool { progress.isComplete || progress.failure != nil }

    private mutating func takeEvents() {
        cutter?.filter(&events)
        for event in events {
            if case .error(let fault) = event {
                stop(with: fault)
                break
            }
            answer.add(event)
            textBytes += event.textBytes
            if answer.byteCount > maximumBytes {
                stop(with: .malformed("the upstream sent an answer of more than \(maximumBytes) bytes"))
                break
            }
            if event.isMeaningful { progress.isMeaningful = true }
            if case .end = event { progress.isComplete = true }
        }
        events.removeAll(keepingCapacity: true)
    }

    /// Lets go of an answer nobody will get.
    private mutating func stop(with fault: UpstreamFault) {
        progress.failure = fault
        answer = ResponseAccumulator()
    }
}

extension TranslationError {
    /// The fault of an upstream whose answer cannot be said in the client's dialect.
    fileprivate var fault: UpstreamFault {
        switch code {
        case .malformedAnswer: .malformed("the upstream's answer is malformed: \(description)")
        case .invalid, .unsupported: UpstreamFault(.invalidRequest, message: description, parameter: path)
        }
    }
}
