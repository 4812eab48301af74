import OmniJSON

/// Watches a Gemini stream that is passed on as it is, in either framing: progress, usage and its end.
struct GeminiStreamWatch: Sendable {
    private var parser = GeminiStreamParser()
    private var progress = StreamProgress()
    private(set) var usage: Usage?
    private(set) var textBytes = 0
    private var hasWrittenError = false
    /// Candidates by index, and the last finish reason of each.
    private var finishes: [Int: JSONValue?] = [:]
    private var isBlocked = false

    /// Whether what was forwarded ends inside an answer.
    var isInsideEvent: Bool { parser.isInsideEvent }

    /// Takes note of bytes the caller forwards.
    mutating func push(_ bytes: UnsafeRawBufferPointer) -> StreamProgress {
        var position = 0
        do throws(ServerSentEventOverflow) {
            while let event = try parser.next(in: bytes, at: &position) { inspect(event.data) }
        } catch {
            fail(with: .malformed("the upstream sent an event of more than \(error.limit) bytes"))
        }
        return progress
    }

    /// The upstream closed: without a finish reason of every candidate that is a failure.
    mutating func finish(into output: inout [UInt8]) -> StreamProgress {
        let isInside = parser.isInsideEvent
        if let event = parser.finish() { inspect(event.data) }
        guard progress.failure == nil else { return progress }
        let reasons = finishes.values.map { $0.map { GeminiFinish.decode($0, hasToolCalls: false).reason } }
        guard isBlocked && finishes.isEmpty || !reasons.isEmpty && reasons.allSatisfy({ $0 != nil }), !parser.isCut
        else {
            fail(with: .truncated)
            if progress.isMeaningful { writeError(.truncated, isInsideEvent: isInside, into: &output) }
            return progress
        }
        if !progress.isMeaningful, !reasons.isEmpty, reasons.allSatisfy({ $0 == .malformedTool }) {
            fail(with: GeminiFinish.malformedCall)
            return progress
        }
        // A prompt that was refused and an end out of the ordinary are answers too.
        if isBlocked || !reasons.allSatisfy({ $0?.isUsual ?? false }) { progress.isMeaningful = true }
        progress.isComplete = true
        if parser.isOpenArray { output.write("]") }
        return progress
    }

    mutating func fail(_ fault: UpstreamFault, into output: inout [UInt8]) {
        guard !progress.isComplete, !hasWrittenError else { return }
        fail(with: fault)
        writeError(fault, isInsideEvent: parser.isInsideEvent, into: &output)
    }

    private mutating func fail(with fault: UpstreamFault) {
        if progress.failure == nil { progress.failure = fault }
    }

    /// Inside an element of an array there is no place for an error; the text breaks off, which no client can miss.
    private mutating func writeError(_ fault: UpstreamFault, isInsideEvent: Bool, into output: inout [UInt8]) {
        hasWrittenError = true
        guard parser.isArray else {
            if isInsideEvent { output.write("\n\n") }
            output += FaultCodec.encodeStreamError(fault, to: .gemini, requestID: nil)
            return
        }
        guard !isInsideEvent, parser.isOpenArray else { return }
        if parser.hasElements { output.write(",\n") }
        output += FaultCodec.encode(fault, to: .gemini, requestID: nil).body
        output.write("]")
    }

    private mutating func inspect(_ data: [UInt8]) {
        let chunk: JSONValue
        do throws(JSONError) {
            chunk = try JSONValue(parsing: data)
        } catch {
            // It passes on like everything else, but before the commit point it is a reason to try elsewhere.
            if !progress.isMeaningful, error.code != .empty {
                fail(with: .malformed("the upstream sent an event that is not JSON: \(error)"))
            }
            return
        }
        if let fault = GeminiErrors.decode(chunk, status: nil) {
            fail(with: fault)
            hasWrittenError = true
            return
        }
        usage = GeminiUsage.decode(chunk.present("usageMetadata")) ?? usage
        textBytes += AnswerText.byteCount(in: chunk, of: .gemini)
        if chunk.present("promptFeedback")?["blockReason"] != nil { isBlocked = true }
        let candidates = chunk["candidates"].map { Array($0.elements) } ?? []
        for (position, candidate) in candidates.enumerated() {
            let index = candidate["index"]?.int ?? position
            // The bound keeps hostile indexes from costing memory.
            if finishes[index] == nil, finishes.count < 128 { finishes[index] = .some(nil) }
            if let reason = candidate.present("finishReason") { finishes[index] = reason }
            guard !progress.isMeaningful else { continue }
            if candidate.holdsGeminiContent { progress.isMeaningful = true }
        }
    }
}
