import NIOCore
import OmniCore

/// Reads the answers that come in on one HTTP/1.1 connection (RFC 9112).
///
/// Its bodies are slices of what was read, and heads stay bytes: a general parser makes strings of every field, which cost
/// more than anything else that happens to a short answer.
struct ResponseParser {
    enum Piece {
        case head(ResponseHead)
        case bytes(ByteBuffer)
        /// The answer is complete; what follows is the next one.
        case end
    }

    private enum State {
        case head
        /// So many bytes of the body or of a chunk are still to come.
        case sized(Int)
        case chunkSize
        case chunk(Int)
        case chunkEnd
        case trailers
        case untilClose
        case ended
    }

    private let maximumHeadBytes: Int
    private var state = State.head
    private var input = ReceivedBytes()
    /// How much of a head is complete lines.
    private var scanned = 0
    private var trailerBytes = 0

    /// The longest line that tells a chunk's size, with all that may be behind it.
    private static let maximumChunkLine = 4096

    /// - Parameter maximumHeadBytes: of one head, and of the fields after a body in chunks.
    init(maximumHeadBytes: Int) {
        self.maximumHeadBytes = min(maximumHeadBytes, ResponseHead.maximumBytes)
    }

    mutating func append(_ bytes: ByteBuffer) { input.append(bytes) }

    /// Whether part of an answer has come, and not all of it.
    var isInsideAnswer: Bool {
        if case .head = state { return input.buffer != nil }
        return true
    }

    /// - Returns: nil when more has to come first.
    /// - Throws: protocolViolation, or unsupportedEncoding; nothing can be read after that.
    mutating func next() throws(TransportError) -> Piece? {
        while true {
            switch state {
            case .head:
                guard let head = try readHead() else { return nil }
                guard !head.isInterim else { return .head(head) }
                switch head.framing {
                case .none, .sized(0): state = .ended
                case .sized(let count): state = .sized(count)
                case .chunked: state = .chunkSize
                case .untilClose: state = .untilClose
                }
                return .head(head)
            case .sized(let count):
                guard let bytes = input.take(atMost: count) else { return nil }
                state = bytes.readableBytes == count ? .ended : .sized(count - bytes.readableBytes)
                return .bytes(bytes)
            case .chunkSize:
                guard let line = try line(limit: Self.maximumChunkLine) else { return nil }
                let count = try Self.chunkSize(line)
                trailerBytes = 0
                state = count == 0 ? .trailers : .chunk(count)
            case .chunk(let count):
                guard let bytes = input.take(atMost: count) else { return nil }
                state = bytes.readableBytes == count ? .chunkEnd : .chunk(count - bytes.readableBytes)
                return .bytes(bytes)
            case .chunkEnd:
                guard let line = try line(limit: 0) else { return nil }
                guard line.readableBytes == 0 else { throw Self.violation }
                state = .chunkSize
            case .trailers:
                guard let line = try line(limit: maximumHeadBytes) else { return nil }
                trailerBytes += line.readableBytes
                guard trailerBytes <= maximumHeadBytes else { throw Self.violation }
                if line.readableBytes == 0 { state = .ended }
            case .untilClose: return input.take().map { .bytes($0) }
            case .ended:
                state = .head
                return .end
            }
        }
    }

    /// The connection ended.
    /// - Returns: whether that ended an answer, as it does where nothing else tells its length.
    mutating func close() -> Bool {
        guard case .untilClose = state else { return false }
        state = .head
        return true
    }

    // MARK: Parts

    private static let violation = TransportError(.protocolViolation, "the upstream's answer is not HTTP")

    private mutating func readHead() throws(TransportError) -> ResponseHead? {
        while let bytes = input.buffer {
            guard let end = try endOfHead(in: bytes) else { return nil }
            let head = bytes.getBytes(at: bytes.readerIndex, length: end.head) ?? []
            input.consume(end.all)
            scanned = 0
            // Empty lines before the first one are a habit of some servers.
            if !head.isEmpty { return try ResponseHead(head) }
        }
        return nil
    }

    /// Where the first empty line is, as counts from the reader's position: what is before it, and that with it.
    private mutating func endOfHead(in bytes: ByteBuffer) throws(TransportError) -> (head: Int, all: Int)? {
        let found: (head: Int, all: Int)? = bytes.withUnsafeReadableBytes { bytes in
            var lineStart = scanned
            while let newline = bytes.firstIndex(of: UInt8(ascii: "\n"), from: lineStart) {
                let isEmpty =
                    newline == lineStart || newline == lineStart + 1 && bytes[lineStart] == UInt8(ascii: "\r")
                if isEmpty { return (lineStart, newline + 1) }
                lineStart = newline + 1
                scanned = lineStart
            }
            return nil
        }
        guard let found else {
            guard bytes.readableBytes <= maximumHeadBytes, Self.mayBeHead(bytes.readableBytesView) else {
                throw Self.violation
            }
            return nil
        }
        guard found.head <= maximumHeadBytes else { throw Self.violation }
        return found
    }

    /// Whether it can still become a head: what is none from the first byte on must not be waited for.
    private static func mayBeHead(_ bytes: ByteBufferView) -> Bool {
        let first = bytes.first
        if first == UInt8(ascii: "\r") || first == UInt8(ascii: "\n") { return true }
        return zip(bytes, "HTTP/1.".utf8).allSatisfy { $0 == $1 }
    }

    /// The next line without its end; nil when it is not complete.
    private mutating func line(limit: Int) throws(TransportError) -> ByteBuffer? {
        switch input.line(limit: limit) {
        case .incomplete: return nil
        case .whole(let line, endsInCRLF: _): return line
        case .tooLong: throw Self.violation
        }
    }

    /// An extension may follow the size, or blanks.
    private static func chunkSize(_ line: ByteBuffer) throws(TransportError) -> Int {
        let size: Int? = line.withUnsafeReadableBytes { line in
            guard let (size, end) = HTTPCharacters.chunkSize(line),
                end == line.count || line[end] == UInt8(ascii: ";") || HTTPCharacters.isBlank(line[end])
            else { return nil }
            return size
        }
        guard let size else { throw violation }
        return size
    }
}
