/// Cuts a byte stream of JSON texts, one a line, into lines, wherever the bytes were split on their way.
///
/// Understands LF and CRLF, a byte order mark, blank lines (which are skipped) and a last line without its end. Nothing
/// is decoded: a line may hold a character whose bytes came in several pieces.
public struct NDJSONParser: Sendable {
    private let limit: Int
    /// The line that is not finished yet.
    private var held: [UInt8] = []
    private var isAtStart = true

    /// - Parameter maximumLineBytes: what one line may hold before it counts as an attack. Default: 16 MiB.
    public init(maximumLineBytes: Int = 16 << 20) {
        limit = maximumLineBytes
    }

    /// Whether bytes of an unfinished line are held back.
    public var isInsideLine: Bool { !held.isEmpty }

    /// Reads on until one line is complete.
    /// - Parameter position: where in `bytes` to go on; moved past what was consumed, so call again until nil.
    /// - Returns: the line without its end, never blank; nil when `bytes` is used up.
    public mutating func next(
        in bytes: UnsafeRawBufferPointer, at position: inout Int
    ) throws(ServerSentEventOverflow) -> [UInt8]? {
        while position < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[position...])
            let end = rest.firstIndex(of: 0x0A)
            let piece = UnsafeRawBufferPointer(rebasing: rest[..<(end ?? rest.count)])
            guard held.count + piece.count <= limit else { throw ServerSentEventOverflow(limit: limit) }
            held.append(contentsOf: piece)
            guard let end else {
                position = bytes.count
                return nil
            }
            position += end + 1
            if let line = takeLine() { return line }
        }
        return nil
    }

    /// The stream is over.
    /// - Returns: the line that lacked its end, when there is one.
    public mutating func finish() -> [UInt8]? { takeLine() }

    private mutating func takeLine() -> [UInt8]? {
        var line: [UInt8] = []
        swap(&line, &held)
        if isAtStart, !line.isEmpty {
            isAtStart = false
            if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        }
        while let last = line.last, last == 0x0D || last == 0x20 || last == 0x09 { line.removeLast() }
        return line.isEmpty ? nil : line
    }
}
