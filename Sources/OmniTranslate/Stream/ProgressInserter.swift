import OmniJSON

/// Puts progress events between the events of a client's stream, for clients that asked for them.
///
/// A value without a clock: bytes in, bytes out. An event is held back until it is whole, so that what is appended always
/// ends between two of them; nothing is put before the first, on which the SDKs' accumulators depend. The last progress
/// event comes before what ends the stream, for SDKs read no further.
public struct ProgressInserter: Sendable {
    /// Milliseconds between two progress events at least.
    public static let interval = 2000

    /// What the first progress event says of the way to the answer.
    public struct Beginning: Sendable {
        public var attempt: Int
        /// Milliseconds until the attempt that answers began.
        public var queuedMS: Int
        /// Milliseconds until there was something to send.
        public var firstByteMS: Int

        public init(attempt: Int, queuedMS: Int, firstByteMS: Int) {
            self.attempt = attempt
            self.queuedMS = queuedMS
            self.firstByteMS = firstByteMS
        }
    }

    private enum Phase { case firstByte, streaming, waiting, done }

    /// The generated tokens as they were counted, once that is known; until then they are estimated.
    public var countedTokens: Int?

    private let beginning: Beginning
    private var parser = ServerSentEventParser()
    private var reader: ProgressReader
    /// Bytes of the event that is not whole yet, and everything from the terminator on.
    private var held: [UInt8] = []
    /// When the last progress event was put in; nil before the first.
    private var toldAt: Int?
    private var hasEvents = false
    /// Whether the last event ended with a carriage return, to which a line feed may still belong.
    private var awaitsLineFeed = false
    /// Whether the terminator is held back until the stream is finished and everything is counted.
    private var isEnding = false
    /// Whether no more progress is told: the last one was, or the stream failed.
    private var isOver = false

    /// - Returns: nil for dialects whose streams have no place for it.
    public init?(format: WireFormat, beginning: Beginning) {
        guard format != .ollama else { return nil }
        reader = ProgressReader(format: format)
        self.beginning = beginning
    }

    /// Appends what the client receives for these bytes of its stream.
    /// - Parameter elapsed: milliseconds since the request came.
    public mutating func push(_ bytes: UnsafeRawBufferPointer, at elapsed: Int, into output: inout [UInt8]) {
        guard !isOver else { return output.append(contentsOf: bytes) }
        var position = 0
        var start = takeLineFeed(in: bytes, at: elapsed, into: &output)
        do throws(ServerSentEventOverflow) {
            while let event = try parser.next(in: bytes, at: &position) {
                let role = reader.read(event.data)
                if role == .terminator { isEnding = true }
                if role == .failure { isOver = true }
                if role == .totals { tell(.done, at: elapsed, into: &output) }
                let end = endOfEvent(in: bytes, at: position)
                held.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
                start = end
                guard !isEnding else { continue }
                flush(into: &output)
                hasEvents = true
                tellIfDue(at: elapsed, into: &output)
            }
        } catch {
            // Whatever this is, it is the client's to judge.
            isOver = true
        }
        held.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[start...]))
        if isOver || !isEnding && !parser.isInsideEvent { flush(into: &output) }
    }

    /// Appends a progress event in a pause of the stream, if it is time for one.
    /// - Returns: false when nothing was appended, and something else may be put in the pause.
    public mutating func pause(at elapsed: Int, into output: inout [UInt8]) -> Bool {
        guard !isOver, !isEnding, !awaitsLineFeed, hasEvents, held.isEmpty, isDue(elapsed) else { return false }
        tell(.waiting, at: elapsed, into: &output)
        return true
    }

    /// The stream has ended, in whichever way: appends the last progress event and what was held back.
    public mutating func finish(at elapsed: Int, into output: inout [UInt8]) {
        if !isOver, hasEvents || isEnding, isEnding || !parser.isInsideEvent {
            tell(.done, at: elapsed, into: &output)
        }
        isOver = true
        flush(into: &output)
    }

    /// A line feed after the carriage return of a blank line goes with it: between them nothing may stand, for many
    /// clients know only the pair.
    private mutating func endOfEvent(in bytes: UnsafeRawBufferPointer, at position: Int) -> Int {
        guard bytes[position - 1] == 0x0D else { return position }
        awaitsLineFeed = position == bytes.count
        return position < bytes.count && bytes[position] == 0x0A ? position + 1 : position
    }

    /// - Returns: where the bytes begin that belong to no event before.
    private mutating func takeLineFeed(
        in bytes: UnsafeRawBufferPointer, at elapsed: Int, into output: inout [UInt8]
    ) -> Int {
        guard awaitsLineFeed, let first = bytes.first else { return 0 }
        awaitsLineFeed = false
        guard !isEnding else { return 0 }
        if first == 0x0A { output.append(first) }
        tellIfDue(at: elapsed, into: &output)
        return first == 0x0A ? 1 : 0
    }

    private mutating func tellIfDue(at elapsed: Int, into output: inout [UInt8]) {
        guard !isOver, !awaitsLineFeed, isDue(elapsed) else { return }
        tell(toldAt == nil ? .firstByte : .streaming, at: elapsed, into: &output)
    }

    private func isDue(_ elapsed: Int) -> Bool { toldAt.map { elapsed - $0 >= Self.interval } ?? true }

    private mutating func flush(into output: inout [UInt8]) {
        output += held
        held.removeAll(keepingCapacity: true)
    }

    private mutating func tell(_ phase: Phase, at elapsed: Int, into output: inout [UInt8]) {
        let isFirst = toldAt == nil
        toldAt = elapsed
        if phase == .done { isOver = true }
        // Gemini's SDKs take any line but `data:` for a piece of an error, and its events have no names.
        if reader.format != .gemini { output.write("event: progress\n") }
        output.write("data: ")
        // What is repeated may have stood on several lines.
        output.writeOnOneLine { $0.writeJSON { write(phase, at: elapsed, isFirst: isFirst, into: &$0) } }
        output.write("\n\n")
    }

    private func write(_ phase: Phase, at elapsed: Int, isFirst: Bool, into writer: inout JSONWriter) {
        writer.beginObject()
        reader.writeFrame(into: &writer)
        writer.key("phase")
        switch phase {
        case .firstByte: writer.value("first_byte")
        case .streaming: writer.value("streaming")
        case .waiting: writer.value("waiting")
        case .done: writer.value("done")
        }
        writer.key("tokens_generated")
        writer.value(countedTokens ?? reader.countedTokens ?? reader.estimatedTokens)
        writer.key("elapsed_ms")
        writer.value(elapsed)
        if isFirst { write(beginning, into: &writer) }
        if phase == .done {
            writer.key("done")
            writer.value(true)
        }
        writer.endObject()
    }

    private func write(_ beginning: Beginning, into writer: inout JSONWriter) {
        writer.key("attempt")
        writer.value(beginning.attempt)
        writer.key("queued_ms")
        writer.value(beginning.queuedMS)
        writer.key("first_byte_ms")
        writer.value(beginning.firstByteMS)
    }
}
