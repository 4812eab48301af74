import OmniJSON

/// Watches a stream of Ollama that is passed on in its own dialect: progress, usage, and its last line.
///
/// JSON is parsed only until content shows, and then for lines whose bytes hint at an error or the end.
struct OllamaStreamWatch: Sendable {
    private var parser = NDJSONParser()
    private(set) var progress = StreamProgress()
    private(set) var usage: Usage?
    private(set) var tally = TextTally()
    /// Whether an error line of the upstream was seen, or one was written.
    private var hasErrorLine = false

    /// Whether half a line is out already.
    var isInsideLine: Bool { parser.isInsideLine }

    mutating func push(_ bytes: UnsafeRawBufferPointer) -> StreamProgress {
        var position = 0
        do throws(ServerSentEventOverflow) {
            while let line = try parser.next(in: bytes, at: &position) { inspect(line) }
        } catch {
            fail(with: .malformed("the upstream sent a line of more than \(error.limit) bytes"))
        }
        return progress
    }

    /// The upstream closed: without a line that says `done` the in-band error is appended, once content was forwarded.
    mutating func finish(into output: inout [UInt8]) -> StreamProgress {
        let isInsideLine = parser.isInsideLine
        if let line = parser.finish() { inspect(line) }
        guard !progress.isComplete, progress.failure == nil else { return progress }
        fail(with: .truncated)
        if progress.isMeaningful { writeError(.truncated, isInsideLine: isInsideLine, into: &output) }
        return progress
    }

    /// Appends the in-band error for a fault met outside.
    ///
    /// Does nothing after an end or an error.
    mutating func fail(_ fault: UpstreamFault, into output: inout [UInt8]) {
        guard !progress.isComplete, !hasErrorLine else { return }
        fail(with: fault)
        writeError(fault, isInsideLine: parser.isInsideLine, into: &output)
    }

    private mutating func fail(with fault: UpstreamFault) {
        if progress.failure == nil { progress.failure = fault }
    }

    private mutating func writeError(_ fault: UpstreamFault, isInsideLine: Bool, into output: inout [UInt8]) {
        hasErrorLine = true
        if isInsideLine { output.write("\n") }
        output += FaultCodec.encodeStreamError(fault, to: .ollama, requestID: nil)
    }

    private mutating func inspect(_ line: [UInt8]) {
        guard !progress.isComplete else { return }
        guard !progress.isMeaningful || Self.concerns(line) else { return tally.add(event: line.count) }
        let body: JSONValue
        do throws(JSONError) {
            body = try JSONValue(parsing: line)
        } catch {
            // Passes on like everything else, but before the commit point it is a reason to try elsewhere.
            if !progress.isMeaningful { fail(with: .malformed("the upstream sent a line that is not JSON: \(error)")) }
            return
        }
        if let fault = OllamaErrors.decode(body, status: nil) {
            fail(with: fault)
            hasErrorLine = true
            return
        }
        if body["done"]?.bool == true {
            usage = OllamaUsage.decode(body)
            if !OllamaFinish.decode(body.present("done_reason"), hasToolCalls: false).reason.isUsual {
                progress.isMeaningful = true
            }
            progress.isComplete = progress.failure == nil
        } else {
            tally.add(event: line.count, text: AnswerText.byteCount(in: body, of: .ollama))
        }
        if body.holdsOllamaContent { progress.isMeaningful = true }
    }

    /// Whether a line may be the last one or an error; may say yes too often, never no.
    private static func concerns(_ line: [UInt8]) -> Bool {
        line.withUnsafeBufferPointer { bytes in
            var index = 0
            while index + 7 <= bytes.count {
                defer { index += 1 }
                guard bytes[index] == UInt8(ascii: "\"") else { continue }
                if matches("\"error\"", at: index, in: bytes) { return true }
                if matches("\"done\"", at: index, in: bytes), !isFalse(after: index + 6, in: bytes) { return true }
            }
            return false
        }
    }

    private static func matches(_ literal: StaticString, at index: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        for offset in 0..<literal.utf8CodeUnitCount where bytes[index + offset] != literal.utf8Start[offset] {
            return false
        }
        return true
    }

    /// Whether a name's value begins as `false` does, past colon and white space.
    private static func isFalse(after index: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        for byte in bytes[index...] where byte != UInt8(ascii: ":") && byte != 0x20 && byte != 0x09 {
            return byte == UInt8(ascii: "f")
        }
        return false
    }
}
