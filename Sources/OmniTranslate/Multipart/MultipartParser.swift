/// Takes a form apart while it arrives, wherever its bytes were split on their way (RFC 7578, RFC 2046 5.1).
///
/// Holds back no more than a delimiter or the head of a part; the contents of parts are given on as they come.
public struct MultipartParser: Sendable {
    /// What the next bytes of a form turned out to be.
    public enum Event: Sendable, Hashable {
        case part(MultipartPart)
        /// More of the contents of the part; never empty.
        case bytes([UInt8])
        case endOfPart
    }

    private enum State { case preamble, contents, delimiter, head, epilogue }

    /// The longest head of one part, in bytes.
    public static let maximumHeadBytes = 8 << 10

    private let delimiter: [UInt8]
    /// How far a search may go on when it met a byte that is not the delimiter's last.
    private var skips: [Int]
    private let maximumParts: Int
    private var parts = 0
    private var state = State.preamble
    /// The first delimiter may stand at the very beginning: then the line end before it is missing.
    private var pending: [UInt8] = [0x0D, 0x0A]
    private var lines: [[UInt8]] = []
    private var headBytes = 0

    /// - Parameter maximumParts: how many parts a form may have before it counts as an attack.
    public init(boundary: MultipartBoundary, maximumParts: Int = 128) {
        delimiter = Array("\r\n--\(boundary.text)".utf8)
        self.maximumParts = maximumParts
        skips = [Int](repeating: delimiter.count, count: 256)
        for (index, byte) in delimiter.dropLast().enumerated() { skips[Int(byte)] = delimiter.count - 1 - index }
    }

    /// Whether the closing delimiter has come.
    public var isComplete: Bool { state == .epilogue }

    /// Reads more bytes.
    /// - Returns: what they were, in order.
    public mutating func push(_ bytes: some Sequence<UInt8>) throws(MultipartError) -> [Event] {
        // What follows the form is of no interest (RFC 2046: "to be ignored").
        guard state != .epilogue else { return [] }
        pending.append(contentsOf: bytes)
        var events: [Event] = []
        var start = 0
        while try advance(from: &start, into: &events) {}
        pending.removeFirst(start)
        return events
    }

    /// - Returns: whether the state changed, so that what follows can be read.
    private mutating func advance(from start: inout Int, into events: inout [Event]) throws(MultipartError) -> Bool {
        switch state {
        case .preamble, .contents:
            let found = position(of: delimiter, from: start)
            // All but what may be the beginning of a delimiter is known not to be one.
            let end = found ?? max(start, pending.count - delimiter.count + 1)
            if state == .contents, end > start { events.append(.bytes(Array(pending[start..<end]))) }
            start = end
            guard found != nil else { return false }
            if state == .contents { events.append(.endOfPart) }
            start += delimiter.count
            state = .delimiter
            return true
        case .delimiter: return try readDelimiter(from: &start)
        case .head: return try readHeadLine(from: &start, into: &events)
        case .epilogue:
            start = pending.count
            return false
        }
    }

    /// Reads what follows a delimiter: a line end, with blanks before it, or the two hyphens of the last one.
    private mutating func readDelimiter(from start: inout Int) throws(MultipartError) -> Bool {
        let rest = pending[start...]
        guard rest.count >= 2 else { return false }
        if rest.starts(with: [UInt8(ascii: "-"), UInt8(ascii: "-")]) {
            state = .epilogue
            return true
        }
        let blanks = rest.prefix { $0 == 0x20 || $0 == 0x09 }
        guard blanks.count < 256 else { throw MultipartError("a boundary of the form is malformed") }
        let end = rest.dropFirst(blanks.count).prefix(2)
        guard end.count == 2 else { return false }
        guard end.elementsEqual([0x0D, 0x0A]) else { throw MultipartError("a boundary of the form is malformed") }
        start = end.endIndex
        parts += 1
        guard parts <= maximumParts else { throw MultipartError("the form has more than \(maximumParts) parts") }
        headBytes = 0
        lines = []
        state = .head
        return true
    }

    private mutating func readHeadLine(
        from start: inout Int, into events: inout [Event]
    ) throws(MultipartError) -> Bool {
        let end = position(ofLineEndFrom: start)
        guard headBytes + (end ?? pending.count) - start <= Self.maximumHeadBytes else {
            throw MultipartError("the head of a part is larger than \(Self.maximumHeadBytes) bytes")
        }
        guard let end else { return false }
        headBytes += end + 2 - start
        let line = Array(pending[start..<end])
        start = end + 2
        guard line.isEmpty else {
            lines.append(line)
            return true
        }
        events.append(.part(try MultipartPart(lines: lines)))
        state = .contents
        return true
    }

    private func position(ofLineEndFrom start: Int) -> Int? {
        var index = start
        while index + 1 < pending.count {
            if pending[index] == 0x0D, pending[index + 1] == 0x0A { return index }
            index += 1
        }
        return nil
    }

    /// Horspool's search: of sound, which is as good as random, only one byte in the delimiter's length is looked at.
    private func position(of pattern: [UInt8], from start: Int) -> Int? {
        pending.withUnsafeBufferPointer { text in
            pattern.withUnsafeBufferPointer { pattern in
                skips.withUnsafeBufferPointer { skips in
                    let last = pattern.count - 1
                    var end = start + last
                    while end < text.count {
                        var offset = last
                        while text[end - last + offset] == pattern[offset] {
                            guard offset > 0 else { return end - last }
                            offset -= 1
                        }
                        end += skips[Int(text[end])]
                    }
                    return nil
                }
            }
        }
    }
}
