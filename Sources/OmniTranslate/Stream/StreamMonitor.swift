import OmniJSON

/// Watches a stream that is passed on in its own dialect: progress and usage, with every byte left as it was.
///
/// The one thing it may take out is the usage chunk the router asked for and the client did not; the one it may add is
/// the terminator some chat servers leave out. JSON is parsed only for the first events, until content shows, and for
/// those whose bytes hint at usage, an error or an end.
public struct StreamMonitor: Sendable {
    private enum LineFeed: Sendable { case passed, dropped }

    private let format: WireFormat
    private let hidesUsageChunk: Bool
    private let requiresTerminator: Bool
    private var parser = ServerSentEventParser()
    private var progress = StreamProgress()
    /// Chat's choices by index, and whether each has finished.
    private var finishes: [Int: Bool] = [:]
    private var hasWrittenError = false
    private var chatUsage: Usage?
    private var counts = AnthropicUsageCounts()
    private var ollama = OllamaStreamWatch()
    private var gemini = GeminiStreamWatch()
    private var responses = OpenAIResponsesStreamWatch()
    private var tally = TextTally()
    /// What becomes of a line feed that comes first in the next bytes; nil when it belongs to no event before.
    private var lineFeed: LineFeed?
    /// Bytes of the event that is not complete yet, when events may be taken out.
    private var held: [UInt8] = []

    /// - Parameters:
    ///   - format: the dialect of both sides; all are understood.
    ///   - hidesUsageChunk: whether to drop chat's extra chunk with `choices: []` and usage.
    ///   - requiresTerminator: whether a chat stream that closes after its finish but without `[DONE]` is a failure.
    public init(format: WireFormat, hidesUsageChunk: Bool, requiresTerminator: Bool = false) {
        self.format = format
        self.hidesUsageChunk = hidesUsageChunk && format == .openAIChat
        self.requiresTerminator = requiresTerminator
    }

    /// Whether the bytes appended are always those pushed, so that the caller may forward its own buffer instead and
    /// pass an empty output.
    ///
    /// What ``finish(into:)`` and ``fail(_:into:)`` append must be sent in any case.
    public var forwardsVerbatim: Bool { !hidesUsageChunk }

    /// Whether what was appended so far ends with a whole event, so that a keep-alive may be put in.
    public var isBetweenEvents: Bool {
        hidesUsageChunk || !parser.isInsideEvent && !ollama.isInsideLine && !gemini.isInsideEvent
    }

    /// What the upstream has counted so far.
    public var usage: Usage? {
        switch format {
        case .anthropicMessages: counts.usage
        case .ollama: ollama.usage
        case .gemini: gemini.usage
        case .openAIResponses: responses.usage
        default: chatUsage
        }
    }

    /// Bytes of text, thoughts and arguments seen so far, roughly: most events are weighed, not read.
    public var textBytes: Int {
        switch format {
        case .ollama: ollama.tally.bytes
        case .gemini: gemini.textBytes
        case .openAIResponses: responses.tally.bytes
        default: tally.bytes
        }
    }

    /// The whole answer of a Responses stream, once it is complete.
    public var wholeAnswer: [UInt8]? { responses.answer.map { Array($0.raw) } }

    /// Appends the bytes to forward.
    ///
    /// An upstream's own error event is forwarded like everything else and told as a failure.
    public mutating func push(_ bytes: UnsafeRawBufferPointer, into output: inout [UInt8]) -> StreamProgress {
        if !hidesUsageChunk { output.append(contentsOf: bytes) }
        if format == .ollama { return ollama.push(bytes) }
        if format == .gemini { return gemini.push(bytes) }
        guard isWatched else {
            progress.isMeaningful = progress.isMeaningful || !bytes.isEmpty
            return progress
        }
        var position = 0
        var start = passLineFeed(in: bytes, into: &output)
        do throws(ServerSentEventOverflow) {
            while let event = try parser.next(in: bytes, at: &position) {
                let isHidden = inspect(event.data) && hidesUsageChunk
                guard hidesUsageChunk else { continue }
                let end = endOfEvent(in: bytes, at: position, isHidden: isHidden)
                if isHidden {
                    held.removeAll(keepingCapacity: true)
                } else {
                    flush(into: &output)
                    output.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
                }
                start = end
            }
        } catch {
            fail(with: .malformed("the upstream sent an event of more than \(error.limit) bytes"))
            start = bytes.count
            held = []
        }
        if hidesUsageChunk { hold(UnsafeRawBufferPointer(rebasing: bytes[start...]), into: &output) }
        return progress
    }

    /// An event ends with the carriage return of its blank line; a line feed after that goes with it.
    private mutating func endOfEvent(in bytes: UnsafeRawBufferPointer, at position: Int, isHidden: Bool) -> Int {
        guard bytes[position - 1] == 0x0D else { return position }
        if position == bytes.count { lineFeed = isHidden ? .dropped : .passed }
        return position < bytes.count && bytes[position] == 0x0A ? position + 1 : position
    }

    /// - Returns: where the bytes begin that belong to no event yet.
    private mutating func passLineFeed(in bytes: UnsafeRawBufferPointer, into output: inout [UInt8]) -> Int {
        guard let first = bytes.first, let fate = lineFeed else { return 0 }
        lineFeed = nil
        guard first == 0x0A else { return 0 }
        if fate == .passed { output.append(first) }
        return 1
    }

    /// The upstream closed.
    ///
    /// A chat stream whose choices have finished gets the terminator it lacks, unless its server always sends one. Any
    /// other end without terminator is a failure: the in-band error is appended, once content has been forwarded.
    public mutating func finish(into output: inout [UInt8]) -> StreamProgress {
        if format == .ollama { return ollama.finish(into: &output) }
        if format == .gemini { return gemini.finish(into: &output) }
        guard isWatched else {
            progress.isComplete = progress.failure == nil
            return progress
        }
        let isInsideEvent = parser.isInsideEvent
        let rest = parser.finish()
        let isHidden = rest.map { inspect($0.data) } ?? false
        if progress.isComplete {
            if !isHidden { flush(into: &output) }
            return progress
        }
        // Half an event shows that something is missing, whatever it was.
        let isCut = rest.map { !$0.data.isEmpty && (try? JSONValue(parsing: $0.data)) == nil } ?? false
        if hasFinished, !isCut, !requiresTerminator, progress.failure == nil {
            progress.isComplete = true
            if !isHidden {
                flush(into: &output)
                if isInsideEvent { output.write("\n\n") }
            }
            output.write("data: [DONE]\n\n")
            return progress
        }
        guard progress.failure == nil else {
            flush(into: &output)
            return progress
        }
        fail(with: .truncated)
        if progress.isMeaningful { writeError(.truncated, isInsideEvent: isInsideEvent, into: &output) }
        return progress
    }

    /// Appends the in-band error for a fault met outside (timeout, lost connection), or for one this value reported
    /// before the commit point when the head was sent all the same.
    ///
    /// Does nothing after an end or an error.
    public mutating func fail(_ fault: UpstreamFault, into output: inout [UInt8]) {
        if format == .ollama { return ollama.fail(fault, into: &output) }
        if format == .gemini { return gemini.fail(fault, into: &output) }
        guard !progress.isComplete, !hasWrittenError else { return }
        let isInsideEvent = parser.isInsideEvent
        fail(with: fault)
        writeError(fault, isInsideEvent: isInsideEvent, into: &output)
    }

    private var isWatched: Bool { format == .openAIChat || format == .anthropicMessages || format == .openAIResponses }

    private var hasFinished: Bool { !finishes.isEmpty && finishes.values.allSatisfy(\.self) }

    private mutating func fail(with fault: UpstreamFault) {
        if progress.failure == nil { progress.failure = fault }
    }

    private mutating func writeError(_ fault: UpstreamFault, isInsideEvent: Bool, into output: inout [UInt8]) {
        hasWrittenError = true
        // Half an event is out already when nothing is held: end it, so that the error is an event of its own.
        if isInsideEvent, !hidesUsageChunk { output.write("\n\n") }
        held = []
        if format == .openAIResponses {
            OpenAIResponsesErrors.writeEvent(fault, sequence: responses.sequence, into: &output)
        } else {
            output += FaultCodec.encodeStreamError(fault, to: format, requestID: nil)
        }
    }

    /// Keeps the beginning of an event until its end shows what it is.
    ///
    /// Comments between events belong to none and pass.
    private mutating func hold(_ bytes: UnsafeRawBufferPointer, into output: inout [UInt8]) {
        held.append(contentsOf: bytes)
        if !parser.isInsideEvent || held.count > Self.heldLimit { flush(into: &output) }
    }

    /// Comments inside an event count for nothing with the parser, yet they are held: pass on what is beyond any event.
    private static var heldLimit: Int { 32 << 20 }

    private mutating func flush(into output: inout [UInt8]) {
        output += held
        held.removeAll(keepingCapacity: true)
    }

    /// Takes note of one event.
    /// - Returns: whether it is chat's extra usage chunk.
    private mutating func inspect(_ data: [UInt8]) -> Bool {
        guard !progress.isComplete else { return false }
        if format == .anthropicMessages {
            inspectAnthropic(data)
            return false
        }
        if format == .openAIResponses {
            if responses.inspect(data, progress: &progress) { hasWrittenError = true }
            return false
        }
        if data.isDoneMarker {
            progress.isComplete = progress.failure == nil
            return false
        }
        guard !progress.isMeaningful || StreamHints.concernsChat(data) else {
            tally.add(event: data.count)
            return false
        }
        return inspectChat(data)
    }

    private mutating func inspectChat(_ data: [UInt8]) -> Bool {
        guard let chunk = parse(data) else { return false }
        if let fault = OpenAIChatErrors.decode(chunk, status: nil) {
            fail(with: fault)
            hasWrittenError = true
            return false
        }
        var isEmpty = true
        for choice in chunk["choices"]?.elements ?? chunk.elements {
            isEmpty = false
            let index = choice["index"]?.int ?? 0
            // The bound keeps hostile indexes from costing memory.
            if finishes[index] == nil, finishes.count < 128 { finishes[index] = false }
            if let reason = choice.present("finish_reason"), let text = reason.text {
                if text.equals("error") {
                    fail(with: .endedInError)
                    return false
                }
                if let finish = OpenAIChatFinish.decode(reason) {
                    finishes[index] = true
                    if !finish.reason.isUsual { progress.isMeaningful = true }
                }
            }
            guard let delta = choice.present("delta") else { continue }
            if delta.holdsChatContent { progress.isMeaningful = true }
            tally.add(event: data.count, text: AnswerText.contents(of: delta))
        }
        guard let usage = OpenAIChatUsage.decode(chunk.present("usage")) else { return false }
        chatUsage = usage
        return isEmpty
    }

    private mutating func inspectAnthropic(_ data: [UInt8]) {
        if progress.isMeaningful, !StreamHints.concernsAnthropic(data) { return tally.add(event: data.count) }
        guard let body = parse(data) else { return }
        guard let type = body["type"]?.text else {
            // Compatible servers send errors in OpenAI's shape, which has no type at the top.
            if let fault = AnthropicErrors.decode(body, status: nil) {
                fail(with: fault)
                hasWrittenError = true
            }
            return
        }
        if type.equals("message_start") {
            if let counts = body.present("message")?.present("usage") { self.counts.update(counts) }
        } else if type.equals("message_delta") {
            if let delta = body.present("delta"), let reason = delta.present("stop_reason"),
                !AnthropicFinish.decode(reason, in: delta, hasToolCalls: false).reason.isUsual
            {
                progress.isMeaningful = true
            }
            if let counts = body.present("usage") { self.counts.update(counts) }
        } else if type.equals("message_stop") {
            progress.isComplete = progress.failure == nil
        } else if type.equals("error") {
            fail(with: AnthropicErrors.decode(body, status: nil) ?? .malformed("the upstream sent an error"))
            hasWrittenError = true
        } else if type.equals("content_block_start") {
            // Text and thinking begin empty; every other block is content from its start.
            let block = body.present("content_block")?["type"]?.text ?? .empty
            if !block.equals("text"), !block.equals("thinking") { progress.isMeaningful = true }
        } else if type.equals("content_block_delta") {
            let delta = body.present("delta")
            if (delta?["text"] ?? delta?["thinking"])?.text?.isEmpty != true { progress.isMeaningful = true }
            tally.add(event: data.count, text: delta.map { AnswerText.contents(of: $0) } ?? 0)
        }
    }

    /// What is no JSON passes on like everything else, but before the commit point it is a reason to try elsewhere.
    private mutating func parse(_ data: [UInt8]) -> JSONValue? {
        do throws(JSONError) {
            return try JSONValue(parsing: data)
        } catch {
            if !progress.isMeaningful, error.code != .empty, !data.isDoneMarker {
                fail(with: .malformed("the upstream sent an event that is not JSON: \(error)"))
            }
            return nil
        }
    }
}
