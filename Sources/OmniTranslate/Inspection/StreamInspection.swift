/// A recorded stream of one dialect taken apart event by event, beside what a client of another would have read.
public struct StreamInspection: Sendable {
    /// What one event of the upstream became.
    public struct Step: Sendable {
        /// The event as it stands in the recording, with what frames it.
        public var input: [UInt8]
        public var events: [StreamEvent]
        /// Events of the client's dialect, framed as they are sent; put together they are its stream.
        public var output: [[UInt8]]
        /// Whether the answer counts from here on: until then nothing is sent and another upstream may still be asked.
        public var commits: Bool
    }

    public private(set) var steps: [Step] = []
    /// What the client's dialect could not say.
    public private(set) var report = TranslationReport()
    public private(set) var usage: Usage?
    /// Why the stream counts as failed; nil when it came to its end.
    public private(set) var failure: UpstreamFault?
    /// Whether the recording has more events than are shown.
    public private(set) var isCut = false

    /// Events shown at most.
    public static let maximumSteps = 5000

    /// - Parameters:
    ///   - bytes: the recording.
    ///   - context: as for ``StreamTranslator``; stop sequences are not looked for.
    public init(of bytes: [UInt8], from upstream: WireFormat, to client: WireFormat, context: TranslationContext) {
        var decoder = StreamDecoder(of: upstream, context: context)
        var encoder = StreamEncoder(to: client, context: context)
        let passes = upstream == client
        var isCommitted = false
        var isOver = false
        func step(_ input: ArraySlice<UInt8>, _ events: [StreamEvent], to steps: inout [Step]) {
            var step = Step(input: Array(input), events: events, output: [], commits: false)
            var output: [UInt8] = []
            for event in events where !isOver {
                if !isCommitted, event.isMeaningful {
                    isCommitted = true
                    step.commits = true
                }
                switch event {
                case .error(let fault):
                    failure = fault
                    isOver = true
                    // A failure before anything counted is no part of an answer: the next upstream is asked.
                    if isCommitted { encoder.encode(event, into: &output) }
                case .end:
                    isOver = true
                    encoder.encode(event, into: &output)
                default: encoder.encode(event, into: &output)
                }
            }
            step.output = passes ? (input.isEmpty ? [] : [Array(input)]) : Self.frames(output, of: client)
            steps.append(step)
        }
        bytes.withUnsafeBytes { buffer in
            var position = 0
            while !isOver {
                let start = position
                var events: [StreamEvent] = []
                guard decoder.decodeNext(in: buffer, at: &position, into: &events) else {
                    // What is left is no whole event, which the end of the stream may yet complete.
                    if !isOver { decoder.finish(into: &events) }
                    if start < position || !events.isEmpty { step(bytes[start..<position], events, to: &steps) }
                    return
                }
                guard steps.count < Self.maximumSteps else {
                    isCut = true
                    return
                }
                step(bytes[start..<position], events, to: &steps)
            }
        }
        usage = decoder.usage
        if !passes { report = encoder.report }
    }

    /// Cuts a stream's bytes behind each event.
    private static func frames(_ bytes: [UInt8], of format: WireFormat) -> [[UInt8]] {
        let end: [UInt8] = format == .ollama ? [0x0A] : [0x0A, 0x0A]
        var frames: [[UInt8]] = []
        var start = 0
        var position = 0
        while position + end.count <= bytes.count {
            guard bytes[position..<position + end.count].elementsEqual(end) else {
                position += 1
                continue
            }
            position += end.count
            frames.append(Array(bytes[start..<position]))
            start = position
        }
        if start < bytes.count { frames.append(Array(bytes[start...])) }
        return frames
    }
}
