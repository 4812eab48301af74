import OmniCore

/// Usage records as bytes of the journal.
///
/// Numbers, then texts, each list with its count in front: a version that knows more fields reads what an older one
/// wrote, and the other way round. ``JournaledRecord`` reads them.
enum JournalEncoding {
    /// The longest text kept, in bytes; names that clients make up may be of any length.
    static let longestText = 512

    /// - Returns: how many bytes were written; nil when there is no room.
    static func write(_ record: borrowing UsageRecord, to space: UnsafeMutableRawBufferPointer) -> Int? {
        guard var output = Output(space, numbers: JournaledRecord.Number.allCases.count) else { return nil }
        // In the order of `JournaledRecord.Number`.
        output.number(record.startedAt)
        output.number(record.status)
        output.number((record.isStreaming ? 1 : 0) | (record.isEstimated ? 2 : 0) | (record.isCached ? 4 : 0))
        output.number(record.inputTokens)
        output.number(record.cacheReadTokens)
        output.number(record.cacheWriteTokens)
        output.number(record.outputTokens)
        output.number(record.reasoningTokens)
        output.number(record.latencyMS)
        output.number(record.timeToFirstTokenMS)
        output.number(record.attempts)
        output.number(record.cost?.value)
        output.number(record.savedCost?.value)
        output.number(record.billed?.thousandths)
        output.number(record.headMS)
        output.number(record.overheadMicroseconds)
        output.count(JournaledRecord.Text.allCases.count)
        // In the order of `JournaledRecord.Text`.
        output.text(record.requestID)
        output.text(record.clientKeyID?.rawValue)
        output.text(record.connectionID?.rawValue)
        output.text(record.provider)
        output.text(record.requestedModel)
        output.text(record.servedModel)
        output.text(record.clientFormat)
        output.text(record.upstreamFormat)
        output.text(record.path)
        output.text(record.errorCode)
        output.text(record.combo)
        output.text(record.billed?.unit.rawValue)
        output.text(record.billed?.variant)
        output.text(record.upstreamHost)
        return output.isFull ? nil : output.length
    }

    /// Puts one value after the other into memory; all numbers come before the first text.
    private struct Output {
        private let start: UnsafeMutableRawPointer
        private var place: UnsafeMutableRawPointer
        private let end: UnsafeMutableRawPointer
        private(set) var isFull = false

        var length: Int { place - start }

        /// - Returns: nil when there is no room for that many numbers and the two counts.
        init?(_ space: UnsafeMutableRawBufferPointer, numbers: Int) {
            guard let start = space.baseAddress, space.count >= 8 * (numbers + 2) else { return nil }
            (self.start, place, end) = (start, start, start + space.count)
            count(numbers)
        }

        mutating func count(_ count: Int) { number(count) }

        /// There is room for it since the beginning.
        mutating func number(_ number: some BinaryInteger) {
            place.storeBytes(of: Int64(truncatingIfNeeded: number).littleEndian, as: Int64.self)
            place += 8
        }

        mutating func number(_ number: (some BinaryInteger)?) { self.number(number.map { Int64($0) } ?? .min) }

        /// A length of two bytes, all ones for no text, and the text.
        mutating func text(_ text: String?) {
            if let text { self.text(text) } else { length(.max) }
        }

        mutating func text(_ text: String) {
            let isDone: Void? = text.utf8.withContiguousStorageIfAvailable { bytes in
                if bytes.count <= longestText { append(UnsafeRawBufferPointer(bytes)) } else { appendStart(of: text) }
            }
            if isDone == nil { appendStart(of: text) }
        }

        @inline(never)  // For texts that are longer than what is kept, or in no single piece.
        private mutating func appendStart(of text: String) {
            var start = JournalEncoding.start(of: text)
            start.withUTF8 { append(UnsafeRawBufferPointer($0)) }
        }

        private mutating func append(_ bytes: UnsafeRawBufferPointer) {
            length(UInt16(truncatingIfNeeded: bytes.count))
            guard bytes.count <= end - place else {
                isFull = true
                return
            }
            UnsafeMutableRawBufferPointer(start: place, count: bytes.count).copyMemory(from: bytes)
            place += bytes.count
        }

        private mutating func length(_ length: UInt16) {
            guard end - place >= 2 else {
                isFull = true
                return
            }
            place.storeBytes(of: length.littleEndian, as: UInt16.self)
            place += 2
        }
    }

    /// As much of a text as is kept, whole characters.
    private static func start(of text: String) -> String {
        guard text.utf8.count > longestText else { return text }
        var end = text.utf8.index(text.startIndex, offsetBy: longestText)
        // Not inside a character.
        while end > text.startIndex, String.Index(end, within: text) == nil { end = text.utf8.index(before: end) }
        return String(text[..<end])
    }
}
